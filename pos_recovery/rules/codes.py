"""The coupon code: drawn, checked, printed, and read back from whatever a person or a scanner sent. Pure.

A code is twelve letters of Crockford's base 32. Letters 1-2 count the month of issue from 2020-01, letters 3-11
hold 45 random bits, letter 12 is a check symbol (`check_symbol` says which).

Everything that turns text into a code goes through `read_code`. It never guesses a symbol: it only undoes what
keyboards and scanners are known to do to text.

Deliberately no sliding window over longer text: one window in 32 passes the check by chance.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, auto
from typing import TYPE_CHECKING

from pos_recovery.rules.check_symbol import ALPHABET, LENGTH, VALUE, check_symbol, is_code
from pos_recovery.rules.keyboard_layouts import keys_of

if TYPE_CHECKING:  # loaded when the first text is read
    from pos_recovery.rules.layout_mixups import Undone

__all__ = [
    "ALPHABET",
    "LENGTH",
    "LONGEST_INPUT",
    "Reading",
    "check_symbol",
    "draw_code",
    "is_code",
    "issued_within",
    "month_prefix",
    "printed",
    "read_code",
    "symbols_in",
]

MONTH_LETTERS = 2
FIRST_YEAR = 2020
LONGEST_INPUT = 512
"""Characters. Longer text is no scan and no code; a QR of ours holds far less."""

_RANDOM_BITS = 45
_LAST_MONTH = 32 * 32 - 1
_MARGIN = timedelta(days=2)
MOST_DOUBTFUL = 8
"""Readings beside the one the text says. Each costs a look into the ledger."""


def month_prefix(day: date) -> str:
    """The first two letters of every code issued in the month of `day`.

    A clock before 2020 or after 2105 is a broken clock; the coupon must be issued all the same, so the month is
    held inside its ten bits.
    """
    months = (day.year - FIRST_YEAR) * 12 + day.month - 1
    held = min(max(months, 0), _LAST_MONTH)
    return ALPHABET[held >> 5] + ALPHABET[held & 31]


def issued_within(beginning: str) -> tuple[datetime, datetime]:
    """Between which instants a coupon was issued whose code begins with these letters of the alphabet, at most.

    Two days wider than the months themselves: they are the store's, and its business day ends in the night. Open at
    both ends of the ten bits, where a broken clock's months are held.
    """
    low, high = (VALUE[letters[0]] << 5 | VALUE[letters[1]] for letters in (beginning + "00", beginning + "ZZ"))
    since = _month_starts(low) - _MARGIN if low > 0 else datetime.min.replace(tzinfo=UTC)
    until = _month_starts(high + 1) + _MARGIN if high < _LAST_MONTH else datetime.max.replace(tzinfo=UTC)
    return since, until


def _month_starts(month: int) -> datetime:
    return datetime(FIRST_YEAR + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def draw_code(day: date, random_bits: Callable[[int], int]) -> str:
    """A new code for `day`. `random_bits(n)` gives n random bits: `secrets.randbits` outside tests."""
    number = random_bits(_RANDOM_BITS)
    body = "".join(ALPHABET[(number >> shift) & 31] for shift in range(_RANDOM_BITS - 5, -1, -5))
    first_eleven = month_prefix(day) + body
    return first_eleven + check_symbol(first_eleven)


def printed(code: str) -> str:
    """The code as people see it: XXXX-XXXX-XXXX."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text may mean. Both fields empty: mistyped, and no database need be asked."""

    code: str | None
    """The code the text says, check symbol holding. None: as it stands the text is no code."""
    doubtful: tuple[str, ...]
    """Codes the text would say had it been typed through another keyboard layout, where nothing in the text proves
    that it was (swapping Y and Z looks like a typing error). Believe one only if such a coupon exists."""
    is_bare: bool = False
    """Whether the text begins with the code or its address, or with marks before them, and with nothing else."""
    likely: tuple[str, ...] = ()
    """Those of the readings that are no chance among hundreds of keyboards: the text says them, proves the keyboard, or
    has come through one of the commonest."""

    @property
    def candidates(self) -> tuple[str, ...]:
        """All readings, the surest first."""
        return ((self.code,) if self.code else ()) + self.doubtful


