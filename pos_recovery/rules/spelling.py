"""What somebody may have meant who wrote a word that there is not. Pure."""

from __future__ import annotations

from collections.abc import Collection


def nearest(given: str, valid: Collection[str]) -> str | None:
    """The valid value most like `given`, if any is like it at all."""
    import difflib

    folded = {value.casefold(): value for value in sorted(valid)}
    close = difflib.get_close_matches(given.casefold(), folded, n=1, cutoff=0.5)
    return folded[close[0]] if close else None
