"""Pictures for the screen: a slip shrunk to cells. Pillow and the fonts are loaded when the first one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.tables.facts import CouponFact
    from pos_recovery.opening.wiring import Counter

Cells = tuple[tuple[tuple[int, int], ...], ...]
"""Rows of (upper, lower) greys, 0 black to 255 white."""


def preview_of(counter: Counter, reason: str, language: str, columns: int, coupon: CouponFact | None) -> Cells:
    """A coupon's slip, or that of one that does not exist yet (None), `columns` wide."""
    from pos_recovery.printing.desk import PAPERS
    from pos_recovery.printing.slips import EXAMPLE_CODE, compose
    from pos_recovery.slip_texts.slip_fonts import with_fonts
    from pos_recovery.slip_texts.slip_words import load_words
    from receipts.drawing.page import lay_out
    from receipts.drawing.preview import half_blocks

    settings, calendar = counter.settings, counter.ledger.house.calendar
    words = load_words(language, settings.words, own_reasons=tuple(settings.reasons))
    last_day = calendar.expires_on(calendar.business_date(counter.clock()))
    slip = (
        counter.desk.slip(coupon)
        if coupon
        else with_fonts(compose(settings, words, reason=reason, code=EXAMPLE_CODE, expires_on=last_day), settings.fonts)
    )
    lines = half_blocks(lay_out(slip, PAPERS[settings.paper]).image, columns)
    return tuple(tuple((cell.upper, cell.lower) for cell in line) for line in lines)