_FOLD = str.maketrans("OILoil", "011011")
"""Letters that a code does not have, as the digits they are taken for."""
_MARK = re.compile(r"[^0-9A-Za-z\s-]{1,2}(?:[A-Za-z][0-9A-Za-z]|[0-9]{6})(?=.)")
r"""What a scanner may say before a text: its symbology, as `]Q1` (ISO/IEC 15424), or the character set of what follows,
as `\000026` for UTF-8 (AIM ITS/04-001), which guests' wallets put into their QRs. Whatever signs another keyboard makes
of `]` and `\`: what stands behind must still be a whole code."""
_MARK_ANYWHERE = re.compile(_MARK.pattern.removesuffix("(?=.)"))
_MOST_MARKS = 4
"""Before a code: the store's own prefix, a symbology, a character set, and one of them sent twice."""
_PROOF = 3
_IN_URL = re.compile(r"/C/([0-9A-Z-]+)", re.IGNORECASE)
_APART = re.compile(r"[^0-9A-Za-z\s-]+")
_NOT_LETTERS = re.compile(r"[^0-9A-Za-z]+")


def _clean(raw: str) -> str:
    """Fold full-width forms; drop control and invisible characters (STX, CR, zero-width) but keep spaces."""
    if raw.isascii() and raw.isprintable():
        return raw.strip()
    folded = unicodedata.normalize("NFKC", raw)
    kept = (" " if char.isspace() else char for char in folded if char.isspace() or char.isprintable())
    return "".join(kept).strip()


def without_marks(text: str) -> str:
    """What a scanner sends before a text, without what it says of its symbology or its characters."""
    return _MARK_ANYWHERE.sub("", text)


def _same(text: str, mark: str) -> bool:
    return text.casefold() == mark.casefold()


def _unmarked(text: str, prefix: str, suffix: str) -> list[str]:
    """`text`, and what is left of it with one mark less each: whatever stands before a code, in whatever order.

    Marks are found in either case, as Caps Lock turns them over with everything else. With a mark of the store the
    barer text comes first: a code typed by hand has none, and may begin with the letters of one.
    """
    shapes = [text]
    if not (prefix or suffix) and text[:1].isalnum():
        return shapes  # nearly every text, and this is on the way a guest waits for
    if suffix and _same(text[-len(suffix) :], suffix):
        shapes.insert(0, text[: -len(suffix)])
    for shape in tuple(shapes):
        rest = shape
        for _ in range(_MOST_MARKS):
            mark = _MARK.match(rest)
            if mark:
                rest = rest[mark.end() :]
            elif prefix and _same(rest[: len(prefix)], prefix):
                rest = rest[len(prefix) :]
            else:
                break
            shapes.insert(0, rest)
    return shapes


def symbols_in(text: str) -> str:
    """The letters and digits of `text`, upper case, with O, I and L read as the digits they are taken for."""
    return _NOT_LETTERS.sub("", text).translate(_FOLD).upper()


def _readings(text: str) -> list[str]:
    """Every code in `text` taken as it stands: after /C/, as a whole, or as one piece between other characters."""
    if text.isascii() and text.isalnum():
        symbols = text.translate(_FOLD).upper()
        return [symbols] if is_code(symbols) else []
    in_url = _IN_URL.search(text)
    pieces = [in_url.group(1)] if in_url else dict.fromkeys((text, *_APART.split(text)))
    return [symbols for symbols in map(symbols_in, pieces) if is_code(symbols)]


def _begins_so(text: str, prefix: str) -> bool:
    """Whether a code or our address stands at the very beginning. With the store's mark it is not the beginning yet."""
    if prefix and _same(text[: len(prefix)], prefix):
        return False
    return _same(text[:4], "http") or is_code(text.translate(_FOLD).upper())


def _stands_there(undone: Undone, shapes: Sequence[str], longest_end: int) -> bool:
    """Whether what is before the code is our address, a sign, or nothing but marks."""
    if undone.start == 0 or undone.is_behind_address or not undone.text[undone.start - 1].isalnum():
        return True
    behind = {len(undone.text) - undone.start, len(undone.text) - undone.start - longest_end}
    return any(len(shape) in behind for shape in shapes)


