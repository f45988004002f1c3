"""A slip is scanned: from any screen, in any field, over any dialog, it goes to redemption and presses nothing."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from textual.events import Key
from textual.widgets import Input

from db.tables.column_types import Kind
from pos_recovery.rules.codes import printed
from pos_recovery.scanners.detector_limits import Terms
from pos_recovery.system.locations import Home
from pos_recovery.tui.scan_routing import PATIENCE_S
from pos_recovery.tui.screens.redeem import RedeemScreen
from pos_recovery.tui.screens.sign_in import welcome
from pos_recovery.tui.undo_keys import remember
from pos_recovery.tui.widgets.pin_pad import PinPad
from tests.till import BARISTA, LEAD, LEAD_PIN, MovableClock
from tests.tui.printers import CREEP_MM_S, device
from tests.tui.real.register_without_detector import UNBELIEVING
from tests.tui.stage import SMALL, Stage, on_stage

NOTE = "the milk"


@pytest_asyncio.fixture
async def stage(home: Home, clock: MovableClock) -> AsyncIterator[Stage]:
    """A register that tells a scanner from a person as the real one does."""
    async with on_stage(home, clock, scan_terms=Terms()) as open_stage:
        yield open_stage


@pytest_asyncio.fixture
async def graceful(home: Home, clock: MovableClock) -> AsyncIterator[Stage]:
    """The same, but what came while it stood still may take its time to be read, as it does on a busy machine."""
    async with on_stage(home, clock, scan_terms=Terms(grace=1.0)) as open_stage:
        yield open_stage


def qr_of(code: str) -> str:
    """What a scanner sends where caps lock is on: a text with every kind of hot-key in it, and none in capitals."""
    return f"HTTPS://CUP.EXAMPLE/HAPPY/GUESTS/C/{code}".lower()


async def at_the_grid(_: Stage) -> None:
    """As it is."""


async def on_a_card(stage: Stage) -> None:
    await stage.press("3")


async def in_a_note(stage: Stage) -> None:
    await stage.press("3", "n")
    await stage.write(NOTE)


async def among_the_slips(stage: Stage) -> None:
    await stage.press("f4")


async def in_the_search_box(stage: Stage) -> None:
    await stage.press("f4", "slash")


async def before_a_question(stage: Stage) -> None:
    await stage.press("f4", "v")
    assert stage.front == "Ask"


async def in_the_help(stage: Stage) -> None:
    await stage.press("f1")


async def in_the_code_box(stage: Stage) -> None:
    await stage.press("f2")


Opening = Callable[[Stage], Awaitable[None]]
OPENINGS = (
    at_the_grid,
    on_a_card,
    in_a_note,
    among_the_slips,
    in_the_search_box,
    before_a_question,
    in_the_help,
    in_the_code_box,
)


@pytest.mark.parametrize(
    ("opened", "ending"),
    [(opened, "enter") for opened in OPENINGS] + [(before_a_question, ending) for ending in ("ctrl+j", "tab", "")],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
async def test_a_scan_goes_to_redemption_from_everywhere_and_presses_nothing(
    opened: Opening, ending: str, stage: Stage
) -> None:
    code = stage.till.code()
    await stage.welcome(LEAD)
    await opened(stage)
    before, front = stage.text, stage.front

    await stage.scan(qr_of(code), ending)

    assert stage.front == "Redeem"
    assert "✔  GOOD" in stage.text
    assert printed(code) in stage.text
    assert (stage.till.count("coupon"), stage.till.count("coupon_event")) == (1, 0)
    if opened is in_the_code_box:
        return
    await stage.press("escape", "escape")
    assert (stage.front, stage.text) == (front, before)


@pytest.mark.parametrize("opened", [on_a_card, before_a_question], ids=lambda opened: opened.__name__)
async def test_let_through_a_scan_would_do_what_its_letters_say(
    opened: Opening, home: Home, clock: MovableClock
) -> None:
    """The twin: a register that believes in no scanners."""
    async with on_stage(home, clock, scan_terms=UNBELIEVING) as stage:
        code = stage.till.code()
        await stage.welcome(LEAD)
        await opened(stage)
        front = stage.front
        await stage.scan(qr_of(code))
        assert stage.till.count("coupon") > 1 or stage.till.count("coupon_event") or stage.front != front


async def test_what_was_typed_before_a_scan_is_still_there_after_it(stage: Stage) -> None:
    code = stage.till.code()
    await stage.welcome(BARISTA)
    await in_a_note(stage)
    await stage.scan(qr_of(code))
    await stage.press("escape", "escape")
    assert stage.app.screen.query_one("#note", Input).value == NOTE
    await stage.write(" was sour")
    await stage.press("enter", "enter")
    given = stage.till.story(stage.app.session.last_code or "")
    assert given.coupon.note == f"{NOTE} was sour"


async def test_a_scan_is_redeemed_by_a_person_and_ends_with_one_key(stage: Stage) -> None:
    code = stage.till.code()
    await stage.welcome(LEAD)
    await stage.scan(code)
    await stage.press("enter")
    assert "✔  REDEEMED" in stage.text
    await stage.press("1")
    assert stage.till.story(code).state == "redeemed"
    assert [event.kind for event in stage.till.story(code).events] == [Kind.REDEEMED, Kind.ENDED]


async def test_a_scanner_that_sends_twice_redeems_nothing_and_asks_nothing(stage: Stage) -> None:
    code = stage.till.code()
    await stage.welcome(LEAD)
    await stage.scan(code)
    await stage.scan(code)
    await stage.scan(code)
    assert "✔  GOOD" in stage.text
    assert not stage.app.scanning.waiting
    assert stage.till.count("coupon_event") == 0


async def test_while_somebody_is_served_the_next_slip_waits_where_everybody_sees_it(stage: Stage) -> None:
    first, second = stage.till.code(), stage.till.code()
    await stage.welcome(LEAD)
    await stage.scan(first)
    await stage.scan(second)
    assert printed(first) in stage.text
    assert "▣ 1 scanned" in stage.text.splitlines()[0]
    assert "It comes up as soon as this is finished." in stage.text
    await stage.press("enter")
    assert printed(first) in stage.text
    await stage.press("1")
    await stage.until_shown(printed(second))
    await stage.settle()
    assert "✔  GOOD" in stage.text
    assert "scanned" not in stage.text
    assert [stage.till.story(code).state for code in (first, second)] == ["redeemed", "issued"]


async def test_a_slip_that_is_left_makes_room_for_the_next(stage: Stage) -> None:
    first, second = stage.till.code(), stage.till.code()
    await stage.welcome(LEAD)
    await stage.scan(first)
    await stage.scan(second)
    await stage.press("escape")
    await stage.until_shown(printed(second))
    assert stage.till.story(first).state == "issued"


async def test_a_refusal_makes_room_at_once(stage: Stage) -> None:
    used, good = stage.till.code(), stage.till.code()
    stage.till.redeem(used)
    await stage.welcome(LEAD)
    await stage.scan(used)
    assert "ALREADY USED" in stage.text
    await stage.scan(good)
    assert "✔  GOOD" in stage.text
    assert printed(good) in stage.text


async def test_while_a_slip_prints_the_scan_waits(home: Home, clock: MovableClock) -> None:
    with device(speed_mm_s=CREEP_MM_S) as printer:
        async with on_stage(home, clock, scan_terms=Terms(), printer=printer.url) as stage:
            code = stage.till.code()
            await stage.welcome(LEAD)
            stage.strike("3")
            await stage.until(lambda: stage.front == "Card")
            stage.strike("enter")
            await stage.until_shown("Printing")
            stage.send_scan(code)
            await stage.until_shown("▣ 1 scanned")
            assert stage.front == "Paper"
            printer.print_on()
            await stage.until(lambda: stage.front == "Redeem")
            await stage.settle()
            assert "✔  GOOD" in stage.text
            assert printed(code) in stage.text


async def test_signed_out_a_scan_fills_no_pin_and_waits_for_somebody(stage: Stage) -> None:
    code = stage.till.code()
    await stage.scan(code)
    assert stage.app.screen.query_one(PinPad).entered == 0
    assert stage.front == "SignIn"
    assert "▣ 1 scanned" in stage.text.splitlines()[0]
    assert "It comes up once somebody has signed in." in stage.text
    await stage.press(*LEAD_PIN, "enter")
    await stage.until(lambda: stage.front == "Redeem")
    await stage.settle()
    assert "✔  GOOD" in stage.text
    assert printed(code) in stage.text
    await stage.press("escape", "escape")
    assert stage.front == "Grid"


async def test_two_scans_that_wait_for_somebody_come_up_one_after_the_other(stage: Stage) -> None:
    """At once after the start: nothing is laid out for them yet."""
    first, second = stage.till.code(), stage.till.code()
    stage.app.scanning.received(first)
    stage.app.scanning.received(second)
    welcome(stage.app, LEAD)
    stage.app.scanning.proceed()
    stage.app.scanning.proceed()
    await stage.until_shown(printed(first))
    await stage.settle()
    assert "✔  GOOD" in stage.text
    assert "▣ 1 scanned" in stage.text.splitlines()[0]
    await stage.press("enter", "1")
    await stage.until_shown(printed(second))
    await stage.settle()
    assert "✔  GOOD" in stage.text


async def test_a_scan_that_comes_while_the_redeem_screen_is_still_made_is_answered(stage: Stage) -> None:
    code = stage.till.code()
    await stage.welcome(LEAD)
    stage.app.push_screen(RedeemScreen())
    stage.app.scanning.received(code)
    await stage.until_shown(printed(code))
    await stage.settle()
    assert "✔  GOOD" in stage.text


async def test_a_scan_whose_guest_has_long_gone_is_forgotten(stage: Stage) -> None:
    await stage.scan(stage.till.code())
    stage.idle.seconds += PATIENCE_S + 1
    stage.app._tick()
    await stage.press("escape")
    await stage.welcome(LEAD)
    assert stage.front == "Grid"
    assert "scanned" not in stage.text.splitlines()[0]


async def test_a_pasted_code_is_a_scan_and_other_text_is_pasted(stage: Stage) -> None:
    code = stage.till.code()
    await stage.welcome(LEAD)
    await in_a_note(stage)
    await stage.paste(", sour")
    assert stage.app.screen.query_one("#note", Input).value == f"{NOTE}, sour"
    await stage.paste(qr_of(code) + "\n")
    assert "✔  GOOD" in stage.text
    await stage.press("escape", "escape")
    assert stage.app.screen.query_one("#note", Input).value == f"{NOTE}, sour"


async def test_what_is_scanned_and_no_slip_is_said_to_be_none(stage: Stage) -> None:
    await stage.welcome(LEAD)
    await stage.scan("4006381333931")
    assert stage.front == "Redeem"
    assert "PLEASE SCAN IT AGAIN" in stage.text
    await stage.keep("redeem-scanned_no_slip")
    await stage.press("escape")
    assert stage.app.screen.query_one("#code", Input).value == ""


async def test_waiting_scans_fit_the_smallest_screen(stage: Stage) -> None:
    await stage.resize(SMALL)
    for _ in range(3):
        await stage.scan(stage.till.code())
    assert "▣ 3 scanned" in stage.text.splitlines()[0]
    await stage.keep("sign-in-scanned")


def as_the_driver(stage: Stage, text: str, at: list[float]) -> None:
    """Keys as they come out of the thread that reads the terminal, at these seconds."""
    driver = stage.app._driver
    assert driver is not None
    for character, read_at in zip(text, at, strict=True):
        stroke = Key("enter" if character == "\r" else character, character)
        stroke.time = read_at
        driver.process_message(stroke)


async def begun_and_held_up(stage: Stage, read_in_time: int = 1) -> str:
    """A scan begins in a note, and the program stands still; some keys can be read meanwhile. Returns the whole text.

    It stands still by doing nothing else until the patience of the detector has long been over.
    """
    text = qr_of(stage.till.code())
    await stage.welcome(LEAD)
    await in_a_note(stage)
    as_the_driver(stage, text[0], [1.0])
    await stage.until(lambda: stage.app.scanning.undecided)
    held_up_until = time.monotonic() + 4 * Terms().pause
    while time.monotonic() < held_up_until:
        pass
    as_the_driver(stage, text[1:read_in_time], [1.0 + 0.01 * nth for nth in range(1, read_in_time)])
    await asyncio.sleep(0)  # silence is noticed before anything more is read
    return text


def note(stage: Stage) -> str:
    return stage.app.screen.query_one("#note", Input).value


@pytest.mark.parametrize(("read_in_time", "then_every_s"), [(5, 0.01), (1, 0.0001)])
async def test_what_came_while_the_program_stood_still_belongs_to_the_scan(
    read_in_time: int, then_every_s: float, graceful: Stage
) -> None:
    text = await begun_and_held_up(graceful, read_in_time)
    rest = text[read_in_time:]
    as_the_driver(graceful, rest, [1.4 + then_every_s * nth for nth in range(len(rest))])
    await graceful.settle()
    assert "✔  GOOD" in graceful.text
    await graceful.press("escape", "escape")
    assert note(graceful) == NOTE


async def test_believing_a_late_alarm_would_let_the_first_letter_through(home: Home, clock: MovableClock) -> None:
    """The twin: silence is believed however late it is noticed, and nothing is taken back for what it says."""
    async with on_stage(home, clock, scan_terms=Terms(late=math.inf, slow=0.0, slowest=0.0)) as stage:
        text = await begun_and_held_up(stage)
        as_the_driver(stage, text[1:], [1.4 + 0.0001 * nth for nth in range(1, len(text))])
        await stage.settle()
        await stage.press("escape", "escape")
        assert note(stage) == NOTE + text[0]


async def test_a_person_is_not_made_quicker_by_a_program_that_stands_still(stage: Stage) -> None:
    text = (await begun_and_held_up(stage)).rpartition("/")[0] + "/what-she-said"
    as_the_driver(stage, text[1:], [1.4 + 0.06 * nth for nth in range(1, len(text))])
    await stage.settle()
    assert note(stage) == NOTE + text


# Slower than any pace that would prove a scanner

SLOW_S = 0.075


async def scan_slowly(stage: Stage, text: str, ending: str = "\r") -> None:
    """Each letter is let through before the next is struck, and what it does is done; but one that waits for longer."""
    for nth, character in enumerate(text + ending):
        strokes = stage.app.scanning._strokes
        as_the_driver(stage, character, [1000.0 + SLOW_S * nth])
        await stage.until(lambda: stage.app.scanning._strokes > strokes)  # noqa: B023  waited for here
        if (stage.app.scanning._detector.patience or 0.0) <= Terms().hold:
            await stage.settle()
    await stage.settle()


async def at_the_ending_of_a_story(stage: Stage) -> None:
    await stage.scan(stage.till.code())
    await stage.press("enter")
    assert "✔  REDEEMED" in stage.text


async def before_a_refusal(stage: Stage) -> None:
    used = stage.till.code()
    stage.till.redeem(used)
    await stage.scan(used)
    assert "ALREADY USED" in stage.text


@pytest.mark.parametrize("opened", [*OPENINGS[:-1], before_a_refusal], ids=lambda each: each.__name__)
async def test_what_the_letters_of_a_slow_scan_have_done_is_taken_back(opened: Opening, stage: Stage) -> None:
    code = stage.till.code()
    await stage.welcome(LEAD)
    await opened(stage)
    before, front, on_record = stage.text, stage.front, recorded(stage)
    await scan_slowly(stage, code)
    assert "✔  GOOD" in stage.text
    assert printed(code) in stage.text
    assert recorded(stage) == on_record
    if front != "Redeem":
        await stage.press("escape", "escape")
        assert (stage.front, stage.text) == (front, before)


def recorded(stage: Stage) -> tuple[int, int]:
    return stage.till.count("coupon"), stage.till.count("coupon_event")


async def test_known_by_its_pace_alone_a_slow_scan_at_the_grid_would_give_a_coupon(
    home: Home, clock: MovableClock
) -> None:
    """The twin: its first letter opens a card, and its Enter prints it."""
    async with on_stage(home, clock, scan_terms=Terms(slow=0.0, slowest=0.0, hotkeys=0.0)) as stage:
        code = next(code for code in iter(stage.till.code, "") if "N" not in code)  # that writes a note
        on_record = recorded(stage)
        await stage.welcome(LEAD)
        await scan_slowly(stage, code.lower())
        assert recorded(stage) > on_record


async def test_while_a_story_waits_for_its_ending_a_slow_scan_does_not_end_it(stage: Stage) -> None:
    code = with_a_key_that_ends_a_story(stage)
    await stage.welcome(LEAD)
    await at_the_ending_of_a_story(stage)
    on_record = recorded(stage)
    await scan_slowly(stage, code)
    assert recorded(stage) == on_record
    assert "▣ 1 scanned" in stage.text
    await stage.press("3")
    await stage.until_shown(printed(code))


async def test_a_key_that_waits_no_longer_than_others_would_end_it(home: Home, clock: MovableClock) -> None:
    """The twin."""
    async with on_stage(home, clock, scan_terms=Terms(deed=Terms().hold)) as stage:
        code = with_a_key_that_ends_a_story(stage)
        await stage.welcome(LEAD)
        await at_the_ending_of_a_story(stage)
        on_record = recorded(stage)
        await scan_slowly(stage, code)
        assert recorded(stage) != on_record


def with_a_key_that_ends_a_story(stage: Stage) -> str:
    return next(code for code in iter(stage.till.code, "") if set("123") & set(code[:3]))


@pytest.mark.parametrize("opened", [at_the_grid, on_a_card, in_a_note], ids=lambda each: each.__name__)
async def test_what_letters_do_late_is_taken_back_too(opened: Opening, stage: Stage) -> None:
    """After a stall no screen has done anything yet when the last letter says that it was a scan."""
    code = stage.till.code()
    await stage.welcome(LEAD)
    await opened(stage)
    before = stage.front, note(stage) if opened is in_a_note else ""
    as_the_driver(stage, code + "\r", [1000.0 + SLOW_S * nth for nth in range(len(code) + 1)])
    await stage.settle()
    assert printed(code) in stage.text
    await stage.press("escape", "escape")
    assert (stage.front, note(stage) if opened is in_a_note else "") == before


async def test_taken_back_before_they_have_done_it_they_would_do_it_afterwards(stage: Stage) -> None:
    """The twin: undone at once instead of by the way that keys go."""
    app = stage.app
    await stage.welcome(LEAD)
    await in_a_note(stage)
    put_back = remember(app)
    as_the_driver(stage, "xyz", [1000.0, 1000.1, 1000.2])
    await stage.until(lambda: app.scanning._strokes > len(NOTE))
    put_back()
    await stage.settle()
    assert note(stage) == f"{NOTE}xyz"
