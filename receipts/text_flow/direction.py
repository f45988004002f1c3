"""Which way each character of a paragraph runs, and in which order a line's pieces stand.

Levels come from python-bidi's own functions (UAX #9, rules X1 to I2); the line rules L1 and L2 are here because
python-bidi only reorders whole strings and we reorder shaped runs. Two things it lacks are made up for before it sees
the text: isolates (U+2066 to U+2069) are treated as embeddings, and a telephone number or a web address counts as one
left-to-right word, so that "0800 123 456" keeps its groups in order inside Arabic. Paired brackets (rule N0) are not
resolved.
"""

import re
import unicodedata
from itertools import groupby

from bidi import algorithm

from receipts.text_flow.language import primary

_RTL_LANGUAGES = frozenset({"ar", "he", "fa", "ur", "ps", "yi", "dv", "ckb", "sd", "ug"})
_RTL_CLASSES = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})
_BEARINGS = {"L": 0, "R": 1, "AL": 1}

TELEPHONE = r"\+?\(?\d[\d \u00a0\u202f().\-\u2010\u2011/]{5,}\d"
_WEB_ADDRESS = r"(?=[0-9@.]*[A-Za-z])[A-Za-z0-9@][A-Za-z0-9_.~:/?#@!$&*+=%-]*[A-Za-z0-9/]"
_ONE_WORD = re.compile(f"{TELEPHONE}|{_WEB_ADDRESS}")
_ISOLATES = str.maketrans({"\u2066": "\u202a", "\u2067": "\u202b", "\u2068": "\u202a", "\u2069": "\u202c"})


def base_level(text: str, language: str) -> int:
    """0 for a paragraph that runs left to right, 1 for right to left: the first strong character, else the language."""
    bearings = (_BEARINGS.get(unicodedata.bidirectional(char)) for char in text)
    by_language = int(primary(language) in _RTL_LANGUAGES)
    return next((bearing for bearing in bearings if bearing is not None), by_language)


def levels(text: str, base: int) -> list[int]:
    """The embedding level of every character of one paragraph: even runs left to right, odd right to left."""
    if base == 0 and not any(unicodedata.bidirectional(char) in _RTL_CLASSES for char in text):
        return [0] * len(text)
    stand_in = _ONE_WORD.sub(lambda word: "a" * len(word[0]), text).translate(_ISOLATES)
    stand_in = "".join(char if unicodedata.bidirectional(char) else "a" for char in stand_in)
    storage = algorithm.get_empty_storage()
    storage["base_level"] = base
    storage["base_dir"] = ("L", "R")[base]
    algorithm.get_embedding_levels(stand_in, storage)
    characters = storage["chars"]
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, debug=False)
    algorithm.resolve_implicit_levels(storage, debug=False)
    # Rule X9 drops invisible marks from storage, not from our list: indices hold, and a mark (a joiner in the middle
    # of a word, say) goes with the character before it.
    found: list[int] = []
    for character in characters:
        unresolved = character["orig"] in algorithm.X9_REMOVED
        found.append((found[-1] if found else base) if unresolved else int(character["level"]))
    return found


def with_trailing_space_at(base: int, line: str, line_levels: list[int]) -> list[int]:
    """`line_levels` with the white space at the end of the line moved to the paragraph's own level (rule L1)."""
    kept = len(line.rstrip())
    return line_levels[:kept] + [base] * (len(line) - kept)


def visual_order(run_levels: list[int]) -> list[int]:
    """The indices of a line's runs from left to right (rule L2)."""
    order = list(range(len(run_levels)))
    if not order:
        return order
    for level in range(max(run_levels), min(each | 1 for each in run_levels) - 1, -1):
        flipped: list[int] = []
        for reverse, group in groupby(order, key=lambda index: run_levels[index] >= level):
            run = list(group)
            flipped += run[::-1] if reverse else run
        order = flipped
    return order
