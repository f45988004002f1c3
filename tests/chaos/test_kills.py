"""kill -9 between any two steps of issue, print, record: nothing is lost, nothing comes twice, a restart converges.

A child process issues a coupon and prints it over a real socket; it is killed before its first step, the next one
before its second, and so on through each stage until one survives it. After each death a new program opens the same
ledger, with the same printer as the dead one left it. So each scenario is one register's long bad day, and its paper
is looked at as a whole.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from queue import Queue
from subprocess import PIPE, Popen

import pytest
from sqlalchemy import text

from db.tables.column_types import HELD_UP, JobState, Proof
from db.tables.facts import JobFact
from pos_recovery.counter.outcomes import Reprinted
from pos_recovery.system.locations import Home
from tests.chaos.killed_register import CAP, STAGES, Death, Life, request_of
from tests.recording_printer import LONGEST_WAIT_S, Printer, printer, slip_of
from tests.till import LEAD, MovableClock, Till

RESTART_SEED = 1_000_000
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither fork nor SIGKILL"),
    pytest.mark.timeout(600),  # each starts a program some fifty times
]


@dataclass
class Friend:
    """Puts in a new roll whenever one ends, and remembers who came and went."""

    there: Printer
    partings: Queue[str] = field(default_factory=Queue)
    rolls: Queue[str] = field(default_factory=Queue)

    def work(self) -> None:
        while (what := self.there.happened.get()) != "home time":
            if what == "paper-out":
                self.there.reload()
                self.rolls.put(what)
            elif what == "disconnected":
                self.partings.put(what)


@dataclass
class Register:
    """The home that all lives share, its printer, and what they left."""

    home: Home
    there: Printer
    friend: Friend
    mortal: Popen[str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    kills: int = 0
    unsent: int = 0
    doubted: int = 0

    def let_live(self, stage: str, dies_before: int, *, careless: bool = False) -> tuple[Life, Death]:
        """One life, up to its end; the printer has then heard all that it ever will of it."""
        self.there.server.do(lambda machine, now: self.there.machine.forget())
        life = Life(next(self.numbers), stage, dies_before, careless)
        assert self.mortal.stdin
        assert self.mortal.stdout
        self.mortal.stdin.write(json.dumps(asdict(life)) + "\n")
        self.mortal.stdin.flush()
        survived, steps = json.loads(self.mortal.stdout.readline())
        if "opened" in steps:
            self.friend.partings.get(timeout=LONGEST_WAIT_S)
        self.kills += not survived
        return life, Death(survived, tuple(steps))

    def restart(self) -> Till:
        """A new program on the same home."""
        return Till.open(
            self.home, MovableClock(), seed=RESTART_SEED + next(self.numbers), printer=self.there.url, cap=CAP
        )

    def has_heard(self) -> bool:
        """Whether a byte of the last life's slip is at the printer."""
        return self.there.server.do(lambda machine, now: self.there.machine.has_heard_of_a_slip)

    def print(self, till: Till, job: int) -> JobFact:
        """Bring it to paper, and wait until the printer is free again.

        What the dead one sent may use up the roll before the friend has noticed; then it is tried again, as a register
        does by itself.
        """
        done = till.counter.desk.print(job)
        self.friend.partings.get(timeout=LONGEST_WAIT_S)
        while done.state is JobState.PENDING and done.last_error == "no paper":
            self.friend.rolls.get(timeout=LONGEST_WAIT_S)
            done = till.counter.desk.print(job)
            self.friend.partings.get(timeout=LONGEST_WAIT_S)
        return done


@contextmanager
def open_register(home: Home, there: Printer) -> Iterator[Register]:
    root = Path(__file__).parents[2]
    friend = Friend(there)
    helping = threading.Thread(target=friend.work)
    helping.start()
    command = [sys.executable, "-m", "tests.chaos.killed_register", str(home.folder), there.url]
    try:
        with Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=root) as mortal:
            yield Register(home, there, friend, mortal)
            with suppress(BrokenPipeError):
                mortal.communicate()
    finally:
        there.happened.put("home time")
        helping.join()


