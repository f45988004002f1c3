"""Asks for a PIN as Python's own library does: for the twin of `test_signals`.

python -m tests.tui.real.ask_pin_by_getpass
"""

import getpass

if __name__ == "__main__":
    getpass.getpass("PIN: ")
