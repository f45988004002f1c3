"""What people write down of a printer: its address, read without touching it."""
