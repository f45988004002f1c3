"""What people see of printing: every state of the paper, on a printer with every fault of a real one.

The screens are kept as goldens; what is asserted here is that they turn, by themselves or by an answer, and that the
right paper came out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from db.connection.engine import transaction
from pos_recovery.counter.outcomes import Issued
from pos_recovery.system.locations import Home
from pos_recovery.tui import print_news
from pos_recovery.tui.screens import paper
from pos_recovery.tui.screens.card import CardScreen
from receipts.virtual.device.faults import Kind
from tests.till import BARISTA, LEAD, MovableClock, Till
from tests.tui.printers import A_SLIP, CREEP_MM_S, Device, device, switched_off
from tests.tui.stage import Stage, on_stage

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def stays_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in hand closes its screen by itself; not while somebody looks at it. These keys never bounce."""
    monkeypatch.setattr(paper, "CLOSES_AFTER_S", 3600)
    monkeypatch.setattr(paper, "UNREAD_S", 1e-6)


async def give(stage: Stage, *changes: str) -> None:
    """From the grid to the paper, and on as soon as the key is struck."""
    await stage.welcome(BARISTA)
    await stage.press("3", *changes)
    stage.strike("enter")
    await stage.until(lambda: stage.front == "Paper")


def jobs(stage: Stage) -> list[tuple[int, str, str | None]]:
    """Copy, state and proof of every print job."""
    with stage.till.reading() as connection:
        rows = connection.exec_driver_sql("SELECT copy, state, proof FROM print_job ORDER BY id")
        return [(row.copy, row.state, row.proof) for row in rows]


# ------------------------------------------------------------------- all is well


async def test_the_cup_fills_while_it_prints_and_the_slip_is_confirmed(home: Home, clock: MovableClock) -> None:
    with device(speed_mm_s=CREEP_MM_S) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await stage.until_shown("● printer ready")
            await give(stage)
            await stage.until_shown("Printing")
            await stage.keep("paper-printing", settled=False)
            printer.print_on()
            await stage.until_shown("Hand it over.")
            await stage.keep("paper-printed")
            assert jobs(stage) == [(1, "printed", "confirmed")]
            await stage.until(lambda: printer.pieces == A_SLIP)


async def test_a_printed_slip_closes_its_screen_by_itself(
    home: Home, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "CLOSES_AFTER_S", 0.01)
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until(lambda: stage.front == "Grid")
            assert jobs(stage) == [(1, "printed", "confirmed")]


async def test_a_printer_without_process_ids_is_believed_when_it_has_worked_through_the_slip(
    home: Home, clock: MovableClock
) -> None:
    with device(process_id=False) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("Hand it over.")
            assert jobs(stage) == [(1, "printed", "processed")]


async def test_keys_stay_quick_and_nobody_is_signed_out_while_a_slip_prints(home: Home, clock: MovableClock) -> None:
    with device(speed_mm_s=CREEP_MM_S) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            stage.idle.seconds = 10_000.0
            stage.strike("w")
            await stage.until_shown("▀▀▀▀▀▀▀")
            stage.strike("escape")
            await stage.until(lambda: stage.front == "Grid")
            assert stage.app.session.person == BARISTA
            await stage.until(lambda: jobs(stage) == [(1, "sending", None)])
            printer.print_on()


async def test_the_badge_says_that_the_roll_is_nearly_used_up(home: Home, clock: MovableClock) -> None:
    with device("near-end") as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("Hand it over.")
            await stage.keep("paper-printed_near_end")


# ----------------------------------------------- the printer needs somebody


async def heals(stage: Stage, name: str, headline: str, mend: Callable[[], None], then: str = "Hand it over.") -> None:
    """A slip that cannot be printed says why, and turns to Printed by itself once the printer is well."""
    await give(stage)
    await stage.until_shown(headline)
    await stage.keep(name)
    mend()
    await stage.until_shown(then)
    assert jobs(stage) == [(1, "printed", "confirmed")]


