"""Text from people is shown as they wrote it: never as markup, never as an order to the terminal."""

from __future__ import annotations

from textwrap import shorten

import pytest
from textual.widgets import Input

from db.tables.column_types import Role
from pos_recovery.counter.staff import Pin
from pos_recovery.system.locations import Home
from pos_recovery.tui.messages import replies
from tests.till import BARISTA, LEAD, MovableClock, Till
from tests.tui.stage import LARGE, Stage, on_stage

MARKUP = "[bold]b[/bold] [/] [$x] \\\\[@click=app.quit]q[/]"
"""Markup that is right, wrong, half done, escaped, and dangerous."""
ORDERS = "\x1b[31mred\x1b[0m \x1b]52;c;c3B5\x07 \x9b31m \u202eback 🥐🏳️‍🌈 é"
"""Orders to a terminal, an override of the reading direction, and signs wider than a cell."""


def control_characters(text: str) -> set[str]:
    return {char for char in text if not char.isprintable() and char not in "\n\u200d"}


@pytest.mark.parametrize("name", ["[bold]Ben[/] [$x]", "[@click=app.quit]q", "Žofie 🥐"])
async def test_a_name_is_shown_as_it_is_from_sign_in_to_the_list_of_slips(
    home: Home, clock: MovableClock, name: str
) -> None:
    before = Till.open(home, clock)
    before.counter.roster.add(name, Role.SHIFT_LEAD, Pin("2222"))
    before.counter.close()
    store = "[b]Harbour[/] [$x]"
    async with on_stage(home, clock, size=LARGE, store_name=store, allowance=1, cap=1) as stage:
        assert name in stage.text
        await stage.press("up", "2", "2", "2", "2", "enter", "1", "+", "enter")
        status = stage.text.splitlines()[0]
        assert status.startswith(f" {store} · register 1")
        assert f"  {name}  " in status
        assert status.endswith("10:00")
        assert f"{name} has given 0 today" in stage.text  # the question for a lead's PIN
        assert f" {name} " in stage.text.replace(status, "").replace("has given", "")  # and among the leads
        await stage.press("escape", "minus", "enter", "enter", "f4")
        in_the_list = any(name[:7] in line for line in stage.text.splitlines()[1:])  # in a narrow column
        assert in_the_list, stage.text
        await stage.press("enter")
        assert f"Given by {name}." in stage.text
        assert f", {store}: Late." in stage.text


async def test_an_item_and_a_note_are_shown_as_they_are_on_card_and_story(stage: Stage) -> None:
    await stage.resize(LARGE)
    await stage.welcome(LEAD)
    for text in (MARKUP, "[b", "🥐" * 20, "مرحبا [b]"):
        await stage.press("3", "i")
        await stage.paste(text)
        await stage.press("enter", "n")
        await stage.paste(text)
        assert shorten(text, 40, placeholder="") in stage.text
        await stage.press("enter", "enter")
        assert stage.app.session.last_code is not None
        coupon = stage.till.story(stage.app.session.last_code).coupon
        assert coupon.item == coupon.note == text
        await stage.press("enter", "f2")
        await stage.paste(coupon.code)
        await stage.press("enter")
        assert f"({text})" in stage.text
        assert f"Note: {text}" in stage.text
        await stage.press("escape", "escape")


async def test_orders_to_the_terminal_are_dropped_and_the_rest_is_kept(stage: Stage) -> None:
    await stage.welcome(LEAD)
    await stage.press("3", "n")
    await stage.paste(ORDERS)
    await stage.press("enter", "enter")
    assert stage.app.session.last_code is not None
    coupon = stage.till.story(stage.app.session.last_code).coupon
    assert coupon.note == "red back 🥐🏳️‍🌈 é"
    await stage.press("enter", "f2")
    await stage.paste(f"{ORDERS} {coupon.code}")
    await stage.press("enter")
    assert control_characters(stage.text) == set()


async def test_an_order_that_is_pasted_in_two_pieces_is_dropped_too(stage: Stage) -> None:
    """One character is what a key types, and no key of a person types this one."""
    await stage.welcome(LEAD)
    await stage.press("3", "n")
    for piece in ("\x1b", "[31mred", "\x9b", "2J"):
        await stage.paste(piece)
    assert stage.app.screen.query_one("#note", Input).value == "[31mred2J"
    assert control_characters(stage.text) == set()


async def test_a_note_of_ten_thousand_characters_is_bounded_not_refused(stage: Stage) -> None:
    await stage.welcome(LEAD)
    await stage.press("3", "n")
    await stage.paste("long " * 2000)
    await stage.press("enter", "enter")
    assert stage.app.session.last_code is not None
    note = stage.till.story(stage.app.session.last_code).coupon.note
    assert note is not None
    assert note.startswith("long long")
    assert len(note) <= 280


async def test_a_code_that_is_none_is_shown_as_typed(stage: Stage) -> None:
    await stage.welcome(LEAD)
    await stage.press("f2")
    for code in ("[bold]x[/bold]", "[/]", "spy\x1b]52;c;c3B5\x07", "🥐" * 60, "[@click=app.quit]x[/]"):
        await stage.paste(code)
        await stage.press("enter")
        assert "PLEASE READ IT AGAIN" in stage.text
        assert code[:3] in stage.text
        assert control_characters(stage.text) == set()
        await stage.press("escape")
    await stage.press("escape", "f4", "slash")
    await stage.paste("[@click=app.quit]x[/]")
    assert "[@click=app.quit]x[/]" in stage.text


async def test_a_notice_is_shown_as_it_is(stage: Stage) -> None:
    await stage.welcome(BARISTA)
    stage.app.screen.post_message(replies.Fault(MARKUP))
    await stage.settle()
    assert MARKUP in stage.text


async def test_a_reason_of_the_store_is_shown_as_it_is_written(home: Home, clock: MovableClock) -> None:
    own = {"late": {"name": "[b]Late[/]", "say": "[i]Sorry[/i] [/]", "never": "[u]Never[/u]", "act": "[$x] act"}}
    async with on_stage(home, clock, size=LARGE, reasons=own) as stage:
        await stage.welcome(BARISTA)
        assert "[b]Late[/]" in stage.text
        await stage.press("1")
        for words in ("[b]Late[/]", "“[i]Sorry[/i] [/]”", "[u]Never[/u]", "[$x] act"):
            assert words in stage.text
        await stage.press("enter", "enter", "f4")
        assert "[b]Late[/]" in stage.text


# ------------------------------------------------------------------- the PIN


async def test_a_pin_is_in_no_screen_no_message_and_no_file(home: Home, clock: MovableClock) -> None:
    messages: list[str] = []

    def heard(message: object) -> None:
        name = type(message).__name__
        if name not in {"Key", "Print"}:  # the keyboard itself
            messages.append(repr(message))

    pin = "86420975"
    shown = []
    async with on_stage(home, clock, message_hook=heard, allowance=1, cap=1) as stage:
        stage.till.counter.roster.reset_pin(LEAD.id, Pin(pin))
        for key in (*pin, "enter"):
            await stage.press(key)
            shown.append(stage.text)
        assert stage.app.session.person == LEAD
        await stage.press("3", "+", "enter", *pin)
        shown.append(stage.text)
        await stage.press("enter")
        shown.append(stage.text)
        assert stage.till.count("coupon") == 2
    assert messages
    assert not any(pin in text for text in (*shown, *messages))
    assert not home.log.exists()
    assert all(pin.encode() not in file.read_bytes() for file in home.folder.rglob("*") if file.is_file())
