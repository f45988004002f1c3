"""Every fault at every stage: thousands of bad days, drawn by seed, on the virtual printer in simulated time.

Whatever happens, what the program says of the paper is true; and it does not wait for a printer that is well again. On
some days another host breaks off first, on others the printer is a clone. A failing day is named by its number, and
`live_through(Day.draw(number))` lives through it again. Set `FIRST_DAY` for days nobody has seen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from random import Random

import pytest

from receipts.escpos.job import BAND_HEADER_BYTES
from receipts.printers.open_printer import Manner
from receipts.talk.replies import PROOF_LETTERS
from receipts.talk.session import Session
from receipts.values.deadlines import Deadlines
from receipts.values.paper import PAPER_58
from receipts.values.result import PrintResult, Proof
from receipts.virtual.device.faults import BYTE_SIDE, PAPER_SIDE, Fault, Kind
from receipts.virtual.device.machine import Machine
from tests.receipts.simulation import World, any_of, small_page, whole_slips

DAYS = 2_000
CHUNKS = 5
FIRST_DAY = 0

DEADLINES = Deadlines(patience=100.0)
LONGEST_S = 200.0
"""No job may take longer, whatever happens to it: its patience, and a little."""
LONGEST_WHEN_WELL_S = DEADLINES.turn + 3 * DEADLINES.stall + DEADLINES.proof
"""No job may last longer after the last fault was mended: a turn waited for, then silence at the call, at the flush and
in the body, then the proof. Patience is for trouble alone, and is so much longer that mistaking one for the other
shows."""

UNNOTICED_BYTES = BAND_HEADER_BYTES + 2 * 3
"""As many may be missing of a torn band, and white bytes and two questions fill it before anybody can notice."""

FIRST, SECOND, OTHERS = small_page(mark=0), small_page(mark=5), small_page(mark=9)
STARTS_IN_S = 0.1
"""No printer is there again sooner after its power was off; see `tests/chaos/test_blackouts.py`."""
JOB_BYTES, JOB_MM = 7_400, 54.0

_REACH = {
    Kind.PAPER_OUT: JOB_MM,
    Kind.NEAR_END: JOB_MM,
    Kind.COVER_OPEN: JOB_MM,
    Kind.OFFLINE: JOB_MM,
    Kind.HOT: JOB_MM,
    Kind.BROKEN: JOB_MM,
    Kind.JAM: 2,
    Kind.MUTE: JOB_BYTES,
    Kind.CUT_CABLE: JOB_BYTES,
    Kind.POWER_CUT: JOB_BYTES,
    Kind.BLACKOUT: JOB_BYTES,
    Kind.LATE: 5.0,
    Kind.GARBAGE: 12,
    Kind.DROP: 4,
}
ENDS: tuple[tuple[str, Proof | None], ...] = (
    ("printed", "confirmed"),
    ("printed", "processed"),
    ("pending", None),
    ("unknown", None),
)
LIARS = frozenset({Kind.GARBAGE, Kind.GARBLED})
"""Printers that say what is not so; a `processed` from them is only as good as they are."""


@dataclass(frozen=True)
class Trouble:
    """One fault, from when to when."""

    fault: Fault
    at_s: float
    """0 is before the slip begins; the number of a fault then says where in the slip it strikes."""
    lasts_s: float | None
    """None: nobody sees to it."""

    @classmethod
    def draw(cls, chance: Random) -> Trouble:
        at_s = chance.choice([0.0, 0.0, chance.uniform(0.0, 1.5), chance.uniform(0.0, 10.0)])
        lasts_s = chance.choice([None, chance.uniform(0.01, 2.0), chance.uniform(0.01, 5.0), chance.uniform(2.0, 12.0)])
        fault = _fault(chance, is_at_once=at_s > 0)
        if fault.kind is Kind.BLACKOUT and lasts_s is not None:
            lasts_s = max(lasts_s, STARTS_IN_S)
        return cls(fault, at_s, lasts_s)

    def __str__(self) -> str:
        return f"{self.fault} at {self.at_s:.2f} s for {'ever' if self.lasts_s is None else f'{self.lasts_s:.2f} s'}"


@dataclass(frozen=True)
class Day:
    """One printer, what befalls it, and who sees to it."""

    number: int
    machine: Machine
    cable_bytes: int
    is_shared: bool
    level: Proof | None
    troubles: tuple[Trouble, ...]
    torn_at: int | None = None
    """After so many bytes another host breaks off, before the slip."""

    @classmethod
    def draw(cls, number: int) -> Day:
        chance = Random(number)  # noqa: S311  a day is drawn by its number
        process_id = chance.random() < 0.6
        machine = Machine(
            PAPER_58,
            speed_mm_s=chance.choice([60.0, 150.0, 250.0]),
            buffer_bytes=chance.choice([128, 1024, 4096, 65536]),
            process_id=process_id,
            auto_status=chance.random() < 0.7,
            silent_when_open=chance.random() < 0.3,
            macros=chance.random() < 0.6,
            cut_s=chance.choice([0.0, 0.3]),
            random=chance,
        )
        best: Proof = "confirmed" if process_id else "processed"
        troubles = tuple(Trouble.draw(chance) for _ in range(chance.choice([1, 1, 2, 2, 3])))
        is_shared = chance.random() < 0.3
        is_torn = is_shared and chance.random() < 0.4
        return cls(
            number,
            machine,
            chance.choice([64, 512, 2048, 9000]),
            is_shared,
            chance.choice([None, best, best]),
            troubles,
            chance.randrange(JOB_BYTES) if is_torn else None,
        )

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(trouble.fault for trouble in self.troubles)

    @property
    def is_well_after_s(self) -> float | None:
        """When the last fault is mended; None: not all of them are."""
        ends = [trouble.at_s + trouble.lasts_s for trouble in self.troubles if trouble.lasts_s is not None]
        return max(ends, default=0.0) if len(ends) == len(self.troubles) else None

    @property
    def can_lie(self) -> bool:
        return not LIARS.isdisjoint(fault.kind for fault in self.faults)

    def __str__(self) -> str:
        torn = "" if self.torn_at is None else f"; torn by another host at {self.torn_at}"
        return f"day {self.number}: {', '.join(map(str, self.troubles))}; {self.level}{torn}"


def _fault(chance: Random, *, is_at_once: bool) -> Fault:
    kind = chance.choice(list(Kind))
    reach = _REACH.get(kind)
    if reach is None or (is_at_once and kind in PAPER_SIDE | BYTE_SIDE):
        return Fault(kind)
    number = chance.uniform(0, reach)
    return Fault(kind, number if kind == Kind.LATE or reach == JOB_MM else float(int(number)))


@dataclass(frozen=True)
class Spent:
    """What a day has come to."""

    world: World
    first: PrintResult
    second: PrintResult
    may_be_glued: bool
    """Whether the second slip may come off in one piece with another host's rows: nobody could know of them."""


