"""What happens at the counter: by keys alone, by touch alone, with keys that bounce, and with Esc at every step."""

from __future__ import annotations

import pytest

from pos_recovery.counter.outcomes import Person
from pos_recovery.slip_texts.reasons import load_reasons
from pos_recovery.system.locations import Home
from pos_recovery.tui.screens import paper
from pos_recovery.tui.widgets.pin_pad import PinPad
from pos_recovery.tui.widgets.reason_grid import ReasonGrid, ReasonTile
from tests.till import BARISTA, BARISTA_PIN, LEAD, LEAD_PIN, MovableClock
from tests.tui.stage import Stage, on_stage

REASONS = load_reasons({})


async def test_two_keys_from_the_grid_to_a_coupon(stage: Stage) -> None:
    await stage.welcome(BARISTA)

    two_keys = ("3", "enter")
    await stage.press(*two_keys)

    assert stage.till.count("coupon") == 1
    assert stage.front == "Paper"
    assert stage.app.session.last_code is not None
    story = stage.till.story(stage.app.session.last_code)
    assert (story.coupon.reason, story.coupon.staff, story.coupon.language) == ("forgotten", BARISTA.id, "en")
    assert (story.coupon.remade, story.coupon.noticed_first) == (True, True)
    assert story.coupon.item is story.coupon.note is None


async def test_every_key_of_the_grid_opens_its_card_and_everything_on_it_fits_80_by_24(stage: Stage) -> None:
    await stage.welcome(BARISTA)
    for reason in REASONS:
        await stage.press(str(reason.key))
        shown = stage.text
        for words in (reason.name, "1 listen", "5 explain", "remade now", "language", " n  note", "Enter  Print"):
            assert words in shown, shown
        await stage.press("escape")


# ------------------------------------------------------------------ keys alone


async def test_a_whole_shift_by_keys_alone(stage: Stage) -> None:
    await stage.press("down", *BARISTA_PIN, "enter")
    assert stage.app.session.person == BARISTA
    await stage.press("right", "right", "right", "down", "enter")  # sold out, by arrows
    assert "Sold out" in stage.text
    await stage.press("enter", "enter", "f10")
    assert stage.app.session.person is None
    await stage.press("up", *LEAD_PIN, "enter")
    assert stage.app.session.person == LEAD
    await stage.press("f4", "p", "enter", "o", "enter", "2", "escape", "t", "1", "v", "y", "escape", "f10", "f10", "y")
    assert not stage.app.is_running

    with stage.till.reading() as connection:
        kinds = [row[0] for row in connection.exec_driver_sql("SELECT kind FROM coupon_event ORDER BY n")]
    assert kinds == ["reprinted", "redeemed", "ended", "reversed", "voided"]


async def test_the_keys_of_the_card_change_what_is_on_record(stage: Stage) -> None:
    await stage.welcome(BARISTA)
    await stage.press("3", "r", "a", "+", "+", "minus", "l", "l", "i")
    await stage.write("flat white")
    await stage.press("enter", "n")
    await stage.write("r a l + n 3")
    await stage.press("escape", "enter")

    assert stage.till.count("coupon") == 2
    assert stage.app.session.last_code is not None
    coupon = stage.till.story(stage.app.session.last_code).coupon
    assert (coupon.remade, coupon.noticed_first, coupon.language) == (False, False, "fr")
    assert (coupon.item, coupon.note) == ("flat white", "r a l + n 3")


async def test_what_is_typed_in_a_field_is_no_key(stage: Stage) -> None:
    await stage.welcome(LEAD)
    await stage.press("3", "n")
    await stage.write("3 r a l + n i 999")
    assert stage.front == "Card"
    assert "remade now     yes" in stage.text
    await stage.press("escape", "escape", "f4", "slash")
    await stage.write("pvto")
    assert stage.front == "Find"
    await stage.press("escape", "escape", "f2")
    await stage.write("g123")
    assert stage.front == "Redeem"
    assert "g123" in stage.text
    assert stage.till.count("coupon") == stage.till.count("coupon_event") == 0


async def test_what_a_barista_may_not_do_from_the_list_is_on_record_as_chosen_not_typed(stage: Stage) -> None:
    till = stage.till
    others = till.code(LEAD)
    till.redeem(others)
    till.reverse(others)
    till.print(others)
    await stage.welcome(BARISTA)
    await stage.press("f4", "p", "v", "y")
    assert "a slip of their own" in stage.text
    assert till.refusals() == [("not_allowed", others, others, BARISTA.id, "scanned")] * 2


