"""Every fault at every stage: thousands of bad days, drawn by seed, on the virtual printer in simulated time.

Whatever happens, what the program says of the paper is true. A failing day is named by its number, and
`live_through(Day.draw(number))` lives through it again. Set `FIRST_DAY` for days nobody has seen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from random import Random

import pytest

from receipts.paper import PAPER_58
from receipts.printers import Manner
from receipts.reply import PROOF_LETTERS
from receipts.result import PrintResult, Proof
from receipts.session import Deadlines, Session
from receipts.virtual.faults import Fault, Kind
from receipts.virtual.machine import Machine
from tests.receipts.simulation import World, any_of, small_page, whole_slips

DAYS = 4_000
CHUNKS = 8
FIRST_DAY = 0

DEADLINES = Deadlines(patience=60.0)
LONGEST_S = 300.0
"""No job may take longer, whatever happens to it: its patience, and a little."""

FIRST, SECOND = small_page(mark=0), small_page(mark=5)
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
class Day:
    """One printer, what befalls it, and who sees to it."""

    number: int
    machine: Machine
    cable_bytes: int
    is_shared: bool
    level: Proof | None
    faults: tuple[Fault, ...]
    mended_after_s: float | None

    @classmethod
    def draw(cls, number: int) -> Day:
        chance = Random(number)  # noqa: S311  a day is drawn by its number
        process_id = chance.random() < 0.6
        machine = Machine(
            PAPER_58,
            speed_mm_s=chance.choice([60.0, 150.0, 250.0]),
            buffer_bytes=chance.choice([128, 1024, 4096, 65536]),
            process_id=process_id,
            cut_s=chance.choice([0.0, 0.3]),
            random=chance,
        )
        best: Proof = "confirmed" if process_id else "processed"
        faults = tuple(_fault(chance) for _ in range(chance.choice([1, 1, 1, 2])))
        mended = chance.choice([None, chance.uniform(0.01, 2.0), chance.uniform(2.0, 20.0)])
        is_shared = chance.random() < 0.3
        return cls(
            number,
            machine,
            chance.choice([16, 512, 2048, 9000]),
            is_shared,
            chance.choice([None, best]),
            faults,
            mended,
        )

    def __str__(self) -> str:
        return f"day {self.number}: {', '.join(map(str, self.faults))}; {self.level}; mended {self.mended_after_s}"


def _fault(chance: Random) -> Fault:
    kind = chance.choice(list(Kind))
    reach = _REACH.get(kind)
    if reach is None:
        return Fault(kind)
    number = chance.uniform(0, reach)
    return Fault(kind, number if kind == Kind.LATE or reach == JOB_MM else float(int(number)))


def spend(day: Day) -> tuple[World, PrintResult, PrintResult]:
    """Print one slip on the bad day; then everything is mended, and the next slip is printed."""
    world = World(day.machine, day.cable_bytes, is_shared=day.is_shared)
    chance = Random(-day.number)  # noqa: S311  see above
    for fault in day.faults:
        day.machine.strike(fault, 0.0)
    if day.mended_after_s is not None:
        world.after(day.mended_after_s, lambda: day.machine.mend_all(world.now))
    first = world.print(FIRST, _manner(day, chance))
    check(day, world, first)
    world.pass_until(world.now + 5)
    day.machine.mend_all(world.now)
    day.machine.reload(world.now)
    world.pass_until(world.now + 15)
    second = world.print(SECOND, replace(_manner(day, chance), torn=first.state == "unknown"))
    return world, first, second


def _manner(day: Day, chance: Random) -> Manner:
    letters = bytes(chance.choice(PROOF_LETTERS) for _ in range(4))
    return Manner(level=day.level, proof_id=letters, deadlines=DEADLINES)


def check(day: Day, world: World, first: PrintResult) -> None:
    """What is said of the first slip is true."""
    machine = world.machine
    assert world.now < LONGEST_S, day
    if first.proof == "confirmed":
        assert whole_slips(machine, FIRST) == 1, day
    if first.state == "pending":
        assert first.bytes_sent == 0, day
        assert not any_of(machine, FIRST), day
    assert first.proof != "handed_over", day
    assert first.state != "failed", day


def live_through(day: Day) -> PrintResult:
    """The whole day, and every truth about it. Returns how the first slip ended."""
    world, first, second = spend(day)
    machine = world.machine
    world.pass_until(world.now + 5)
    if first.proof == "processed" and LIARS.isdisjoint(fault.kind for fault in day.faults):
        assert whole_slips(machine, FIRST) == 1, day
    assert whole_slips(machine, FIRST) <= 1, day
    assert second.state == "printed", (str(day), first, second)
    assert whole_slips(machine, SECOND) == 1, (str(day), first, second)
    return first


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_what_is_said_of_the_paper_is_true_whatever_befalls_the_printer(chunk: int) -> None:
    days = range(FIRST_DAY + chunk, FIRST_DAY + DAYS, CHUNKS)
    ends: Counter[tuple[str, str | None]] = Counter(
        (first.state, first.proof) for first in (live_through(Day.draw(number)) for number in days)
    )
    of_each_end = min(ends[end] for end in ENDS)
    assert of_each_end * 20 > len(days), f"days that all end alike prove little: {ends}"


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
