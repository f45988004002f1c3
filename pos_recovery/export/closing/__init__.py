"""How a business day is closed: which day, its folder, what is said, and when it comes by itself."""