def spend(day: Day) -> Spent:
    """Print one slip on the bad day; then everything is mended, and the next slip is printed."""
    world = World(day.machine, day.cable_bytes, is_shared=day.is_shared)
    chance = Random(-day.number)  # noqa: S311  see above
    may_be_glued = day.torn_at is not None and _another_host_breaks_off(day, world, day.torn_at, chance)
    began = world.now
    for trouble in day.troubles:
        _plan(trouble, world)
    manner = replace(_manner(day, chance), stop=lambda: world.now - began > LONGEST_S)
    first = world.print(FIRST, manner)
    took = world.now - began
    world.nobody_does_more()
    check(day, world, first, took, may_be_glued=may_be_glued)
    world.pass_until(world.now + 5)
    day.machine.mend_all(world.now)
    day.machine.reload(world.now)
    world.pass_until(world.now + 15)
    may_be_glued = may_be_glued or (day.torn_at is not None and _is_unnoticed(day))
    second = world.print(SECOND, replace(_manner(day, chance), torn=first.torn))
    return Spent(world, first, second, may_be_glued and not first.torn)


def _plan(trouble: Trouble, world: World) -> None:
    """Let it strike and be mended in its time; what is there from the beginning strikes now."""
    if trouble.at_s:
        world.after(trouble.at_s, lambda: world.machine.strike(trouble.fault, world.now))
    else:
        world.machine.strike(trouble.fault, world.now)
    if trouble.lasts_s is not None:
        world.after(trouble.at_s + trouble.lasts_s, lambda: world.machine.mend(trouble.fault.kind, world.now))


def _another_host_breaks_off(day: Day, world: World, at: int, chance: Random) -> bool:
    """Another register prints, and its cable is pulled. Returns whether the next slip may hang on what it left."""
    world.machine.strike(Fault(Kind.CUT_CABLE, at), world.now)
    world.print(OTHERS, _manner(day, chance))
    world.machine.mend(Kind.CUT_CABLE, world.now)
    world.pass_until(world.now + 3)
    return _is_unnoticed(day)


