"""The tables and their column types, and the frozen values that leave this package."""
