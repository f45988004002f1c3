"""What somebody may have meant who wrote a word that there is not. Pure."""

from __future__ import annotations

from collections.abc import Collection

ALIKE = 0.5
"""Of two words: twice the letters they share in order, of all their letters."""
MUCH_ALIKE = 0.7


def nearest(given: str, valid: Collection[str], likeness: float = ALIKE) -> str | None:
    """The valid value most like `given`, if any is that much like it."""
    import difflib

    folded = {value.casefold(): value for value in sorted(valid)}
    close = difflib.get_close_matches(given.casefold(), folded, n=1, cutoff=likeness)
    return folded[close[0]] if close else None


def hint(given: str, valid: Collection[str], *, or_all: bool = True) -> str:
    """The end of an error message: the valid word most like this one; where none is like it, all there are or nothing.

    Who may well have meant something new is only told of what is much like it.
    """
    near = nearest(given, valid, ALIKE if or_all else MUCH_ALIKE)
    if near:
        return f"; nearest: {near}"
    return f"; there are {', '.join(valid)}" if or_all else ""