def _is_unnoticed(day: Day) -> bool:
    """Whether nobody can ask for what another host left.

    A break between two commands, or just before the end of one, shows nowhere; and a printer that is not known yet, or
    that says what is not so, cannot be asked.
    """
    return day.machine.bytes_missing <= UNNOTICED_BYTES or day.level is None or day.can_lie


def _manner(day: Day, chance: Random) -> Manner:
    letters = bytes(chance.choice(PROOF_LETTERS) for _ in range(4))
    return Manner(level=day.level, proof_id=letters, deadlines=DEADLINES)


def check(day: Day, world: World, first: PrintResult, took_s: float, *, may_be_glued: bool) -> None:
    """What is said of the first slip is true, and was said in time."""
    machine = world.machine
    assert took_s < LONGEST_S, (str(day), first)
    if day.is_well_after_s is not None:
        assert took_s < day.is_well_after_s + LONGEST_WHEN_WELL_S, (str(day), took_s, first)
    if first.proof == "confirmed":
        assert whole_slips(machine, FIRST, or_glued=may_be_glued) == 1, (str(day), first)
    if first.state == "pending":
        assert first.bytes_sent == 0, day
        assert not any_of(machine, FIRST), day
    assert first.proof != "handed_over", day
    assert first.state != "failed", day


def live_through(day: Day) -> PrintResult:
    """The whole day, and every truth about it. Returns how the first slip ended."""
    spent = spend(day)
    world, first, second = spent.world, spent.first, spent.second
    machine = world.machine
    world.pass_until(world.now + 5)
    if first.proof == "processed" and not day.can_lie:
        assert whole_slips(machine, FIRST, or_glued=spent.may_be_glued) == 1, (str(day), first)
    assert whole_slips(machine, FIRST, or_glued=True) <= 1, (str(day), first)
    assert second.state == "printed", (str(day), first, second)
    assert whole_slips(machine, SECOND, or_glued=spent.may_be_glued) == 1, (str(day), first, second)
    return first


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_is_said_of_the_paper_is_true_whatever_befalls_the_printer(chunk: int) -> None:
    days = range(FIRST_DAY + chunk, FIRST_DAY + DAYS, CHUNKS)
    ends: Counter[tuple[str, str | None]] = Counter(
        (first.state, first.proof) for first in (live_through(Day.draw(number)) for number in days)
    )
    of_each_end = min(ends[end] for end in ENDS)
    assert of_each_end * 20 > len(days), f"days that all end alike prove little: {ends}"


def test_paper_that_is_changed_while_an_answer_is_lost_holds_nobody_up() -> None:
    """At the counter: out of paper, silent for a moment, a new roll, and all is well."""
    assert spend(a_lost_answer(process_id=True, level="confirmed")).first.bytes_sent
    assert spend(a_lost_answer(process_id=False, level="processed")).first.bytes_sent


def a_lost_answer(*, process_id: bool, level: Proof) -> Day:
    """The paper ends after 20 mm and is there again at 4 s; nothing is heard from 2 to 5 s."""
    paper, silence = Trouble(Fault(Kind.PAPER_OUT, 20), 0.0, 4.0), Trouble(Fault(Kind.MUTE), 2.0, 3.0)
    machine = Machine(PAPER_58, process_id=process_id)
    return Day(-1, machine, 2048, is_shared=False, level=level, troubles=(paper, silence))


def test_with_every_question_asked_once_a_lost_answer_would_hold_up_the_counter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Session, "_ask_again", lambda *_: None)
    with pytest.raises(AssertionError, match="day -1"):
        spend(a_lost_answer(process_id=True, level="confirmed"))


def test_without_the_call_one_of_the_first_days_would_give_a_guest_half_of_anothers_slip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Session, "_calls", property(lambda _: False))
    with pytest.raises(AssertionError, match="torn by another host"):
        _live_through_the_first_days()


def test_without_the_flush_one_of_the_first_days_would_end_in_a_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "_flushes", property(lambda _: False))
    with pytest.raises(AssertionError, match="day"):
        _live_through_the_first_days()


def test_with_proof_taken_on_trust_one_of_the_first_days_would_end_in_a_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that calls a slip confirmed once all its bytes were taken."""
    monkeypatch.setattr(Session, "_await_proof", lambda self, _: self._end("printed", "sent", proof="confirmed"))
    with pytest.raises(AssertionError, match="day"):
        _live_through_the_first_days()


def _live_through_the_first_days() -> None:
    for number in range(100):
        live_through(Day.draw(number))
