"""Everything this room can raise, as one tree.

ReceiptError
├── UnprintableTextError   a character that no font here can draw
├── SlipTooLongError       the words need more paper than a slip may use
├── QrTooLargeError        the QR's modules would be too small to scan
└── PrinterUrlError        a printer address that names nothing we can talk to

They speak of a broken caller or broken settings. A bad day at the printer (no paper, no cable, no answer) is not an
exception: it is a `PrintResult`.
"""


class ReceiptError(Exception):
    """Whatever went wrong in this room; the message is one sentence fit for the installer's eyes."""


class UnprintableTextError(ReceiptError):
    """Text holds characters no font here can draw; `characters` names them in order, without repeats."""

    def __init__(self, characters: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.characters = characters


class SlipTooLongError(ReceiptError):
    """The laid-out slip is longer than a slip may be; `height_dots` says how long, `limit_dots` how long it may be."""

    def __init__(self, height_dots: int, limit_dots: int) -> None:
        super().__init__(f"the slip needs {height_dots} dots of paper and may use {limit_dots}: shorten its words")
        self.height_dots = height_dots
        self.limit_dots = limit_dots


class QrTooLargeError(ReceiptError):
    """The QR text is so long that its modules would print smaller than a phone or scanner can read."""


class PrinterUrlError(ReceiptError):
    """A printer URL that cannot be used; the message names what may stand there instead."""
