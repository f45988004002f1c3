"""Every screen as a golden, at 80×24 and at 120×40: read them in `goldens/` to see what a barista sees.

Each test plays one story at one register and keeps the screens on its way. Time stands still; codes come from a seed.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import tzlocal

from pos_recovery.rules.codes import draw_code
from pos_recovery.system.locations import Home
from pos_recovery.tui.screens import paper
from tests.till import BARISTA, LEAD, MovableClock, Till
from tests.tui.screen_text import GOLDENS
from tests.tui.stage import Stage, on_stage

NOTE = "Waited [b]20 min[/b] with a child"


@pytest.fixture(autouse=True)
def stays_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in hand closes its screen by itself; not while somebody looks at it."""
    monkeypatch.setattr(paper, "CLOSES_AFTER_S", 3600)


@pytest.fixture
def home(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Its path is on a screen, so it is the same in every run."""
    monkeypatch.chdir(home.folder.parent)
    return Home(Path(home.folder.name))


def told(stage: Stage) -> str:
    """A coupon with a story."""
    return stage.till.code(BARISTA, reason="forgotten", item="egg muffin", note=NOTE, remade=True, noticed_first=False)


# ---------------------------------------------------------------- signing in


async def test_signing_in(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        await stage.keep("sign_in")
        await stage.press("down", "3", "1", "4")
        await stage.keep("sign_in-entering")
        await stage.press("enter")
        await stage.keep("sign_in-too_short")
        await stage.press("2", "enter")
        await stage.keep("sign_in-wrong_pin")
        for _ in range(4):
            await stage.press("9", "9", "9", "9", "enter")
        await stage.keep("sign_in-locked_out")


async def test_the_register_stands_before_the_ledger_is_open(home: Home, clock: MovableClock) -> None:
    may_open = threading.Event()

    def open_till(home: Home) -> Till:
        may_open.wait()
        return Till.open(home, clock, seed=1)

    async with on_stage(home, clock, open_till=open_till, wait_for_counter=False) as stage:
        try:
            await stage.until(lambda: stage.front == "SignIn" and "Your PIN" in stage.text)
            await stage.keep("sign_in-opening", settled=False)
        finally:
            may_open.set()
        await stage.until_shown("Ben")


# ------------------------------------------------------------------- the grid


async def test_the_grid_and_its_help(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        await stage.welcome(BARISTA)
        await stage.keep("grid")
        await stage.press("f1")
        await stage.keep("help")
        await stage.press("escape", "f6")
        await stage.keep("grid-nothing_to_print_again")


async def test_the_grid_on_a_bad_day(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, allowance=3) as stage:
        codes = []
        for hours, given in ((-3, 1), (1, 3), (1, 1)):
            clock.move(hours=hours)
            codes += [stage.till.code(BARISTA) for _ in range(given)]
        stage.till.counter.recovery.redeem(codes[0], LEAD, "a")
        clock.move(hours=1)
        await stage.welcome(BARISTA)
        await stage.keep("grid-beyond_the_allowance")


# ------------------------------------------------------------------- the card


async def test_the_card(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        await stage.welcome(BARISTA)
        await stage.press("3")
        await stage.keep("card")
        await stage.press("r", "a", "+", "+", "l", "i")
        await stage.write("egg muffin")
        await stage.press("enter", "n")
        await stage.write(NOTE)
        await stage.keep("card-everything_changed")


async def test_the_card_over_the_cap(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, allowance=1, cap=1) as stage:
        stage.till.code(BARISTA)
        await stage.welcome(BARISTA)
        await stage.press("3", "enter")
        await stage.keep("card-cap")
        await stage.press("9", "9", "9", "9", "enter")
        await stage.keep("card-cap_wrong_pin")
        for _ in range(4):
            await stage.press("9", "9", "9", "9", "enter")
        await stage.keep("card-cap_wait")


# ------------------------------------------------------------------ the paper


async def printing(stage: Stage, *changes: str) -> None:
    """From the grid to the paper."""
    await stage.welcome(BARISTA)
    await stage.press("3", *changes)
    await stage.press("enter")


async def test_no_printer_but_a_picture(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        await printing(stage)
        await stage.keep("paper-picture")
        await stage.press("w")
        await stage.keep("paper-by_hand")


async def test_slips_for_a_party(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        await printing(stage, "+", "+", "+")
        await stage.keep("paper-party")


# -------------------------------------------------------------- a slip is back


async def look_up(stage: Stage, code: str) -> None:
    await stage.write(code)
    await stage.press("enter")


async def test_a_slip_comes_back(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        code = told(stage)
        clock.move(days=2)
        await stage.welcome(LEAD)
        await stage.press("f2")
        await stage.keep("redeem")
        await look_up(stage, code)
        await stage.keep("redeem-good")
        await stage.press("enter")
        await stage.keep("redeem-served")
        await stage.press("1")
        await stage.keep("redeem-ended")
        await stage.press("escape", "f2")
        clock.move(seconds=30)
        await look_up(stage, code)
        await stage.keep("redeem-used_here_just_now")


async def test_slips_that_are_refused(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        late = told(stage)
        clock.move(days=89)
        used, dead, fresh = told(stage), told(stage), told(stage)
        clock.move(minutes=5)
        stage.till.counter.recovery.redeem(used, LEAD, "a")
        stage.till.counter.aftercare.void(dead, BARISTA, "b")
        clock.move(days=2, hours=1)
        await stage.welcome(LEAD)
        await stage.press("f2")
        await look_up(stage, used)
        await stage.keep("redeem-used_elsewhere")
        await stage.press("escape")
        await look_up(stage, dead)
        await stage.keep("redeem-cancelled")
        await stage.press("escape")
        await look_up(stage, draw_code(clock().date(), lambda bits: 2**bits // 3))
        await stage.keep("redeem-unknown")
        await stage.press("escape")
        await look_up(stage, f"{fresh[:-1]}{'2' if fresh[-1] != '2' else '3'}")
        await stage.keep("redeem-mistyped")
        await stage.press("escape")
        await look_up(stage, late)
        await stage.keep("redeem-expired")
        await stage.press("g")
        await stage.keep("redeem-goodwill")


async def test_typing_rests_after_five_codes_that_do_not_exist(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        code = told(stage)
        await stage.welcome(LEAD)
        await stage.press("f2")
        for tries in range(1, 6):
            await look_up(stage, draw_code(clock().date(), Random(100 + tries).getrandbits))  # noqa: S311  of a stranger
            assert "NOT KNOWN HERE" in stage.text
            await stage.press("escape")
        await look_up(stage, code)
        await stage.keep("redeem-typing_rests")
        assert stage.till.story(code).state == "issued"
        stage.app.scanning.received(code)
        await stage.settle()
        assert "✔  GOOD" in stage.text


async def test_what_cannot_be_read_is_on_record_all_the_same(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        await stage.welcome(BARISTA)
        await stage.press("f2")
        await look_up(stage, "coffee voucher?")
        with stage.till.reading() as connection:
            (row,) = connection.exec_driver_sql("SELECT kind, raw, staff, entry FROM refusal").all()
        assert tuple(row) == ("mistyped", "coffee voucher?", BARISTA.id, "typed")
        await stage.keep("redeem-mistyped_barista")


async def test_no_more_goodwill_today(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, goodwill_cap=1) as stage:
        first, second = told(stage), stage.till.code()
        clock.move(days=91)
        await stage.welcome(LEAD)
        await stage.press("f2")
        await look_up(stage, first)
        await stage.press("g", "escape", "f2")
        await look_up(stage, second)
        assert "g Goodwill" not in stage.text
        await stage.press("g")
        assert stage.till.count("coupon_event") == 1
        await stage.keep("redeem-goodwill_cap")


async def test_goodwill_given_at_another_till_meanwhile_counts(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, goodwill_cap=1) as stage:
        code = told(stage)
        clock.move(days=91)
        await stage.welcome(LEAD)
        await stage.press("f2")
        await look_up(stage, code)
        stage.till.counter.recovery.redeem(code, LEAD, "elsewhere", goodwill=True)
        await stage.press("g")
        await stage.until_shown("which is the most for one lead")
        assert stage.till.count("coupon_event") == 1


async def test_a_barista_may_look_but_not_redeem(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        code = told(stage)
        await stage.welcome(BARISTA)
        await stage.press("f2")
        await look_up(stage, code)
        assert "Enter Redeem" not in stage.text
        await stage.press("enter")
        assert stage.till.count("coupon_event") == 0
        await stage.keep("redeem-not_allowed")


# ----------------------------------------------------------------- finding one


async def test_nothing_to_find(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        await stage.welcome(LEAD)
        await stage.press("f4")
        await stage.keep("find-empty")


async def test_finding_a_slip(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        till = stage.till
        yesterday = till.code(BARISTA, reason="spilled")
        clock.move(days=1)
        till.issue(BARISTA, reason="quality")  # its slip waits for paper
        done = [till.issue(person, reason=reason) for person in (BARISTA, LEAD) for reason in ("late", "other")]
        for issued in done:
            till.counter.desk.print(issued.jobs[0])
        till.counter.recovery.redeem(done[0].stories[0].code, LEAD, "a")
        till.counter.aftercare.void(done[1].stories[0].code, LEAD, "b")
        clock.move(minutes=7)
        await stage.welcome(LEAD)
        await stage.press("f4")
        await stage.keep("find")
        await stage.press("down", "down", "t")
        await stage.keep("find-take_back_question")
        await stage.press("1")
        await stage.keep("find-taken_back")
        stage.app.clear_notifications()  # as it would go by itself
        await stage.press("up", "up", "v")
        await stage.keep("find-cancel_question")
        await stage.press("y")
        await stage.keep("find-cancelled")
        stage.app.clear_notifications()
        await stage.press("slash")
        await stage.write(yesterday[:7].lower())
        await stage.keep("find-search")
        await stage.write("zz")
        await stage.keep("find-search_nothing")


# ------------------------------------------------------------------ the first run


@pytest.fixture
def machine_of_robin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A new machine in Prague."""
    monkeypatch.setenv("LOGNAME", "robin")
    monkeypatch.setenv("TZ", "Europe/Prague")
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    tzlocal.reload_localzone()
    yield
    monkeypatch.undo()
    tzlocal.reload_localzone()


@pytest.mark.usefixtures("machine_of_robin")
async def test_set_up_on_a_new_machine(tmp_path: Path) -> None:
    async with on_stage(Home(tmp_path / "new"), MovableClock(), wait_for_counter=False) as stage:
        await stage.until_shown("robin")
        await stage.settle()
        await stage.keep("setup-proposed")
        await stage.press("tab", "end", "backspace", "backspace", "f10")
        assert stage.app.focused is stage.app.screen.query_one("#timezone")
        await stage.keep("setup-trouble")
        await stage.write("ue")
        await stage.press(*["enter"] * 6)
        await stage.until_shown("Enter I have it")
        await stage.keep("setup-drawn_pin", hide=r"Your PIN is \d{6}\.")


def test_every_golden_is_of_a_screen_that_is_still_there() -> None:
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parents[1].rglob("test_*.py"))
    names = {golden.name.rsplit("-", 1)[0] for golden in GOLDENS.glob("*.txt")}
    assert {name for name in names if f'"{name}"' not in tests} == set()