@pytest.mark.parametrize(
    ("state", "offered", "question"),
    [
        ("issued", ["Void slip"], "v"),
        ("expired", ["Void slip"], "v"),
        ("redeemed", ["Take back"], "t"),
        ("voided", [], ""),
    ],
)
async def test_the_list_offers_only_what_can_be_done_with_the_slip(
    stage: Stage, state: str, offered: list[str], question: str
) -> None:
    """By key and by touch alike; what is not offered asks nothing. That a key which is offered asks is the twin."""
    code = stage.till.code(LEAD)
    if state == "redeemed":
        stage.till.redeem(code)
    if state == "voided":
        stage.till.void(code)
    if state == "expired":
        stage.clock.move(days=91)
    await stage.welcome(LEAD)
    await stage.press("f4", "slash", *code[:4].lower(), "enter")
    *_, buttons, _, keys = stage.text.splitlines()
    for line in (buttons, keys):
        assert [each for each in ("Void slip", "Take back") if each in line] == offered, stage.text
    for key in "vt":
        await stage.press(key)
        assert (stage.front == "Find") is (key != question)
        await stage.press(*["n"] * (key == question))


# --------------------------------------------------------------- touch alone


async def touch_pin(stage: Stage, person: Person, pin: str) -> None:
    await stage.touch("#people", at=(3, person.id - 1))
    for digit in pin:
        await stage.touch(f"#digit-{digit}")
    await stage.touch("#enter")


async def test_a_whole_shift_by_touch_alone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await touch_pin(stage, BARISTA, BARISTA_PIN)
    assert stage.app.session.person == BARISTA
    await stage.touch("#reason-spilled")
    await stage.touch("#row-asked")
    await stage.touch("#row-count")
    await stage.touch("#row-language")
    await stage.touch("#print")
    assert stage.till.count("coupon") == 2
    await stage.touch("#code")
    await stage.touch("#done")
    await sign_out_by_touch(stage)

    await touch_pin(stage, LEAD, LEAD_PIN)
    await touch_footer(stage, "F4 Find")
    await stage.touch("#slips", at=(10, 1))
    await stage.touch("#open")
    await stage.touch("#confirm")
    await stage.touch("#end-0")
    await stage.touch("#leave")
    await stage.touch("#slips", at=(10, 2))
    await stage.touch("#void")
    await stage.touch("#yes")
    await stage.touch("#leave")
    await sign_out_by_touch(stage)

    with stage.till.reading() as connection:
        kinds = [row[0] for row in connection.exec_driver_sql("SELECT kind FROM coupon_event ORDER BY kind")]
    assert kinds == ["ended", "redeemed", "voided"]


async def touch_footer(stage: Stage, key: str) -> None:
    """Touch a key of the last line."""
    line = stage.text.splitlines()[-1]
    await stage.pilot.click(offset=(line.index(key) + 1, stage.app.size.height - 1))
    await stage.settle()


async def sign_out_by_touch(stage: Stage) -> None:
    await touch_footer(stage, "F10 Sign out")
    assert (stage.front, stage.app.session.person) == ("SignIn", None)


async def test_a_lead_agrees_over_the_cap_by_touch_alone(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, allowance=1, cap=1) as stage:
        stage.till.code(BARISTA)
        await stage.welcome(BARISTA)
        await stage.touch("#reason-late")
        await stage.touch("#print")
        assert stage.till.count("coupon") == 1
        await stage.touch("#leads", at=(3, 0))
        for digit in LEAD_PIN:
            await stage.touch(f"#digit-{digit}")
        await stage.touch("#enter")
        assert stage.till.count("coupon") == 2
        assert stage.front == "Paper"


# -------------------------------------------------------- keys that bounce


async def test_a_bouncing_enter_gives_one_coupon_and_leaves_its_paper_on_the_screen(stage: Stage) -> None:
    await stage.welcome(BARISTA)
    await stage.press("3")
    await stage.bounce("enter", times=5)
    assert stage.till.count("coupon") == 1
    assert stage.front == "Paper"


async def test_a_bouncing_reason_opens_one_card(stage: Stage) -> None:
    await stage.welcome(BARISTA)
    await stage.bounce("3", times=3)
    assert [type(screen).__name__ for screen in stage.app.screen_stack][-2:] == ["GridScreen", "CardScreen"]


async def test_a_bouncing_escape_stays_at_the_counter(stage: Stage) -> None:
    await stage.welcome(BARISTA)
    for keys in (("3",), ("f2",), ("f4",), ("f1",)):
        await stage.press(*keys)
        await stage.bounce("escape", times=4)
        assert stage.front == "Grid"
        assert stage.app.session.person == BARISTA


async def test_a_bouncing_f6_makes_one_copy(stage: Stage) -> None:
    await stage.welcome(BARISTA)
    await stage.press("3", "enter", "enter")
    await stage.bounce("f6", times=3)
    assert stage.till.count("print_job") == 2
    assert stage.front == "Paper"
    await stage.press("enter", "f4")
    await stage.bounce("p", times=3)
    assert stage.till.count("print_job") == 3


