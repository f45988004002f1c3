"""What pywin32 calls its errors."""


class error(Exception):  # noqa: N801  (pywin32's name)
    """Number, function, words."""
