"""When the world is broken for a moment: a notice, never a refusal; nothing typed is lost; trying again works."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.widgets import Button

from db.connection.engine import open_engine, sqlite_url
from db.tables.column_types import Entry
from pos_recovery.counter.ledger import MOST_GUESSES
from pos_recovery.counter.outcomes import Mistyped, Person, Unknown
from pos_recovery.counter.staff import Pin
from pos_recovery.opening.setup import Answers, set_up
from pos_recovery.opening.wiring import Counter
from pos_recovery.rules.codes import printed
from pos_recovery.scanners.detector_limits import Terms
from pos_recovery.system.exits import ExitCode
from pos_recovery.system.locations import Home
from pos_recovery.tui.app import RegisterApp
from pos_recovery.tui.base.counter_screen import RegisterScreen
from pos_recovery.tui.environment import Environment
from pos_recovery.tui.messages import replies, requests
from pos_recovery.tui.screens.find import FindScreen
from tests.till import BARISTA, LEAD, MovableClock, Till
from tests.tui.printers import CREEP_MM_S, device
from tests.tui.stage import Stage, on_stage, until


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Another program holds the ledger."""
    holder = sqlite3.connect(home.ledger, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        yield
    finally:
        holder.close()


def hasty(home: Home, clock: MovableClock, **changes: Any) -> Till:  # noqa: ANN401  settings have many types
    """A till that waits for nobody."""
    engine = open_engine(sqlite_url(home.ledger), busy_timeout_s=0.01)
    return Till.open(home, clock, seed=1, engine=engine, **changes)


async def test_a_busy_ledger_loses_nothing_of_a_card(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, open_till=lambda home: hasty(home, clock)) as stage:
        await stage.welcome(BARISTA)
        await stage.press("3", "r", "n")
        await stage.write("two guests")
        await stage.press("enter")
        with locked(home):
            await stage.press("enter")
            await stage.until_shown("The database is busy")
            assert stage.front == "Card"
            assert "two guests" in stage.text
            assert "remade now     no" in stage.text
        assert stage.till.count("coupon") == 0
        await stage.press("enter")
        assert stage.front == "Paper"
        assert stage.till.count("coupon") == 1


async def test_a_busy_ledger_is_no_refusal_of_a_slip(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, open_till=lambda home: hasty(home, clock)) as stage:
        code = stage.till.code(BARISTA)
        await stage.welcome(LEAD)
        await stage.press("f2")
        await stage.write(code)
        await stage.press("enter")
        with locked(home):
            await stage.press("enter")
            await stage.until_shown("The database is busy")
            assert "GOOD: one drink on the house" in stage.text
        await stage.press("enter")
        assert "REDEEMED" in stage.text
        with locked(home):
            await stage.press("1")
            await stage.until_shown("The database is busy")
            assert "How did it end?" in stage.text
        await stage.press("1")
        assert "Turned around" in stage.text
        assert stage.till.count("coupon_event") == 2


async def test_a_ledger_that_went_away_is_no_refusal_either(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        code = stage.till.code(BARISTA)
        await stage.welcome(LEAD)
        await stage.press("f2")
        away = home.folder / "elsewhere"
        assert stage.app.session.counter is not None
        stage.app.session.counter.engine.dispose()
        stage.till.counter.engine.dispose()
        home.ledger.rename(away)
        await stage.write(code)
        await stage.press("enter")
        assert "The ledger is no longer where it was" in stage.text
        assert code in stage.text
        for refusal in ("NOT KNOWN", "ALREADY", "READ IT AGAIN"):
            assert refusal not in stage.text
        away.rename(home.ledger)
        await stage.press("enter")
        assert "GOOD: one drink on the house" in stage.text


async def test_a_home_that_is_moved_gives_and_prints_nothing_until_it_is_back(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        await stage.welcome(BARISTA)
        await stage.press("3")
        away = home.folder.with_name("elsewhere")
        home.folder.rename(away)
        await stage.press("enter")
        await stage.until_shown("The ledger is no longer where it was")
        assert stage.front == "Card"
        assert list((away / "slips").iterdir()) == []
        assert not home.folder.exists()
        away.rename(home.folder)
        await stage.press("enter")
        assert stage.front == "Paper"
        assert stage.till.count("coupon") == 1


async def test_damage_at_the_printer_leaves_the_code_on_the_screen(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        with sqlite3.connect(home.ledger, isolation_level=None) as connection:
            connection.execute("PRAGMA ignore_check_constraints=ON")
            connection.execute("INSERT INTO printer VALUES ('preview:', 'scribbled', 0, '2026-11-14 09:00:00.000000')")
        connection.close()
        await stage.welcome(BARISTA)
        await stage.press("3", "enter")
        await stage.until_shown("The database file is damaged")
        (story,) = stage.till.counter.board.slips("")
        assert stage.front == "Paper"
        assert printed(story.code) in stage.text


async def test_a_redemption_that_takes_long_keeps_its_screen_and_its_answer(home: Home, clock: MovableClock) -> None:
    """Another slip that is scanned meanwhile waits; its guest would be served for this one's answer."""
    async with on_stage(home, clock, scan_terms=Terms()) as stage:
        first, second = stage.till.code(), stage.till.code()
        await stage.welcome(LEAD)
        await stage.scan(first)
        with locked(home):
            stage.strike("enter")
            await stage.until(
                lambda: any(isinstance(each, RegisterScreen) and each.busy for each in stage.app.screen_stack)
            )
            stage.app.screen.query_one("#leave", Button).press()
            await stage.until_shown("One moment")
            await stage.until(lambda: "Esc Back" not in stage.text)
            stage.strike("escape")
            stage.send_scan(second)
            await stage.until_shown("▣ 1 scanned")
            assert "One moment" in stage.text
        await stage.until_shown("REDEEMED")
        await stage.settle()
        assert printed(first) in stage.text
        await stage.press("1")
        await stage.until_shown(printed(second))
        await stage.settle()
        assert "GOOD: one drink on the house" in stage.text
        assert [stage.till.story(code).state for code in (first, second)] == ["redeemed", "issued"]


async def test_an_answer_to_another_slip_is_not_shown(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, scan_terms=Terms()) as stage:
        code = stage.till.code()
        await stage.welcome(LEAD)
        await stage.scan(code)
        screen = stage.app.screen
        older = requests.LookUp(screen, "another", typed=False)
        screen.post_message(replies.Answered(Mistyped("another"), to=older))
        screen.post_message(replies.Fault("of another", to=older))
        await stage.settle()
        assert "GOOD: one drink on the house" in stage.text
        await stage.press("enter")
        assert "REDEEMED" in stage.text


async def test_an_answer_that_did_not_say_what_it_answers_would_be_shown(home: Home, clock: MovableClock) -> None:
    """The twin."""
    async with on_stage(home, clock, scan_terms=Terms()) as stage:
        await stage.welcome(LEAD)
        await stage.scan(stage.till.code())
        stage.app.screen.post_message(replies.Answered(Mistyped("another")))
        await stage.settle()
        assert "GOOD" not in stage.text


async def test_a_refusal_is_answered_though_it_cannot_be_put_on_record(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock, open_till=lambda home: hasty(home, clock), scan_terms=Terms()) as stage:
        code = stage.till.code()
        stage.till.redeem(code)
        await stage.welcome(LEAD)
        with locked(home):
            await stage.scan(code)
            assert "ALREADY USED" in stage.text
            assert "1 of 5 today" in stage.text
        assert stage.till.count("refusal") == 0
        await stage.scan(code)
        assert stage.till.count("refusal") == 1


async def test_a_scan_that_could_not_be_looked_up_is_no_typing_when_it_is_tried_again(
    home: Home, clock: MovableClock
) -> None:
    async with on_stage(home, clock, scan_terms=Terms()) as stage:
        code, next_code = stage.till.code(), stage.till.code()
        own = stage.app.session.counter
        assert own is not None
        for stranger in ("2NAN-ANAN-ANAM",) * MOST_GUESSES:
            refused = stage.till.counter.recovery.examine(stranger, Entry.TYPED)
            assert isinstance(refused, Unknown)
            own.recovery.record(refused, stranger, LEAD, Entry.TYPED)
        await stage.welcome(LEAD)
        away = home.folder / "elsewhere"
        own.engine.dispose()
        stage.till.counter.engine.dispose()
        home.ledger.rename(away)
        await stage.scan(code)
        assert "The ledger is no longer where it was" in stage.text
        await stage.scan(next_code)
        assert code in stage.text
        away.rename(home.ledger)
        await stage.press("enter")
        assert "GOOD: one drink on the house" in stage.text
        assert printed(code) in stage.text


async def test_whoever_looks_through_the_list_refuses_nobody(home: Home, clock: MovableClock) -> None:
    async with on_stage(home, clock) as stage:
        stage.till.redeem(stage.till.code())
        await stage.welcome(LEAD)
        await stage.press("f4", "o")
        assert "ALREADY USED" in stage.text
        assert stage.till.count("refusal") == 0


async def test_a_busy_ledger_while_the_paper_moves_makes_a_person_look(home: Home, clock: MovableClock) -> None:
    with device(speed_mm_s=CREEP_MM_S) as printer:
        async with on_stage(home, clock, open_till=lambda home: hasty(home, clock, printer=printer.url)) as stage:
            await stage.welcome(BARISTA)
            await stage.press("3")
            stage.strike("enter")
            await stage.until(lambda: sent(stage.till))
            with locked(home):
                printer.print_on()
                await stage.until_shown("Did the slip come out whole?")
                await stage.until_shown("The database is busy")
            await stage.press("y")
            assert "In hand" in stage.text


def sent(till: Till) -> bool:
    with till.reading() as connection:
        return connection.exec_driver_sql("SELECT state FROM print_job").scalar() == "sending"


async def test_a_bug_of_ours_is_said_with_its_reference_and_logged(home: Home, clock: MovableClock) -> None:
    class BrokenBoard:
        def today(self, person: Person) -> object:
            raise ZeroDivisionError(person.name)

    def open_till(home: Home) -> Till:
        till = Till.open(home, clock, seed=1)
        till.counter = replace(till.counter, board=BrokenBoard())  # type: ignore[arg-type]  # broken on purpose
        return till

    async with on_stage(home, clock, open_till=open_till) as stage:
        await stage.welcome(BARISTA)
        await stage.until_shown("Something in pos-recovery broke")
        assert "Traceback" not in stage.text
        await stage.press("3", "enter")
        assert stage.till.count("coupon") == 1
    logged = home.log.read_text(encoding="utf-8")
    assert "ZeroDivisionError" in logged
    assert "BrokenBoard" not in logged.splitlines()[0]


async def test_a_register_that_cannot_open_leaves_with_words_and_a_code(home: Home) -> None:
    wrong = home.settings.read_text(encoding="utf-8").replace("58", "59")
    home.settings.write_text(wrong, encoding="utf-8")
    app = RegisterApp(home)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.return_code is not None)
    assert app.return_code == ExitCode.CONFIGURATION
    assert "59 is not a paper width in mm; nearest: 58" in app.parting_words


async def test_a_register_whose_ledger_is_lost_makes_no_new_one(home: Home) -> None:
    home.ledger.unlink()
    app = RegisterApp(home)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.return_code is not None)
    assert app.return_code == ExitCode.UNAVAILABLE
    assert app.parting_words.startswith("The ledger of this register is missing.")
    home.settings.unlink()
    async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
        await stage.until_shown("Open the register")
        await stage.settle()
        await stage.press("f10")
        assert "The ledger of this register is missing." in stage.text
    assert not home.ledger.exists()


async def test_a_bug_at_the_opening_leaves_with_a_reference(home: Home) -> None:
    def broken(home: Home) -> Counter:
        raise ZeroDivisionError(home)

    app = RegisterApp(home, Environment(open_counter=broken))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.return_code is not None)
    assert app.return_code == ExitCode.BUG
    assert "send us the reference" in app.parting_words
    assert "ZeroDivisionError" in home.log.read_text(encoding="utf-8")


async def test_set_up_names_the_folder_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    async with on_stage(Home(tmp_path / "file" / "home"), MovableClock(), wait_for_counter=False) as stage:
        await stage.until_shown("Open the register")
        await stage.settle()
        await stage.press("f10")
        assert "cannot be written" in stage.text
        assert stage.front == "Setup"


async def test_set_up_shows_no_pin_where_people_have_theirs(tmp_path: Path) -> None:
    """The settings are gone, the people are not."""
    home = Home(tmp_path / "home")
    set_up(home, Answers(lead="Ana"), lambda: Pin("2718"))
    home.settings.unlink()
    async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
        await stage.until_shown("Open the register")
        await stage.settle()
        await stage.press("f10")
        await stage.until_shown("Ana")
        assert "Somebody works here already and signs in as before." in stage.text
        assert "Your PIN is" not in stage.text


async def test_a_bouncing_f10_sets_up_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    async with on_stage(home, MovableClock(), wait_for_counter=False) as stage:
        await stage.until_shown("Open the register")
        await stage.settle()
        await stage.bounce("f10", times=3)
        found = re.search(r"Your PIN is (\d{6})\.", stage.text)
        assert found
        await stage.press("escape", "n", "enter")  # what is shown only once is not closed by accident
        assert found[0] in stage.text
        await stage.until_shown("Enter I have it")
        await stage.press("y")
        await stage.until(lambda: stage.app.session.counter is not None)
        await stage.settle()
        await stage.press(*found[1], "enter")
        assert stage.front == "Grid"


async def found_late(stage: Stage, *, by_the_latest: bool) -> None:
    """A look that was made when there were no slips yet is answered after the one that found some."""
    stage.till.code()
    await stage.welcome(LEAD)
    await stage.press("f4")
    find = stage.app.screen
    assert isinstance(find, FindScreen)
    answer = replies.Slips("", ())
    replies.address(answer, find._looked if by_the_latest else requests.Find(find, ""))
    find.post_message(answer)
    await stage.settle()


async def test_an_older_look_that_is_answered_late_does_not_stand_over_a_newer_one(stage: Stage) -> None:
    await found_late(stage, by_the_latest=False)
    assert "No slips yet" not in stage.text


async def test_one_that_did_not_say_which_it_answers_would(stage: Stage) -> None:
    """The twin."""
    await found_late(stage, by_the_latest=True)
    assert "No slips yet" in stage.text