def _proves(text: str, undone: Undone, *, is_common: bool) -> bool:
    """Whether only another layout explains `text`: undone, it shows our web address or turns signs into letters.

    A dot that becomes another sign proves nothing, nor does a hyphen: people type those between letters. Where our
    address can be read as it stands, no layout was wrong. One sign proves a keyboard that many have; of all the others
    some turn any sign into a letter, so it takes three letters or signs that are none of ASCII's.
    """
    from pos_recovery.rules.layout_mixups import OUR_ADDRESS

    if OUR_ADDRESS.search(text):
        return False
    if undone.is_behind_address and (is_common or "HTTP" in undone.text):
        return True
    turned = [char for char, sent in zip(text, undone.text, strict=True) if sent.isalnum() and char != "-"]
    if is_common:
        return any(not (char.isascii() and char.isalnum()) for char in turned)
    return sum(not char.isascii() for char in turned) >= _PROOF


def _strokes(raw: str) -> str:
    """What keys typed: control characters dropped, and whatever invisible one no keyboard has."""
    from pos_recovery.rules.layout_mixups import is_typed

    return "".join(char for char in raw if char.isprintable() or is_typed(char)).strip()


class _Rank(IntEnum):
    """How sure a reading through another keyboard is."""

    PROVEN = auto()
    COMMON = auto()
    """Nothing proves it, and many have that keyboard."""
    RARE = auto()


def _others(strokes: str, sure: Sequence[str], prefix: str, suffix: str) -> Iterator[tuple[_Rank, str, bool]]:
    """What another keyboard says, and whether the text begins with it; where one is sure already, nothing is proven."""
    from pos_recovery.rules.layout_mixups import COMMON, explaining

    for keys in keys_of(strokes):
        for undone in explaining(keys, sure, prefix=prefix, suffix=suffix):
            begins_so = undone.start == 0 and not prefix
            if not begins_so:
                shapes = _unmarked(undone.text, prefix, suffix)
                if not _stands_there(undone, shapes, len(suffix)):
                    continue
                begins_so = any(_begins_so(shape, prefix) for shape in shapes)
            rank = _Rank.COMMON if undone.number < COMMON else _Rank.RARE
            is_proven = not sure and _proves(keys, undone, is_common=rank is _Rank.COMMON)
            yield _Rank.PROVEN if is_proven else rank, undone.code, begins_so


def read_code(raw: str, *, prefix: str = "", suffix: str = "", learned: Mapping[int, str] | None = None) -> Reading:
    """Read what a person typed or a scanner sent.

    Accepts lower case, spaces, hyphens, O for 0, I and L for 1, control characters, marks around the code, an AIM
    symbology prefix, the whole QR text, and text sent through a wrong keyboard layout, of all that there are.

    Args:
        raw: The text. Anything at all; never raises.
        prefix: Letters this store's scanner is set to send first, removed when present.
        suffix: Letters it sends last, likewise.
        learned: What this machine's scanner was seen to type: what was sent, by the ordinal of what arrived. A code
            read through it is sure.
    """
    if len(raw) > LONGEST_INPUT:
        return Reading(None, ())
    text = _clean(raw)
    strokes = text if raw.isascii() and raw.isprintable() else _strokes(raw)
    is_bare = False

    def readings(candidate: str) -> list[str]:
        nonlocal is_bare
        shapes = _unmarked(candidate, prefix, suffix)
        found = [code for shape in shapes for code in _readings(shape)]
        if found and not is_bare:
            is_plain = found[0] == candidate and not prefix  # nearly every text
            is_bare = is_plain or any(_begins_so(shape, prefix) for shape in shapes)
        return found

    sure = readings(strokes.translate(learned)) if learned else []
    sure += readings(text)
    others = list(_others(strokes, sure, prefix, suffix))
    if len(sure) == 1 and not others:
        return Reading(sure[0], (), is_bare, (sure[0],))
    ranked = dict.fromkeys(sure, _Rank.PROVEN)
    for rank, other, begins_so in sorted(others, key=lambda other: other[0]):
        ranked.setdefault(other, rank)
        is_bare = is_bare or begins_so
    code = next((each for each, rank in ranked.items() if rank is _Rank.PROVEN), None)
    doubtful = tuple(each for each in ranked if each != code)[:MOST_DOUBTFUL]
    return Reading(code, doubtful, is_bare, tuple(each for each, rank in ranked.items() if rank < _Rank.RARE))