async def test_a_story_has_one_ending_however_many_keys_are_pressed(stage: Stage) -> None:
    code = stage.till.code(BARISTA)
    await stage.welcome(LEAD)
    await stage.press("f2")
    await stage.write(code)
    await stage.press("enter")
    await stage.bounce("enter", times=3)
    for key in ("1", "1", "2"):
        stage.strike(key)
    await stage.settle()
    assert stage.till.count("coupon_event") == 2
    assert stage.till.story(code).ending == "turned_around"


async def test_two_right_pins_in_a_hurry_sign_in_once(stage: Stage) -> None:
    pad = stage.app.screen.query_one(PinPad)
    for _ in range(2):
        pad.post_message(PinPad.Entered(LEAD_PIN))
    await stage.settle()
    assert [type(screen).__name__ for screen in stage.app.screen_stack].count("GridScreen") == 1


# ----------------------------------------------------------------- going back


async def test_escape_leaves_a_field_before_it_leaves_the_card(stage: Stage) -> None:
    await stage.welcome(BARISTA)
    await stage.press("3", "n")
    await stage.write("two guests")
    await stage.press("escape")
    assert "two guests" in stage.text
    await stage.press("f1", "escape")
    assert "two guests" in stage.text
    await stage.press("escape")
    assert stage.front == "Grid"
    assert stage.till.count("coupon") == 0


async def test_escape_from_the_leads_pin_keeps_the_card_and_issues_nothing(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, allowance=1, cap=1) as stage:
        stage.till.code(BARISTA)
        await stage.welcome(BARISTA)
        await stage.press("3", "n")
        await stage.write("kept")
        await stage.press("enter", "enter", "escape")
        assert stage.front == "Card"
        assert "kept" in stage.text
        await stage.press("enter", *LEAD_PIN, "enter")
        assert stage.front == "Paper"
        assert stage.till.count("coupon") == 2


async def test_one_wrong_letter_is_corrected_without_typing_the_others_again(stage: Stage) -> None:
    code = stage.till.code(BARISTA)
    wrong = "2" if code[-1] != "2" else "3"
    await stage.welcome(LEAD)
    await stage.press("f2")
    await stage.write(code[:-1] + wrong)
    await stage.press("enter")
    assert "PLEASE READ IT AGAIN" in stage.text
    await stage.press("escape", "end", "backspace", code[-1], "enter")
    assert "GOOD: one drink on the house" in stage.text


async def test_a_slip_in_hand_closes_its_screen_by_itself(
    home: Home, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "CLOSES_AFTER_S", 0.01)
    async with on_stage(home, clock, printer=f"file://{home.folder}/device") as stage:
        await stage.welcome(BARISTA)
        await stage.press("3", "enter", "y")
        await stage.until(lambda: stage.front == "Grid")


# --------------------------------------------------------------- signing out


async def test_who_has_gone_is_signed_out(stage: Stage) -> None:
    await stage.welcome(BARISTA)
    await stage.press("3")
    stage.idle.seconds = 179.0
    await stage.press("r")  # any key keeps them signed in
    stage.idle.seconds = 179.0 + 179.0
    await stage.until(lambda: stage.front == "Card")
    assert stage.app.session.person == BARISTA
    stage.idle.seconds = 179.0 + 180.0
    await stage.until(lambda: stage.front == "SignIn")
    assert stage.app.session.person is None
    assert "What went wrong?" not in stage.text


@pytest.mark.parametrize("digits", ["à&é\"'(-è_ç", "é+ěščřžýáí", "۰۱۲۳۴۵۶۷۸۹"], ids=["AZERTY", "Czech", "Persian"])
async def test_the_row_of_digits_counts_at_the_pad_and_the_grid_without_shift(stage: Stage, digits: str) -> None:
    await stage.press("down", *(digits[int(digit)] for digit in BARISTA_PIN))
    assert "● ● ● ●" in stage.text
    await stage.press("enter")
    assert stage.app.session.person == BARISTA
    await stage.press(digits[3])
    assert stage.front == "Card"
    assert "Forgotten" in stage.text


async def test_who_signs_out_takes_half_a_pin_with_them(stage: Stage) -> None:
    await stage.press("1", "2", "3")
    assert "● ● ● ○" in stage.text
    await stage.press("escape")
    assert "○ ○ ○ ○" in stage.text


async def test_the_grid_shows_a_stores_own_reasons(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, reasons={"late": {"hidden": True}}) as stage:
        await stage.welcome(BARISTA)
        assert "Late" not in stage.text
        grid = stage.app.screen.query_one(ReasonGrid)
        assert len(grid.query(ReasonTile)) == len(REASONS) - 1
        await stage.press("1")
        assert stage.front == "Grid"
