"""The conversation with a printer, without input or output: what is asked, heard, and so proven."""
