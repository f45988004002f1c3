"""Texts of any kind in every field of the screens: cleaned as they come in, shown literally, believed by nobody.

One running register a field, many texts: twenty thousand of them with `pytest --hypothesis-profile=many
tests/tui/screens/test_generated_fields.py`, a tenth of that otherwise. Every text goes in where typed and pasted ones
do (`Field.replace`); the last of each hundred is painted, looked at, and sent off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.widgets import Input, Static

from pos_recovery.rules.codes import ALPHABET, LENGTH, printed, read_code
from pos_recovery.rules.text_cleaning import clean
from pos_recovery.system.locations import Home
from pos_recovery.tui.screens.card import CardScreen
from pos_recovery.tui.screens.redeem import RedeemScreen
from pos_recovery.tui.screens.setup import FIELDS
from tests.rules.test_generated_input import DAMAGES, TEXTS, USUAL
from tests.till import BARISTA, LEAD, STRANGER, MovableClock
from tests.tui.screens.test_shown_literally import control_characters
from tests.tui.stage import Stage, on_stage

Drive = Callable[[Coroutine[Any, Any, Any]], Any]

AT_ONCE = 100
"""Texts of one example. They meet the same register, one after the other."""
MANY = settings(max_examples=max(1, USUAL // 50), deadline=None, database=None, suppress_health_check=list(HealthCheck))
SIGNS = st.sampled_from(
    ["🏳️‍🌈", "👩‍👩‍👧", "🥐", "مرحبا", "\u2067", "\u202d", "\u0301", "日本", "[bold red]", "[/b]", "{b}", "\x1b", "\x07"]
)
ANY = st.one_of(
    TEXTS,
    SIGNS,
    st.lists(st.one_of(SIGNS, TEXTS), max_size=5).map("".join),
    st.builds(lambda text, times: text * times, TEXTS, st.integers(2, 500)),
).map(lambda text: text.encode("utf-8", "replace").decode())
"""What a terminal can send: everything but half a pair of surrogates."""


def near(codes: list[str]) -> st.SearchStrategy[str]:
    """These codes with something wrong in them, damaged, or whole."""
    code = st.sampled_from(codes)
    wrong = st.builds(
        lambda code, place, symbol: code[:place] + symbol + code[place + 1 :],
        code,
        st.integers(0, LENGTH - 1),
        st.sampled_from(ALPHABET),
    )
    damaged = st.builds(
        lambda code, damage: DAMAGES[damage](code), st.one_of(code, wrong), st.sampled_from(sorted(DAMAGES))
    )
    return st.one_of(wrong, wrong.map(printed), damaged)


@contextmanager
def running(opening: AbstractAsyncContextManager[Stage]) -> Iterator[tuple[Stage, Drive]]:
    """A register on a stage, and what drives it from outside: each example goes on where the last ended."""
    with asyncio.Runner() as runner:
        left = AsyncExitStack()
        try:
            yield runner.run(left.enter_async_context(opening)), runner.run
        finally:
            runner.run(left.aclose())


def comes_in(box: Input, text: str) -> None:
    """The text takes the place of what is there, and is clean."""
    box.replace(text, 0, len(box.value))
    room = box.max_length or len(text)
    assert box.value == (clean(text, room) if len(text) > 1 or not text.isprintable() else text)


def expect_literal(stage: Stage, box: Input) -> None:
    """The field shows what is in it, and nothing on the screen is an order to the terminal."""
    strip = box.render_line(0)
    shown = strip.text.strip()
    whole = "•" * len(box.value) if box.password else box.value
    if cell_len(whole) < box.scrollable_content_region.width:
        assert shown == (whole.strip() if whole else box.placeholder)
    else:
        assert shown[1:-1] in whole  # it was scrolled, perhaps through the middle of a wide sign
    assert not any(segment.style and (segment.style.meta or segment.style.link) for segment in strip)
    screen = "\n".join(line.text for line in stage.app.screen._compositor.render_strips())
    assert control_characters(screen.replace("\u200c", "")) == set()


def put_through(box: Input, codes: list[str], drive: Drive, seen: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Generated texts, one after the other; `seen` after the last of each example."""

    @MANY
    @given(st.lists(st.one_of(ANY, ANY, ANY, near(codes)), min_size=AT_ONCE, max_size=AT_ONCE))
    def some(texts: list[str]) -> None:
        async def one_after_the_other() -> None:
            for text in texts:
                comes_in(box, text)
            await seen()

        drive(one_after_the_other())

    some()


@pytest.mark.parametrize("entry", ["code", "part", "item", "note"])
def test_whatever_is_put_in_a_field_at_the_counter(home: Home, clock: MovableClock, entry: str) -> None:
    with running(on_stage(home, clock)) as (stage, drive):
        codes = [stage.till.code(BARISTA) for _ in range(3)]
        drive(stage.welcome(LEAD))
        drive(stage.press(*{"code": ["f2"], "part": ["f4", "slash"], "item": ["3", "i"], "note": ["3", "n"]}[entry]))
        box = stage.app.screen.query_one(f"#{entry}", Input)

        async def seen() -> None:
            await stage.settle()
            expect_literal(stage, box)
            screen = stage.app.screen
            if isinstance(screen, CardScreen):
                order = screen.order()
                assert (order.item or order.note or "") == box.value.strip()
            if isinstance(screen, RedeemScreen) and box.value.strip():
                text = box.value
                await stage.press("enter")
                assert screen.mode in {"good", "refused"}
                assert screen.mode == "refused" or (screen._story and screen._story.code in read_code(text).candidates)
                await stage.press("escape")
                assert screen.mode == "typing"
            assert (stage.till.count("coupon"), stage.till.count("coupon_event")) == (len(codes), 0)

        put_through(box, codes, drive, seen)


@pytest.mark.parametrize("entry", [name for name, _, _ in FIELDS])
def test_whatever_is_put_in_a_line_of_set_up(tmp_path: Path, entry: str) -> None:
    home = Home(tmp_path / "home")
    with running(on_stage(home, MovableClock(), wait_for_counter=False)) as (stage, drive):
        drive(stage.until_shown("Open the register"))
        drive(stage.settle())
        box = stage.app.screen.query_one(f"#{entry}", Input)
        other = stage.app.screen.query_one("#timezone" if entry == "currency" else "#currency", Input)

        async def sets_up_no_register() -> None:
            other.value = "none"

        drive(sets_up_no_register())

        async def seen() -> None:
            await stage.settle()
            expect_literal(stage, box)
            await stage.press("f10")
            assert str(stage.app.screen.query_one("#trouble", Static).content)
            assert stage.front == "Setup"
            assert not home.folder.exists()

        put_through(box, [STRANGER], drive, seen)
