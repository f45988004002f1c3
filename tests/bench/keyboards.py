"""Codes through every keyboard of a release of xkeyboard-config, both ways round, with and without Caps Lock.

Run it from the root of a checkout, with the folders of releases:

    python -m tests.bench.keyboards /usr/share/X11/xkb

A layout that keeps the 36 letters and digits apart must be read, bare, as printed, behind the address, behind a mark of
the scanner, and where the address begins in small letters; of the others, where some symbols arrive alike, what has few
ways to be read. Prints how many those are, and whatever was not read. Takes half a minute a release.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from pos_recovery.rules.codes import draw_code, printed, read_code
from tests.keyboard_tables import SYMBOLS, Layout, Level, layouts, ways

ADDRESS = "HTTPS://CUP.EXAMPLE/C/"


@dataclass
class Found:
    """What became of a release."""

    tried: set[str] = field(default_factory=set)
    apart: set[str] = field(default_factory=set)
    """Layouts that keep all symbols apart, in capitals or in small letters."""
    silent: set[str] = field(default_factory=set)
    """Those on which some symbol of a capital code types nothing at all."""
    unread: list[tuple[str, str, str]] = field(default_factory=list)
    """Texts of those, and what was not read of the others, where some symbols arrive alike."""
    in_doubt: list[tuple[str, str, str]] = field(default_factory=list)


def read(those: Iterable[Layout], codes: Sequence[str]) -> Found:
    """Read codes through each of `those`."""
    found = Found()
    for layout in those:
        found.tried.add(layout.name)
        for way, level in ways(layout):
            for case in (str.upper, str.lower):
                arriving = [level.get(case(symbol), "") for symbol in SYMBOLS]
                is_apart = len(set(arriving)) == len(SYMBOLS) and "" not in arriving
                if "" in arriving:
                    if level is layout.typed and case is str.upper:
                        found.silent.add(layout.name)
                    continue
                if is_apart and level is layout.typed:
                    found.apart.add(layout.name)
                for code in codes:
                    for text in _arriving(level, code, in_capitals=case is str.upper, is_apart=is_apart):
                        if code not in read_code(text).candidates:
                            (found.unread if is_apart else found.in_doubt).append((layout.name, way, text))
    return found


def _arriving(level: Level, code: str, *, in_capitals: bool, is_apart: bool) -> Iterable[str]:
    texts = [code]
    if is_apart:
        texts += [ADDRESS + code, ADDRESS + printed(code), *([f"]Q1{code}"] if level.get("]") else [])]
    texts = texts if in_capitals else [text.lower() for text in texts]
    if is_apart and in_capitals:
        texts.append(ADDRESS[:5].lower() + ADDRESS[5:] + code)
    return ("".join(level.get(character, "") for character in text) for text in texts)


def main(roots: list[str]) -> int:
    """1 where anything was not read."""
    random, wrong = Random(20), 0  # noqa: S311  a seed
    codes = [draw_code(date(2026, 11, 14), random.getrandbits) for _ in range(5)]
    for root in roots:
        found = read(layouts(Path(root)), codes)
        wrong += len(found.unread)
        sys.stdout.write(
            f"{root}: {len(found.tried)} layouts and variants, {len(found.apart)} keep the symbols apart, on "
            f"{len(found.silent)} some type nothing; {len(found.unread)} texts were not read, and of those with too "
            f"many ways to be read {len(found.in_doubt)}\n"
        )
        for unread in (*found.unread, *found.in_doubt):
            sys.stdout.write(f"{unread}\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
