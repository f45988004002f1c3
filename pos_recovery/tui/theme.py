"""The register's colours: a café after dark. Readable at arm's length, and nothing is said by colour alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual.filter import Monochrome, NoColor
from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App

AFTER_HOURS = Theme(
    name="after-hours",
    primary="#e8a555",
    secondary="#9cc4b2",
    accent="#f4cf86",
    foreground="#f6ecdf",
    background="#1a1411",
    surface="#241c18",
    panel="#33281f",
    success="#8fc77a",
    warning="#f5bd4f",
    error="#f0705a",
    dark=True,
    variables={
        "scrollbar": "#33281f",
        "scrollbar-hover": "#e8a555",
        "scrollbar-active": "#e8a555",
        "scrollbar-background": "#1a1411",
        "scrollbar-background-hover": "#1a1411",
        "scrollbar-background-active": "#1a1411",
        "scrollbar-corner-color": "#1a1411",
        "footer-key-foreground": "#f4cf86",
        "footer-background": "#241c18",
        "block-cursor-text-style": "bold",
        "input-selection-background": "#e8a555 35%",
    },
)

FEW_COLOURS = replace(
    AFTER_HOURS, name="after-hours-few-colours", background="#121212", surface="#1c1c1c", panel="#303030"
)
"""The same for terminals of 16 or 256: the nearest of those to a dark brown is a dark red, as of an alarm."""


def take_colours_from(app: App[Any]) -> None:
    """Leave none at all, as no-color.org has it; what they say, style sheets say another way, under `:nocolor`.

    Textual 8.2.8's own way leaves greys, and breaks at a piece of a line that has no style.
    """
    app.no_color = True
    app._filters[:] = [*(each for each in app._filters if not isinstance(each, Monochrome)), NoColor()]  # noqa: SLF001
