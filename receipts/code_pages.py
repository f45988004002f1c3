"""The printer's own letters: which of its code pages holds a character, and the bytes that select and print it.

A page is chosen per run of characters: ASCII needs none, the page in force is kept while it serves, and a new one is
the page that carries the rest of the slip furthest. python-escpos's `magic` does the same from per-model lists, which
are wrong for many models; the pages here are the ones every manual in the field numbers alike.

Nothing but printable characters leaves this module: control and format characters are dropped before a byte is made,
so no store name can be a command. Text no page holds (Arabic, Devanagari, Japanese) is named, never replaced by "?".
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

from receipts.errors import UnprintableTextError
from receipts.fonts import LINE_BREAKS, describe, plain


@dataclass(frozen=True, slots=True)
class CodePage:
    """One table of a printer: the number ESC t takes, and Python's codec for its upper half."""

    number: int
    codec: str


# Source: Epson's ESC/POS reference, ESC t. Numbers up to 19 mean the same in the manuals of Epson's followers; higher
# ones do not. The order is that of preference between pages that serve equally well: 437 and 850 are in every printer.
PAGES = (
    CodePage(0, "cp437"),
    CodePage(2, "cp850"),
    CodePage(19, "cp858"),
    CodePage(16, "cp1252"),
    CodePage(18, "cp852"),
    CodePage(17, "cp866"),
    CodePage(13, "cp857"),
    CodePage(14, "cp737"),
)

# Always, also where page 1252 would have them: a curly apostrophe is the commonest non-ASCII character on a slip and
# the least missed, and each one avoided is a page less that a clone may have wrong.
_LOOK_ALIKES = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc", "'")  # quotation marks, prime, modifier apostrophe
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")  # hyphens, dashes, minus
    | {"\u2026": "...", "\u2022": "*", "\u00d7": "x", "\u2039": "<", "\u203a": ">"}
)
NO_BREAK_SPACE = "\u00a0"


def tidied(text: str) -> str:
    """`text` as a printer's own letters can hope to show it: composed, with plain quotes and dashes, no controls.

    Line breaks stay; no-break spaces of any width become U+00A0, for the line breaker to see.
    """
    composed = unicodedata.normalize("NFC", plain(text)).translate(_LOOK_ALIKES)
    return "".join(_kept(char) for char in composed)


def _kept(char: str) -> str:
    if char in LINE_BREAKS:
        return "\n"
    category = unicodedata.category(char)
    if category == "Zs":
        return NO_BREAK_SPACE if char in "\u00a0\u202f\u2007" else " "
    return "" if category in {"Cc", "Cf", "Cs", "Co", "Cn"} else char


def unheld(text: str) -> tuple[str, ...]:
    """The characters of `text` that no page holds, in order and without repeats; empty: it can be printed as text."""
    return tuple(char for char in dict.fromkeys(tidied(text)) if char not in "\n\u00a0" and not _holders(char))


@cache
def _holders(char: str) -> tuple[CodePage, ...]:
    """The pages that hold `char`; all of them for ASCII."""
    return tuple(page for page in PAGES if _byte(char, page) is not None)


@cache
def _byte(char: str, page: CodePage) -> bytes | None:
    try:
        return char.encode(page.codec)
    except UnicodeEncodeError:
        return None


class Pager:
    """Turns the text of one job into bytes, piece by piece and in order.

    `text` is everything the job prints, so that a page can be chosen for what is to come. A job begins with no page in
    force, whatever the last one left behind.
    """

    def __init__(self, text: str) -> None:
        self._coming = "".join(char for char in tidied(text) if not char.isascii() and char != NO_BREAK_SPACE)
        self._page: CodePage | None = None

    def bytes_of(self, text: str) -> bytes:
        """One piece of a line: selections of pages where needed, and a byte for each character.

        Raises:
            UnprintableTextError: a character no page holds.
        """
        pieces: list[bytes] = []
        for char in tidied(text).replace(NO_BREAK_SPACE, " ").replace("\n", " "):
            holders = _holders(char)
            if not holders:
                raise unholdable((char,))
            if not char.isascii():
                if self._page not in holders:
                    self._page = max(holders, key=self._reach)  # of equals, the first in the order of preference
                    pieces.append(b"\x1bt" + bytes([self._page.number]))
                self._coming = self._coming[1:]
            pieces.append(char.encode(self._page.codec if self._page else "ascii"))
        return b"".join(pieces)

    def _reach(self, page: CodePage) -> int:
        """How many of the coming characters `page` carries before one it does not hold."""
        return next((at for at, char in enumerate(self._coming) if page not in _holders(char)), len(self._coming))


def unholdable(characters: tuple[str, ...]) -> UnprintableTextError:
    """The error that names `characters`, ready to be raised."""
    return UnprintableTextError(characters, "no code page of a printer has " + ", ".join(map(describe, characters)))
