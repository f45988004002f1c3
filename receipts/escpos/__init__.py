"""Dots or letters to the bytes of a print job, in ESC/POS."""