async def test_without_paper_the_slip_waits_and_prints_after_the_reload(home: Home, clock: MovableClock) -> None:
    with device("paper-out") as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await heals(stage, "paper-no_paper", "No paper", printer.reload)
            await stage.until(lambda: printer.pieces == A_SLIP)


async def test_paper_that_runs_out_half_way_lets_the_printer_hold_the_slip(home: Home, clock: MovableClock) -> None:
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await stage.until_shown("● printer ready")
            printer.suffer("paper-out 40")
            await give(stage)
            await stage.until_shown("No paper")
            await stage.settle()  # it is not busy: whoever waits for paper may sign out
            assert jobs(stage) == [(1, "sending", None)]
            printer.reload()
            await stage.until_shown("Good to hand over?")
            await stage.keep("paper-held_up")
            await stage.press("y")
            assert "Hand it over." in stage.text
            assert jobs(stage) == [(1, "printed", "confirmed")]
            await stage.until(lambda: printer.pieces == A_SLIP)


async def held_up(stage: Stage, printer: Device, *changes: str, lasts_mm: int | None = None) -> None:
    """From the grid to a slip that stopped half-way for paper and went on after the reload."""
    await stage.until_shown("● printer ready")
    printer.suffer("paper-out 40")
    await give(stage, *changes)
    await stage.until_shown("No paper")
    printer.reload(lasts_mm=lasts_mm)
    await stage.until_shown("No paper" if lasts_mm else "Good to hand over?")


@pytest.mark.parametrize("leave", ["enter", "escape"])
async def test_a_slip_perhaps_in_two_pieces_is_asked_about_until_somebody_answers(
    home: Home, clock: MovableClock, leave: str
) -> None:
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await held_up(stage, printer)
            for _ in range(2):
                await stage.press(leave)
                await stage.until_shown("◑ 1 in pieces?")
                await stage.press("f4")
                if leave == "enter":
                    await stage.keep("find-in_pieces")
                await stage.press("p")
                assert "Good to hand over?" in stage.text
                await stage.press(leave)
                await stage.press("escape")
                assert stage.front == "Grid"
            await stage.press("f4", "p", "y")
            assert "Hand it over." in stage.text
            await stage.press("enter", "escape")
            assert "in pieces?" not in stage.text
            assert jobs(stage) == [(1, "printed", "confirmed")]


async def test_a_slip_in_two_pieces_is_printed_as_a_copy(home: Home, clock: MovableClock) -> None:
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await held_up(stage, printer)
            await stage.press("n")
            await stage.until_shown("Hand it over.")
            assert jobs(stage) == [(1, "printed", "confirmed"), (2, "printed", "confirmed")]
            await stage.press("enter")
            await stage.until_shown("Waiting for paper")
            assert "in pieces?" not in stage.text


async def test_of_a_party_each_slip_perhaps_in_two_pieces_is_named_and_asked_about(
    home: Home, clock: MovableClock
) -> None:
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await held_up(stage, printer, "+", "+", lasts_mm=250)
            await stage.until(lambda: [state for _, state, _ in jobs(stage)] == ["printed", "sending", "pending"])
            await stage.until_shown("No paper")
            printer.reload()
            await stage.until_shown("Good to hand over?")
            await stage.keep("paper-party_held_up")
            await stage.bounce("y")
            await stage.until_shown("Good to hand over?")
            assert re.findall(r"(▸?)\w{4}(?:-\w{4}){2}", stage.text) == ["", "▸", ""]  # a y that bounced answers once
            await stage.press("n")
            await stage.until_shown("Hand it over.")
            assert [copy for copy, _, _ in jobs(stage)] == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("name", "fault", "kind", "headline"),
    [
        ("paper-cover_open", "open", Kind.COVER_OPEN, "The cover is open"),
        ("paper-offline", "offline", Kind.OFFLINE, "The printer is offline"),
        ("paper-trouble", "broken", Kind.BROKEN, "The printer has a fault"),
    ],
)
async def test_what_the_printer_needs_is_said_and_the_slip_prints_by_itself(
    home: Home, clock: MovableClock, name: str, fault: str, kind: Kind, headline: str
) -> None:
    with device(fault) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await heals(stage, name, headline, lambda: printer.mend(kind))


