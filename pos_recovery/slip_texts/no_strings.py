"""No strings: finds the phrase in a text that asks a guest for something in return, in every language we ship.

A recovery coupon that wants a purchase, a minimum, an hour or a newsletter is a second failure, so the settings refuse
such words. The phrases stand in `no_strings.toml`, where someone who speaks the language can review them.

It catches what people write in good faith; it does not outwit anybody, and it reads no language we do not ship.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal

from pos_recovery.system.package_files import shipped_toml

_Kind = Literal["asks", "allows", "sells"]

# Scripts in which a word ends at its last letter. Japanese has no word ends to look for.
_LETTER: Final = r"[a-z0-9\u0900-\u0963\u0966-\u097f]"
# Arabic writes "and", "with", "to" and "the" together with the word; any other letter before it makes another word.
_ARABIC: Final = r"[\u0621-\u064a]"
_ARABIC_START: Final = rf"(?<!{_ARABIC})(?:[\u0648\u0641\u0628\u0644]?(?:\u0627\u0644)?|\u0644\u0644)"
# A few words of the same sentence: full stops of four scripts end it, the one in "5.00" does not, a masked phrase does.
_GAP: Final = r"(?:[^.!?\u0964\u3002\u061f\0]|\.(?=\S)){0,24}?"
_NUMBER: Final = r"\d[\d.,:]*"
# Canonical combining classes of vowel signs, kana voicing and virama, which make letters. The other marks are accents.
_KEPT_MARKS: Final = frozenset({0, 8, 9})


def strings_attached(text: str) -> str | None:
    """The first phrase, as written, that ties the drink to a purchase, a minimum, an hour or an advertisement.

    None for a gift. Looks in all languages at once: a Czech store writes English slips too.
    """
    return _first(text, "asks")


def sales_talk(text: str) -> str | None:
    """The first phrase, as written, with which a barista would sell something; None when there is none."""
    return _first(text, "sells")


def _first(text: str, kind: _Kind) -> str | None:
    plain, origin = _plain(text)
    for found in _matches("allows", plain):
        plain = plain.replace(found[0], "\0" * len(found[0]))
    for found in _matches(kind, plain):
        return text[origin[found.start()] : origin[found.end() - 1] + 1]
    return None


def _matches(kind: _Kind, plain: str) -> Iterator[re.Match[str]]:
    """Every place where a phrase of a kind stands in a text, the longest phrase first.

    Only a phrase whose fixed parts all occur is compiled: compiling the four hundred takes 270 ms.
    """
    for literals, phrase in _phrases(kind):
        if all(literal in plain for literal in literals):
            yield from re.finditer(_pattern(phrase), plain)


def _plain(text: str) -> tuple[str, list[int]]:
    """The text without case, accents, invisible characters and double spaces; and where each character left stood."""
    if text.isascii() and text.isprintable() and "  " not in f" {text}":  # half of the phrases: nothing is left out
        return text.lower(), list(range(len(text)))
    kept: list[tuple[str, int]] = []
    for at, char in enumerate(text.replace("\u2019", "'")):
        for part in unicodedata.normalize("NFKD", char).casefold():
            if unicodedata.combining(part) not in _KEPT_MARKS or part == "\u0640" or unicodedata.category(part) == "Cf":
                continue
            if not part.isspace():
                kept.append((part, at))
            elif kept and kept[-1][0] != " ":
                kept.append((" ", at))
    return "".join(part for part, _ in kept), [at for _, at in kept]


@functools.cache
def _tables() -> tuple[dict[str, list[str]], ...]:
    """Of each language, its phrases by kind."""
    return tuple(shipped_toml("slip_texts/no_strings.toml").values())


@functools.cache
def _phrases(kind: _Kind) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Each phrase with its fixed parts, the longest phrase first."""
    phrases = sorted({phrase for table in _tables() for phrase in table[kind]}, key=len, reverse=True)
    return tuple((tuple(_plain(part.strip())[0] for part in re.split("[…*#]", phrase)), phrase) for phrase in phrases)


def _pattern(phrase: str) -> str:
    return _GAP.join(_piece(piece.strip()) for piece in phrase.split("…"))


def _piece(piece: str) -> str:
    plain, _ = _plain(piece)
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, plain) else _ARABIC_START if re.match(_ARABIC, plain) else ""
    after = rf"(?!{_LETTER})" if re.match(_LETTER, plain[-1]) else ""
    return before + re.escape(plain).replace(r"\*", f"{_LETTER}*").replace(r"\#", _NUMBER) + after
