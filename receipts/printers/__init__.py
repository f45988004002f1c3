"""Finding a printer, and opening the one that an address names."""