async def test_a_cutter_that_sticks_is_cleared_and_somebody_looks_at_the_slip(home: Home, clock: MovableClock) -> None:
    with device("jam") as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await heals(
                stage,
                "paper-cutter",
                "The cutter is stuck",
                lambda: printer.mend(Kind.JAM),
                then="Good to hand over?",
            )


async def test_a_printer_that_is_switched_off(home: Home, clock: MovableClock) -> None:
    with switched_off() as url:
        async with on_stage(home, clock, printer=url) as stage:
            await give(stage)
            await stage.until_shown("The printer does not answer")
            await stage.keep("paper-not_answering")
            await stage.until(lambda: jobs(stage) == [(1, "pending", None)])


async def test_a_printer_that_takes_every_connection_and_says_nothing_holds_up_nobody(
    home: Home, clock: MovableClock
) -> None:
    with device("mute") as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("The printer does not answer")
            await stage.press("escape")
            assert stage.front == "Grid"
            await stage.until(lambda: jobs(stage) == [(1, "pending", None)])
            printer.mend(Kind.MUTE)
            await stage.until_shown("is printed. It waits at the printer.")
            assert jobs(stage) == [(1, "printed", "confirmed")]


@pytest.mark.parametrize(("unread_s", "front"), [(3600, "Paper"), (1e-6, "Grid")], ids=["guarded", "twin"])
async def test_an_enter_that_bounces_would_close_what_the_printer_needs_unread(
    home: Home, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, unread_s: float, front: str
) -> None:
    monkeypatch.setattr(paper, "UNREAD_S", unread_s)
    with device("paper-out") as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("Put in a roll and close the cover.")
            await stage.press("enter")
            assert stage.front == front


async def test_a_slip_left_alone_prints_by_itself_and_a_notice_says_so(home: Home, clock: MovableClock) -> None:
    with device("paper-out") as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("No paper")
            await stage.press("enter")
            await stage.until_shown("▲ 1 waiting")
            await stage.keep("grid-a_slip_waits")
            printer.reload()
            await stage.until_shown("is printed. It waits at the printer.")
            await stage.until_shown("Waiting for paper\n".rstrip())
            await stage.keep("grid-a_slip_came_out")
            assert "waiting" not in stage.text
            assert jobs(stage) == [(1, "printed", "confirmed")]


