"""One thread and one queue in front of the print desk, for the register: nobody at the counter waits for a printer.

The thread prints what it is given, one job after another. When it has nothing to do it looks at the printer now and
then, so that the badge is true before the next guest is let down, and prints by itself what could not be printed
before: only jobs of which no byte has left, only today's. What happens is told as news; who gets it decides what to
show. Everything that can go wrong in here is told too: the thread ends only when it is stopped.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from db.tables.column_types import JobState
from db.tables.facts import JobFact
from pos_recovery.printing.desk import Desk, Watch
from receipts.values.status import Condition

REGISTER_PATIENCE_S = 900.0
"""How long a job that has begun waits for paper; after that nobody knows what is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Seconds between two looks at the printer."""

    idle_s: float = 20.0
    """With nothing to print."""
    waiting_s: float = 2.0
    """With slips that wait for it, or while somebody has to see to it: a job that broke off leaves it so."""
    blind_s: float = 10.0
    """With slips that wait for a printer that cannot be asked: a look is then a try."""


RHYTHM = Rhythm()
_TOLD_BY_A_TRY = frozenset({Condition.NO_ROOM, Condition.NOT_WRITABLE})
"""What only a slip on its way to a disk can tell; a look does not take it back."""
_NOTHING_TO_SEE_TO = {None, Condition.NOT_ASKED, Condition.READY, Condition.NEAR_END}


@dataclass(frozen=True, slots=True)
class JobNews:
    """A job has been printed, or could not be."""

    job: JobFact
    remark: str = ""
    """What else a person should know of its paper."""


@dataclass(frozen=True, slots=True)
class PrinterNews:
    """The printer's condition has changed."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class TroubleNews:
    """Something broke. `jobs` are those of which nobody knows now what became; none: all stand as they were."""

    error: Exception
    jobs: tuple[int, ...] = ()


News = JobNews | PrinterNews | TroubleNews


class PrintQueue:
    """Start it, put jobs in, stop it."""

    def __init__(self, desk: Desk, tell: Callable[[News], None], *, rhythm: Rhythm = RHYTHM) -> None:
        """Make a queue that is not started yet.

        Args:
            desk: What prints.
            tell: Gets the news, in the queue's thread; must not block.
            rhythm: How often it looks at the printer.
        """
        self._desk = desk
        self._tell = tell
        self._rhythm = rhythm
        self._jobs: queue.Queue[tuple[int, threading.Event] | None] = queue.Queue()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="print-queue", daemon=True)
        self._condition: Condition | None = None
        self._waiting = False
        """Whether some of today's slips could not be printed yet."""

    def start(self) -> None:
        """Begin: settle what an earlier run left behind, look at the printer, print what waits."""
        self._thread.start()

    def put(self, jobs: Sequence[int]) -> threading.Event:
        """Print these, after those that are in the queue already.

        Returns:
            Set once the printer has answered for one of them, or one has been tried.
        """
        heard = threading.Event()
        for job in jobs:
            self._jobs.put((job, heard))
        return heard

    def stop(self, wait_s: float = 2.0) -> None:
        """Stop as soon as the printer lets go. A job under way becomes unknown, or pending if no byte has left."""
        self._stopped.set()
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(wait_s)

    # ------------------------------------------------------------- in the thread

    def _work(self) -> None:
        self._try(self._desk.own_up)
        self._look()
        while not self._stopped.is_set():
            try:
                wanted = self._jobs.get(timeout=self._until_next_look())
            except queue.Empty:
                self._look()
                continue
            if wanted is not None and not self._stopped.is_set():
                self._print(*wanted)

    def _until_next_look(self) -> float:
        if self._waiting and self._condition in {Condition.NOT_ASKED, *_TOLD_BY_A_TRY}:
            return self._rhythm.blind_s
        is_idle = self._condition in _NOTHING_TO_SEE_TO and not self._waiting
        return self._rhythm.idle_s if is_idle else self._rhythm.waiting_s

    def _print(self, job: int, heard: threading.Event | None = None) -> None:
        def know(condition: Condition) -> None:
            if heard is not None:
                heard.set()
            self._know(condition)

        try:
            watch = Watch(tell=know, stop=self._stopped.is_set, patience_s=REGISTER_PATIENCE_S)
            self._tell_of(self._desk.print(job, watch))
        except Exception as error:  # noqa: BLE001  as in `_try`
            self._broke(error, job)
        if heard is not None:
            heard.set()

    def _tell_of(self, fact: JobFact) -> None:
        self._waiting = self._waiting or fact.state is JobState.PENDING
        self._tell(JobNews(fact, self._desk.drawn_otherwise(fact)))

    def _broke(self, error: Exception, job: int) -> None:
        """What is still pending had not begun, and is tried again; of anything else nobody knows."""
        fact = None
        with contextlib.suppress(Exception):
            fact = self._desk.job(job)
        if fact is None or fact.state is not JobState.PENDING:
            self._tell(TroubleNews(error, (job,)))
            return
        self._tell(TroubleNews(error))
        self._tell_of(fact)

    def _look(self) -> None:
        """See how the printer is, unless another program has it; if it can print, or cannot say, try what waits."""

        def looked() -> None:
            condition = self._desk.condition()
            waiting = self._desk.waiting()
            self._waiting = bool(waiting)
            is_told = condition is Condition.NOT_ASKED and self._waiting and self._condition in _TOLD_BY_A_TRY
            if condition is not None and not is_told:
                self._know(condition)
            if condition is not None and (condition.can_print or condition is Condition.NOT_ASKED):
                for job in waiting:
                    if self._stopped.is_set() or not self._jobs.empty():
                        return  # somebody is at the counter: their slip comes first
                    self._print(job)

        self._try(looked)

    def _know(self, condition: Condition) -> None:
        if condition is not self._condition:
            self._condition = condition
            self._tell(PrinterNews(condition))

    def _try(self, do: Callable[[], object]) -> None:
        """The edge of the thread: nothing that breaks in here ends it."""
        try:
            do()
        except Exception as error:  # noqa: BLE001  told to whoever shows it; a silent printing thread is the worst of all
            self._tell(TroubleNews(error))
