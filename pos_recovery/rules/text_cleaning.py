"""Text from people, made safe to keep: cleaned and bounded, never rejected. Pure.

What is left is data: no escape sequence, no control or bidirectional override character, no line break. Square
brackets, quotes and the like stay as they were typed; whoever shows the text shows it literally.
"""

from __future__ import annotations

import re
import unicodedata

NOTE_LIMIT = 280
"""Characters of a note. It is read at the counter in a few seconds."""
ITEM_LIMIT = 60
NAME_LIMIT = 40
RAW_LIMIT = 120
"""Characters kept of a refused scan."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor moves
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # OSC, DCS, SOS, PM, APC, with their text
    r"|\x1b[ -/]*[0-~]?"  # two-letter sequences, and a bare ESC
    r"|\x9b[0-?]*[ -/]*[@-~]",  # CSI as one C1 character
    re.DOTALL,
)
_JOINERS = "\u200c\u200d"
"""Invisible, and needed inside: they make Persian words and one family out of four people."""
_SPACES = re.compile(r"\s+")


def clean(raw: str, limit: int) -> str:
    """`raw` without escape sequences, control and override characters, runs of white space made one space.

    Args:
        raw: Anything at all.
        limit: Characters. Longer text is cut and ends in an ellipsis, never inside what a reader sees as one
            character.
    """
    plain = _ESCAPES.sub("", raw[: limit * 50])
    kept = "".join(
        " " if char.isspace() else char for char in plain if char.isspace() or char in _JOINERS or char.isprintable()
    )
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", kept)).strip(" " + _JOINERS)
    return text if len(text) <= limit else _shortened(text, limit)


def _shortened(text: str, limit: int) -> str:
    from uniseg.graphemecluster import grapheme_cluster_boundaries  # 10 ms that few notes need

    whole = [end for end in grapheme_cluster_boundaries(text[: limit + 1]) if end < limit]
    return text[: whole[-1] or limit - 1].rstrip() + "…"  # 0: one endless pile of accents


def clean_or_none(raw: str | None, limit: int) -> str | None:
    """`clean`, and None for text with nothing in it."""
    return (clean(raw, limit) or None) if raw is not None else None