async def test_a_slip_is_on_its_way_before_its_screen_and_what_came_of_it_is_told_once(
    home: Home, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen is never made: the person hears it all the same, and the queue is free for the next."""
    monkeypatch.setattr(print_news, "NOBODY_CAME_S", 0.05)
    monkeypatch.setattr(CardScreen, "_gave", lambda *_: None)
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await stage.welcome(BARISTA)
            await stage.press("3")
            stage.strike("enter")
            await stage.until_shown("is printed. It waits at the printer.")
            assert jobs(stage) == [(1, "printed", "confirmed")]
            assert printer.pieces == A_SLIP


@pytest.mark.parametrize("moment", ["at once", "as its screen comes", "as its screen stands"])
async def test_a_slip_whose_screen_is_left_in_the_same_instant_is_asked_about_all_the_same(
    home: Home, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr(print_news, "NOBODY_CAME_S", 0.05)
    monkeypatch.setattr(paper, "UNREAD_S", 3600)
    with device("cut-cable 6000", speed_mm_s=150.0) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await stage.welcome(BARISTA)
            await stage.press("3")
            stage.strike("enter")
            if moment != "at once":
                await stage.until(lambda: stage.front == "Paper")
            if moment == "as its screen stands":
                await stage.until(lambda: stage.app.screen.is_mounted)
            stage.strike("escape")
            await stage.until(lambda: stage.front == ("Paper" if moment == "at once" else "Grid"))
            await stage.until_shown("come out whole?")
            assert jobs(stage) == [(1, "unknown", None)]


@pytest.mark.parametrize(("unread_s", "told"), [(3600, True), (1e-6, False)], ids=["guarded", "twin"])
async def test_a_question_that_is_left_in_the_instant_it_appears_would_be_left_unread(
    home: Home, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, unread_s: float, told: bool
) -> None:
    monkeypatch.setattr(paper, "UNREAD_S", unread_s)
    with device("cut-cable 6000", speed_mm_s=150.0) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("Did the slip come out whole?")
            await stage.press("escape")
            await stage.until_shown("? 1 in doubt")
            assert ("F4, then p, answers." in stage.text) is told


async def test_a_slip_begun_early_is_sent_once_and_its_screen_knows(
    home: Home, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All the news come before the screen: it is held back until the paper is out."""
    monkeypatch.setattr(print_news, "HEAD_START_S", 20.0)
    gave = CardScreen._gave

    async def late(self: CardScreen, issued: Issued) -> None:
        await stage.until(lambda: printer.pieces == A_SLIP and jobs(stage) == [(1, "printed", "confirmed")])
        gave(self, issued)

    monkeypatch.setattr(CardScreen, "_gave", lambda self, issued: self.call_later(late, self, issued))
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await stage.welcome(BARISTA)
            await stage.press("3")
            stage.strike("enter")
            await stage.until_shown("Hand it over.")
            assert jobs(stage) == [(1, "printed", "confirmed")]
            assert printer.pieces == A_SLIP
            assert "It waits at the printer" not in stage.text


async def test_a_slip_that_waits_signs_out_whoever_has_gone(home: Home, clock: MovableClock) -> None:
    with device("paper-out") as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("No paper")
            stage.idle.seconds = 10_000.0
            await stage.until(lambda: stage.front == "SignIn")


async def test_the_next_slip_says_what_holds_the_one_before(home: Home, clock: MovableClock) -> None:
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await stage.until_shown("● printer ready")
            printer.suffer("paper-out 40")
            await give(stage)
            await stage.until_shown("No paper")
            await stage.press("enter", "4")
            stage.strike("enter")
            await stage.until(lambda: stage.front == "Paper")
            await stage.until_shown("No paper")
            printer.reload()
            await stage.until_shown("Hand it over.")
            assert [state for _, state, _ in jobs(stage)] == ["printed", "printed"]
            await stage.until(lambda: printer.pieces == 2 * A_SLIP)


# ----------------------------------------------------------------- in doubt


@pytest.mark.parametrize("by", ["keys", "touch"])
async def test_a_slip_in_doubt_that_came_out_is_settled_by_a_person(home: Home, clock: MovableClock, by: str) -> None:
    with device("cut-cable 5500", speed_mm_s=150.0) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("Did the slip come out whole?")
            await stage.until_shown("● printer ready")
            await stage.keep("paper-unknown")
            await (stage.press("y") if by == "keys" else stage.touch("#yes"))
            assert "In hand" in stage.text
            assert jobs(stage) == [(1, "printed", "by_person")]


@pytest.mark.parametrize("by", ["keys", "touch"])
async def test_a_slip_in_doubt_that_did_not_come_out_is_printed_as_a_copy_at_once(
    home: Home, clock: MovableClock, by: str
) -> None:
    with device("cut-cable 5500", speed_mm_s=150.0) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("Did the slip come out whole?")
            printer.print_on()
            await stage.settle()
            await (stage.press("n") if by == "keys" else stage.touch("#no"))
            await stage.until_shown("Hand it over.")
            assert jobs(stage) == [(1, "unknown", None), (2, "printed", "confirmed")]
            assert stage.till.count("coupon") == 1
            await stage.press("enter")
            await stage.until_shown("Waiting for paper")
            assert "in doubt" not in stage.text


async def test_of_a_party_each_slip_in_doubt_is_asked_about(home: Home, clock: MovableClock) -> None:
    with device("cut-cable 5500", speed_mm_s=150.0) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage, "+", "+")
            await stage.until_shown("Did the slip come out whole?")
            printer.print_on()
            await stage.until(lambda: [state for _, state, _ in jobs(stage)] == ["unknown", "printed", "printed"])
            await stage.keep("paper-party_in_doubt")
            await stage.press("y")
            await stage.until_shown("In hand")
            assert [proof for _, _, proof in jobs(stage)] == ["by_person", "confirmed", "confirmed"]


