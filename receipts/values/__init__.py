"""The plain values that folders hand to each other: a slip, a roll, a printer's state, a result."""
