"""The printer's own letters: which of its code pages holds a character, and the bytes that select and print it.

A page is chosen per run of characters: ASCII needs none, the page in force is kept while it serves, and a new one is
the page that carries the rest of the slip furthest.

The number by which ESC t selects a page is each maker's own. The vendors' tables (as collected in the npm package
@point-of-sale/receipt-printer-encoder 4.0.1, read as a source of facts) agree on four: 0, 3, 4 and 5. Number 2 is 850
at most, 858 at Citizen, 852 at HP and Wincor; 852 is 18, 6 or 2; MPT and Metapace have none of 16 to 18. So those four
are used, and of the others those that a person has found right on this printer's own test slip (`TRIED`).
python-escpos's `magic` chooses from per-model lists, which are wrong for many models.

Nothing but printable characters leaves this module: control and format characters are dropped before a byte is made,
so no store name can be a command. Text no page holds (Arabic, Devanagari, Japanese) is named, never replaced by "?".
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from receipts.fonts.faces import LINE_BREAKS, describe, plain
from receipts.values.errors import UnprintableTextError


@dataclass(frozen=True, slots=True)
class CodePage:
    """One table of a printer: the number ESC t takes, and Python's codec for its upper half."""

    number: int
    codec: str

    @property
    def sample(self) -> str:
        """Letters by which a person tells it from every other page."""
        return _SAMPLES[self.codec]


Pages = tuple[CodePage, ...]


AGREED = (CodePage(0, "cp437"), CodePage(5, "cp865"), CodePage(3, "cp860"), CodePage(4, "cp863"))
"""Of all makers, in the order of preference between pages that serve equally well: 437 is in every printer. They have
what Western Europe and the North write; Canada's French (863) has the capitals with a grave accent."""

_SAMPLES = {
    "cp850": "ÀÁÂÃ ÈÊË ÌÍ ÒÓÕ ÙÚÛ ØøÝý ı",  # noqa: RUF001  (it is what 858 has not)
    "cp858": "ÀÁÂÃ ÈÊË ÌÍ ÒÓÕ ÙÚÛ ØøÝý €",
    "cp1252": "ÀÁÂÃ ÈÊË ÌÍ ÒÓÕ ŒœŠšŽž €",
    "cp852": "ĄąĆćĘęŁłŃńŚśŻż ČčĎďĚěŘřŠšŮů",
    "cp866": "АБВГДЕЁЖЗИ абвгдеёжзиъыьэюя",
    "cp857": "ĞğİıŞş ÇçÖöÜü ÂâÎîÛû",
    "cp737": "ΑΒΓΔΕΖΗΘ αβγδεζηθ ΆΈΉ άέήίό",
}
"""What tells each page from all the others, within 27 columns."""
TRIED = tuple(
    CodePage(number, codec)
    for codec, numbers in {
        "cp850": (2, 1),
        "cp858": (19, 2, 6),
        "cp1252": (16, 8),
        "cp852": (18, 6, 2),
        "cp866": (17, 7),
        "cp857": (13, 8, 12, 37, 61, 29),
        "cp737": (14, 10, 24, 29),
    }.items()
    for number in numbers
)
"""Where the makers have the other pages, Epson's own number first. A line of the test slip is known by its place here,
counted from one, so what is new goes to the end."""

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


def unheld(text: str, pages: Pages) -> tuple[str, ...]:
    """The characters of `text` that none of `pages` holds, in order, each once; empty: it can be printed as text."""
    return tuple(char for char in dict.fromkeys(tidied(text)) if char not in "\n\u00a0" and not _holders(char, pages))


@cache
def _holders(char: str, pages: Pages) -> Pages:
    """Those of `pages` that hold `char`; all of them for ASCII."""
    return tuple(page for page in pages if _byte(char, page) is not None)


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

    def __init__(self, text: str, pages: Pages) -> None:
        self._pages = pages
        self._coming = "".join(char for char in tidied(text) if not char.isascii() and char != NO_BREAK_SPACE)
        self._page: CodePage | None = None

    def bytes_of(self, text: str) -> bytes:
        """One piece of a line: selections of pages where needed, and a byte for each character.

        Raises:
            UnprintableTextError: a character no page holds.
        """
        pieces: list[bytes] = []
        for char in tidied(text).replace(NO_BREAK_SPACE, " ").replace("\n", " "):
            holders = _holders(char, self._pages)
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
        return next(
            (at for at, char in enumerate(self._coming) if page not in _holders(char, self._pages)), len(self._coming)
        )


def unholdable(characters: tuple[str, ...]) -> UnprintableTextError:
    """The error that names `characters`, ready to be raised."""
    return UnprintableTextError(characters, "no code page of a printer has " + ", ".join(map(describe, characters)))


# --- what a person has found right ---------------------------------------------------------------------------------


def worth_trying(texts: Iterable[str]) -> tuple[int, ...]:
    """The lines of the test slip that these texts have a use for: pages with all they lack, else with some of it."""
    lines: set[int] = set()
    for text in texts:
        lacking = unheld(text, AGREED)
        held = {line: sum(_byte(char, page) is not None for char in lacking) for line, page in enumerate(TRIED, 1)}
        enough = len(lacking) if lacking and len(lacking) in held.values() else 1
        lines.update(line for line, count in held.items() if count >= enough)
    return tuple(sorted(lines))


def found_right(lines: Iterable[int]) -> Pages:
    """The pages of these lines, of each kind of letters the first.

    Raises:
        ValueError: There is no such line, or two that cannot both be right. Its words are for a person.
    """
    pages: dict[str, CodePage] = {}
    line_of: dict[int, int] = {}
    for line in sorted({*lines}):
        if not 1 <= line <= len(TRIED):
            raise ValueError(f"there is no line {line}; they are 1 to {len(TRIED)}")
        page = TRIED[line - 1]
        if page.number in line_of:
            other = line_of[page.number]
            raise ValueError(f"lines {other} and {line} cannot both be right; compare them again, to the last sign")
        line_of[page.number] = line
        pages.setdefault(page.codec, page)
    return tuple(pages.values())


def written(pages: Pages) -> str:
    """For a memory: `18=cp852,16=cp1252`; empty for none."""
    return ",".join(f"{page.number}={page.codec}" for page in pages)


def remembered(text: str) -> Pages:
    """All that may be used: what all agree on, and what `written` has kept. What it never wrote is not used."""
    kept = {written((page,)): page for page in TRIED}
    return AGREED + tuple(kept[each] for each in text.split(",") if each in kept)