async def test_a_slip_in_doubt_is_answered_from_find(home: Home, clock: MovableClock) -> None:
    with device("cut-cable 5500", speed_mm_s=150.0) as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            printed = stage.till.issue(BARISTA)
            with transaction(stage.till.counter.engine) as connection:
                connection.exec_driver_sql("UPDATE print_job SET state = 'printed', proof = 'confirmed'")
            assert printed.jobs
            await give(stage)
            await stage.until_shown("Did the slip come out whole?")
            await stage.press("escape")
            await stage.until_shown("? 1 in doubt")
            await stage.until_shown("● printer ready")
            await stage.press("f4")
            await stage.keep("find-in_doubt")
            await stage.press("p")
            assert "Did the slip come out whole?" in stage.text
            await stage.press("y")
            assert "In hand" in stage.text
            await stage.press("enter", "escape")
            assert "in doubt" not in stage.text
            assert jobs(stage) == [(1, "printed", "confirmed"), (1, "printed", "by_person")]


async def test_the_code_and_qr_stand_in_for_paper_that_does_not_come(home: Home, clock: MovableClock) -> None:
    with device("paper-out") as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await give(stage)
            await stage.until_shown("No paper")
            await stage.touch("#code")
            await stage.keep("paper-no_paper_by_hand")
            printer.reload()
            await stage.until_shown("✔  Printed")  # and the code stays until the guest has it
            assert stage.front == "Paper"


# ----------------------------------------------- printers that cannot tell


async def test_a_printer_that_cannot_tell_makes_a_person_look(home: Home, clock: MovableClock, tmp_path: Path) -> None:
    async with on_stage(home, clock, printer=f"file://{tmp_path}/device") as stage:
        await give(stage)
        await stage.until_shown("Is it in your hand?")
        await stage.keep("paper-sent")
        await stage.press("n")
        await stage.keep("paper-missing")
        await stage.press("p")
        await stage.until_shown("Is it in your hand?")
        await stage.press("y")
        await stage.keep("paper-in_hand")
        assert jobs(stage) == [(1, "unknown", None), (2, "printed", "by_person")]


async def test_a_device_that_is_not_there_is_tried_again_by_itself(
    home: Home, clock: MovableClock, tmp_path: Path
) -> None:
    not_yet = tmp_path / "device"
    not_yet.mkdir()
    async with on_stage(home, clock, printer=f"file://{not_yet}") as stage:
        await give(stage)
        await stage.until_shown("Not printed yet")
        await stage.keep("paper-pending")
        assert jobs(stage) == [(1, "pending", None)]


async def test_a_slip_that_cannot_be_drawn(home: Home, clock: MovableClock) -> None:
    def open_till(home: Home) -> Till:
        till = Till.open(home, clock, seed=1)
        unforeseen = replace(till.counter.settings, store_name="A name no font can draw: \U00013000")
        till.counter = replace(till.counter, desk=replace(till.counter.desk, settings=unforeseen))
        return till

    async with on_stage(home, clock, open_till=open_till) as stage:
        await give(stage)
        await stage.settle()
        await stage.keep("paper-failed")


# ------------------------------------------------------------------- at the start


async def test_what_an_earlier_run_left_half_sent_is_in_doubt(home: Home, clock: MovableClock) -> None:
    before = Till.open(home, clock, seed=5)
    before.code(BARISTA)
    with transaction(before.counter.engine) as connection:
        connection.exec_driver_sql("UPDATE print_job SET state = 'sending'")
    before.counter.close()
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await stage.welcome(LEAD)
            await stage.until_shown("? 1 in doubt")
            assert printer.pieces == 0


async def test_what_an_earlier_run_could_not_print_comes_out_by_itself(home: Home, clock: MovableClock) -> None:
    before = Till.open(home, clock, seed=5)
    before.code(BARISTA)
    before.counter.close()
    with device() as printer:
        async with on_stage(home, clock, printer=printer.url) as stage:
            await stage.until_shown("is printed. It waits at the printer.")
            await stage.until(lambda: printer.pieces == A_SLIP)
