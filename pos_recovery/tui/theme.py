"""The register's colours: a café after dark. Readable at arm's length, and nothing is said by colour alone."""

from textual.theme import Theme

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