def check(register: Register, life: Life, death: Death) -> None:
    """What the dead left is true, nothing of it is forgotten, and a new program brings it to a good end."""
    till = register.restart()
    desk = till.counter.desk
    where = (life, death.steps[-3:])
    heard = register.has_heard()
    before = job_of(till, life)
    assert before or not heard, where
    desk.own_up()
    job = job_of(till, life)
    assert counted(till, "SELECT count(*) FROM print_job WHERE state = 'sending'") == 0, where
    assert counted(till, ONLY_ONE_OF_THE_TWO) == 0, where
    if job is None:
        assert "COMMIT" not in death.steps[:-1], where
        assert desk.unsettled() == (), where
    elif job.state is JobState.PENDING:
        register.unsent += 1
        assert not heard, where
        assert desk.waiting() == (job.id,), where
        assert register.print(till, job.id).state is JobState.PRINTED, where
    elif job.state is JobState.UNKNOWN:
        register.doubted += 1
        assert desk.waiting() == (), where
        assert desk.unsettled() == (job,), where
        copy = till.counter.aftercare.reprint(job.code, LEAD, f"again {life.number}")
        assert isinstance(copy, Reprinted), where
        assert (copy.story.code, copy.copy) == (job.code, 2), where
        assert register.print(till, copy.job).state is JobState.PRINTED, where
    for held_up in desk.unsettled():
        assert held_up.last_error == HELD_UP, where
        desk.seen(held_up.id, came_out=True)
    assert desk.unsettled() == (), where
    if job is not None:
        assert_paper(register, till, job, where)
    till.counter.close()


def assert_paper(register: Register, till: Till, job: JobFact, where: object) -> None:
    """Of this coupon's slips, exactly those are whole that are said to be; the one in doubt may be."""
    first = register.there.whole(slip_of(till, job.code))
    if job.state is JobState.UNKNOWN:
        assert first <= 1, where
        assert register.there.whole(slip_of(till, job.code, copy=2)) == 1, where
    else:
        assert first == 1, where


ONLY_ONE_OF_THE_TWO = """
    SELECT count(*) FROM (
        SELECT code FROM coupon WHERE code NOT IN (SELECT code FROM print_job)
        UNION SELECT code FROM print_job WHERE code NOT IN (SELECT code FROM coupon)
    )
"""


def counted(till: Till, sql: str) -> int:
    with till.reading() as connection:
        return int(connection.execute(text(sql)).scalar_one())


def job_of(till: Till, life: Life) -> JobFact | None:
    """The first job of this life's coupon; None when there is no coupon."""
    with till.reading() as connection:
        wanted = text("SELECT code FROM coupon WHERE request_id = :request")
        code = connection.execute(wanted, {"request": request_of(life)}).scalar()
    return till.story(code).jobs[0] if code else None


@dataclass(frozen=True)
class Scenario:
    proof: Proof
    fault: str | None = None


SCENARIOS = {
    "a printer that confirms": Scenario(Proof.CONFIRMED),
    "a printer that says it has worked through": Scenario(Proof.PROCESSED),
    "a roll that ends in the middle": Scenario(Proof.CONFIRMED, "paper-out 60"),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_killed_before_any_step_a_register_loses_nothing_and_prints_nothing_twice(
    home: Home, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = SCENARIOS[name]
    with printer(process_id=scenario.proof is Proof.CONFIRMED) as there, open_register(home, there) as register:
        till = register.restart()
        till.counter.desk.trust(scenario.proof)
        till.counter.close()
        for stage in STAGES:
            for dies_before in count(1):
                if scenario.fault:
                    there.strike(scenario.fault)
                life, death = register.let_live(stage, dies_before)
                check(register, life, death)
                if death.survived:
                    break
        till = register.restart()
        issued = {code for (code,) in rows(till, "SELECT code FROM coupon")}
        assert set(there.codes) == issued
        assert rows(till, "SELECT DISTINCT proof FROM print_job WHERE state = 'printed'") == [(scenario.proof.value,)]
        till.counter.close()
    assert register.unsent
    assert register.doubted
    told = f"{name}: {register.kills} kills survived, {register.unsent} slips unsent, {register.doubted} in doubt"
    with capsys.disabled():
        sys.stdout.write(f"\n{told}\n")


def rows(till: Till, sql: str) -> list[tuple[object, ...]]:
    with till.reading() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_a_register_that_recorded_afterwards_would_print_a_slip_twice(home: Home) -> None:
    """The twin: killed between paper and record, it finds the slip waiting and prints it again as the first one."""
    with printer() as there, open_register(home, there) as register:
        life, death = register.let_live("record", 1, careless=True)
        assert not death.survived
        till = register.restart()
        till.counter.desk.own_up()
        job = job_of(till, life)
        assert job
        assert job.state is JobState.PENDING
        assert register.has_heard()
        assert till.counter.desk.waiting() == (job.id,)
        register.print(till, job.id)
        assert there.whole(slip_of(till, job.code)) == 2
        till.counter.close()
