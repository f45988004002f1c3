"""Pictures for the screen: a slip shrunk to cells. Pillow and the fonts are loaded when the first one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pos_recovery.bootstrap import Counter
    from pos_recovery.tui.wishes import Preview

Cells = tuple[tuple[tuple[int, int], ...], ...]
"""Rows of (upper, lower) greys, 0 black to 255 white."""


def preview_of(counter: Counter, wish: Preview) -> Cells:
    """A coupon's slip, or that of one that does not exist yet, `wish.columns` wide."""
    from pos_recovery.desk import PAPERS
    from pos_recovery.slip_fonts import with_fonts
    from pos_recovery.slips import EXAMPLE_CODE, compose
    from pos_recovery.wording import load_words
    from receipts.layout import lay_out
    from receipts.preview import half_blocks

    settings, calendar = counter.settings, counter.ledger.house.calendar
    words = load_words(wish.language, settings.words, own_reasons=tuple(settings.reasons))
    last_day = calendar.expires_on(calendar.business_date(counter.clock()))
    slip = (
        counter.desk.slip(wish.coupon)
        if wish.coupon
        else with_fonts(
            compose(settings, words, reason=wish.reason, code=EXAMPLE_CODE, expires_on=last_day), settings.fonts
        )
    )
    lines = half_blocks(lay_out(slip, PAPERS[settings.paper]).image, wish.columns)
    return tuple(tuple((cell.upper, cell.lower) for cell in line) for line in lines)
