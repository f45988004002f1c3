"""The night file: a business day is closed and told to head office, as a folder that proves itself."""
