"""Where lines break: at the places Unicode allows (UAX #14, by uniseg), in few and even lines.

Text on a slip is centred, and a centred paragraph with one word on its last line looks like an accident; so breaks
are chosen for the whole paragraph at once, not line by line. Japanese may break almost anywhere: the kinsoku rules are
those of UAX #14, and breaks after punctuation or a particle are preferred over breaks inside a word. Korean breaks at
its spaces, Chinese between phrases, and Thai, Lao, Khmer and Burmese between words (`receipts.text_flow.word_breaks`).

Knows widths only through the function it is given. Refuses to hyphenate: only a word wider than the whole line is cut,
between grapheme clusters.
"""

import math
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import accumulate, pairwise

from uniseg.graphemecluster import grapheme_clusters
from uniseg.linebreak import line_break_units

from receipts.text_flow import word_breaks
from receipts.text_flow.direction import TELEPHONE

Measure = Callable[[str], float]

_SPACES = " \u200b\u2002\u2003\u2009\u3000"
_TELEPHONE = re.compile(TELEPHONE)
_JAPANESE_PAUSES = "、。\uff01\uff1f\uff09」』・\u3000 "
_PARTICLES = "はがをにでともへのや"
_LATIN = "[A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f]+"
_LATIN_WORD = f"{_LATIN}(?:\u2019{_LATIN})*[,.!?]?"
_ORDINARY = re.compile(f"{_LATIN_WORD}(?: {_LATIN_WORD})*")
"""Latin words with one space between them, which break behind each space and nowhere else (UAX #14, shown by a test).
uniseg tries all its rules on every character, which was a tenth of what printing a slip from a command took."""
_WORD = re.compile("[^ ]+ ?")

# What a break costs, where a line left wholly white costs 1: a new line is dear, half a word at its end dearer.
_A_LINE = 1.0
_INSIDE_A_WORD = 2.0
_AFTER_ONE_LETTER = 0.15
_AFTER_A_PARTICLE = 0.04


def break_lines(text: str, width: float, measure: Measure, language: str = "") -> list[str]:
    """One paragraph (no line breaks in it) as lines no wider than `width`, in the unit of `measure`.

    Trailing spaces are dropped. A single grapheme cluster wider than `width` gets a line of its own. `language` (BCP
    47) tells Chinese from Japanese where the characters do not.
    """
    pieces = _pieces(text, width, measure, language)
    is_chinese = word_breaks.is_chinese(text, language)
    whole = [measure(piece) for piece in pieces]
    inked = [measure(piece.rstrip(_SPACES)) for piece in pieces]
    cost = [0.0]  # of the first n pieces, well broken
    starts = [0]  # which piece begins the last line of those
    for end in range(1, len(pieces) + 1):
        last_break = _reluctance(pieces[end - 1], pieces[end], is_chinese) if end < len(pieces) else 0.0
        best, best_start = math.inf, end - 1
        line_width = inked[end - 1]
        for start in range(end - 1, -1, -1):
            if start < end - 1:
                line_width += whole[start]
                if line_width > width:
                    break
            this = cost[start] + _A_LINE + (1 - min(line_width / width, 1)) ** 2 + last_break
            if this < best:
                best, best_start = this, start
        cost.append(best)
        starts.append(best_start)
    lines_backwards: list[str] = []
    end = len(pieces)
    while end:
        lines_backwards.append("".join(pieces[starts[end] : end]).rstrip(_SPACES))
        end = starts[end]
    return lines_backwards[::-1] or [""]


def breaks_words(lines: list[str], language: str = "") -> bool:
    """Whether some line of `lines` ends inside a word, as Japanese allows and readers do not like."""
    is_chinese = word_breaks.is_chinese("".join(lines), language)
    return any(
        _reluctance(before, after, is_chinese) >= _INSIDE_A_WORD
        for before, after in pairwise(lines)
        if before and after
    )


def with_numbers_whole(text: str) -> str:
    """`text` with no-break spaces inside its telephone numbers, so that a guest reads and dials them in one go."""
    return _TELEPHONE.sub(lambda number: number[0].replace(" ", "\u00a0"), text)


def longest_word(text: str, measure: Measure, language: str = "") -> float:
    """The width of the widest piece that no break may divide."""
    return max((measure(unit.rstrip(_SPACES)) for unit in _units(text, language)), default=0.0)


def _pieces(text: str, width: float, measure: Measure, language: str) -> list[str]:
    pieces: list[str] = []
    for unit in _units(text, language):
        if measure(unit.rstrip(_SPACES)) <= width:
            pieces.append(unit)
        else:
            pieces += _cut(unit, width, measure)
    return pieces


def _cut(word: str, width: float, measure: Measure) -> list[str]:
    parts: list[str] = []
    part = ""
    for cluster in _stacks(word):
        if part and measure((part + cluster).rstrip(_SPACES)) > width:
            parts.append(part)
            part = ""
        part += cluster
    return [*parts, part]


def _stacks(word: str) -> list[str]:
    """Grapheme clusters, those together that no reader would part: a stack of consonants, a vowel written first."""
    stacks: list[str] = []
    for cluster in grapheme_clusters(word):
        if stacks and not word_breaks.may_part(stacks[-1], cluster):
            stacks[-1] += cluster
        else:
            stacks.append(cluster)
    return stacks


@lru_cache(maxsize=512)
def _units(text: str, language: str) -> tuple[str, ...]:
    units = tuple(_WORD.findall(text) if _ORDINARY.fullmatch(text) else line_break_units(text))
    if text.isascii():
        return units
    allowed = set(accumulate(map(len, units)))
    ends = sorted(((allowed | word_breaks.ends(text)) - word_breaks.inner(text, language)) | {len(text)})
    return tuple(text[start:end] for start, end in pairwise((0, *ends)))


def _reluctance(before: str, after: str, is_chinese: bool) -> float:
    """How much a break between two pieces is to be avoided: 0 between words and phrases, more inside a word.

    A one-letter word hanging at the end of a line is poor style anywhere and a mistake in Czech.
    """
    last, first = before[-1], after[0]
    if len(before.rstrip()) == 1 and last in _SPACES:
        return _AFTER_ONE_LETTER
    if is_chinese or not (_is_japanese(last) or _is_japanese(first)) or last in _JAPANESE_PAUSES:
        return 0.0
    if last in _PARTICLES and (last == "を" or not _is_kana(first)):
        return _AFTER_A_PARTICLE
    return _INSIDE_A_WORD


def _is_kana(char: str) -> bool:
    return "\u3041" <= char <= "\u309f"


def _is_japanese(char: str) -> bool:
    return "\u3001" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or "\uff01" <= char <= "\uff9f"
