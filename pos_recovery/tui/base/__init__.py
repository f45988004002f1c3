"""What all screens and dialogs of the register are made from."""
