"""Tables brought up to date, copies made while others write, and whether a ledger's file is whole."""
