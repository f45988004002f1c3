"""A printer made of software, for showing the product without hardware and for testing it against every bad day.

In `device` is the machine, pure and with its clock passed in; `serving` puts it behind a socket and a pseudo terminal,
and lets a person play with it. Prints what the printers in cafés print; refuses to be a preview: it knows
bytes, never slips or coupons. Nothing is imported here, so that a test of the machine does not pay for the server.
"""
