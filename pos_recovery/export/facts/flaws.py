"""What is wrong with a file of a night, and how text of a file that nobody trusts is shown."""

from __future__ import annotations

from dataclasses import dataclass

AGAIN = "Ask for this night again: running the export for that day once more writes the same bytes."
"""What to do about a night that is broken."""
EARLIER = (
    "An earlier version told this night, in a form that is not written any more: put a copy of it in its place. "
    "Running the export for that day once more writes the same facts, with other bytes."
)
"""The same of a night in an earlier form."""
BOTH_AGAIN = "Export both days again into another folder, and compare: a closed day is always the same bytes."
"""What to do where two nights do not fit together."""
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Flaw:
    """One, of one night."""

    file: str
    """Its name; empty: the night as a whole."""
    code: str
    sentence: str
    remedy: str = AGAIN
    """What to do, in a sentence."""


def shown(value: object) -> str:
    """A value of a file in a sentence: one short line, and nothing that a terminal would obey."""
    text = str(value)
    if len(text) > _SHOWN:
        text = text[: _SHOWN - 1] + "…"
    return "".join(each if each.isprintable() else "�" for each in text)


def listed(values: list[str], most: int = 3) -> str:
    """The first few, and how many more."""
    left = len(values) - most
    return ", ".join(values[:most]) + (f" and {left} more" if left > 0 else "")
