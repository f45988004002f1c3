"""A copy in other letters than the first slip is said on the screen, whatever screen that is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pos_recovery.counter.outcomes import Reprinted
from pos_recovery.system.locations import Home
from pos_recovery.tui.content.slip_pictures import preview_of
from receipts.drawing.page import lay_out
from receipts.values.errors import UnprintableTextError
from receipts.values.paper import PAPER_58
from tests.receipts.font_shelf import SHELF
from tests.till import MovableClock, Till
from tests.tui.stage import on_stage

BOLD = SHELF / "NotoSansThai-Bold.ttf"


@pytest.mark.parametrize("changed", [True, False])
async def test_a_copy_whose_font_is_gone_is_told_to_whoever_stands_there(
    home: Home, clock: MovableClock, tmp_path: Path, *, changed: bool
) -> None:
    shop: dict[str, Any] = {"store_name": "ร้านกาแฟ", "fonts": [str(BOLD)]}
    till = Till.open(home, clock, seed=3, **shop)
    code = till.code()
    till.print(code)
    if changed:
        with closing(sqlite3.connect(home.ledger)) as raw, raw:
            raw.execute("DROP TRIGGER slip_font_no_update")  # as if the file had been another one when it was printed
            raw.execute("UPDATE slip_font SET file = ?, sha256 = ?", (str(tmp_path / "gone.ttf"), "0" * 64))
    again = till.reprint(code)
    assert isinstance(again, Reprinted)
    async with on_stage(home, clock, **shop) as stage:
        assert stage.app.printing is not None
        stage.app.printing.put([again.job])
        await stage.until(lambda: till.story(code).jobs[-1].state.value == "printed")
        await stage.settle()
        said = [notice.message for notice in stage.app._notifications]
        assert sum(f"{tmp_path / 'gone.ttf'} is gone or was changed" in each for each in said) == int(changed)
    till.counter.close()


def test_a_slip_is_shown_on_the_screen_in_its_shop_s_letters(open_till: Callable[..., Till]) -> None:
    thai = open_till(store_name="ร้านกาแฟ", fonts=[str(BOLD)])
    shown = preview_of(thai.counter, "late", "en", 48, None)
    assert shown != preview_of(open_till(store_name="ร้าน", fonts=[str(BOLD)]).counter, "late", "en", 48, None)
    with pytest.raises(UnprintableTextError, match="THAI CHARACTER"):  # drawn by the shipped faces alone
        lay_out(replace(thai.counter.desk.slip(thai.story(thai.code()).coupon), behind=()), PAPER_58)
