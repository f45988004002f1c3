"""What moves: a reader that takes commands from the buffer, and a motor that carries them out at the speed of paper.

Between two calls everything happens at its exact moment, so the result does not depend on how often they are made. The
reader is at most one printing command ahead of the motor, and reads raster rows only as fast as they are printed. What
stops the paper is the subclass's to say.
"""

from abc import ABC, abstractmethod
from collections import deque

from receipts.values.paper import DOTS_PER_BYTE, Paper
from receipts.virtual.device.commands import Command, Reader
from receipts.virtual.device.compositor import Compositor, Cut, Feed, Motion, Strip, Tell
from receipts.virtual.device.macro import Macro
from receipts.virtual.device.roll import Roll, Slip

DOTS_PER_MM = 8
"""At 203 dpi."""

_ROWS_KEPT_READY = (
    8  # a host that refills the buffer when told to finds so many rows still in it: the motor never waits
)
_A_TOUCH = 1e-3  # of a row: what two clocks' rounding may differ


class Mechanism(ABC):
    """Reader, motor and cutter over one roll of paper. Times are seconds of the caller's clock."""

    def __init__(
        self, paper: Paper, *, speed_mm_s: float, roll_mm: float, cutter_mm: float, cut_s: float, macros: bool
    ) -> None:
        self.paper = paper
        self._stride = paper.width_dots // DOTS_PER_BYTE
        self._roll = Roll(paper.width_dots, dots(roll_mm))
        self._reader = Reader()
        self._macro = Macro(is_known=macros)
        self._compositor = Compositor(paper, dots(cutter_mm))
        self._row_s = 1 / (speed_mm_s * DOTS_PER_MM)
        self._cut_s = cut_s
        self._work: deque[Motion] = deque()
        """The command the motor is at."""
        self._next: list[Motion] = []
        """The command it will be at."""
        self._cutter_feed = 0
        self._clock = 0.0
        """Until when everything has happened."""
        self._free_at = 0.0
        """When the motor has finished what it has begun."""
        self._reader_at = 0.0
        """When the reader got to where it is."""

    @abstractmethod
    def _is_stopped(self) -> bool:
        """Whether nothing moves and nothing is read now."""

    @abstractmethod
    def _obey(self, command: Command, at_s: float) -> list[Motion] | None:
        """A command that is not only about paper; None: let the compositor have it."""

    @abstractmethod
    def _answer(self, answer: bytes, at_s: float) -> None:
        """Everything before has been printed: send `answer`."""

    @abstractmethod
    def _rows_until_trouble(self) -> int:
        """Rows that can move before something stops the paper; at least 1 while it is not stopped."""

    @abstractmethod
    def _paper_moved(self, rows: int, at_s: float) -> None:
        """Look at the sensors: `rows` more have moved."""

    @abstractmethod
    def _cutter_sticks(self, at_s: float) -> bool:
        """Whether the cut that is due at `at_s` fails; then the machine is stopped, and tries again when it goes on."""

    @abstractmethod
    def _came_off(self, at_s: float) -> None:
        """A piece of paper with something on it has been cut."""

    # What is on the paper, and how far it has come.

    @property
    def slips(self) -> list[Slip]:
        """Finished slips, oldest first; whoever takes them may remove them."""
        return self._roll.slips

    @property
    def present(self) -> Slip:
        """What stands on the paper since the last cut; it may have no rows."""
        return self._roll.piece("uncut", self._clock)

    @property
    def paper_left_mm(self) -> float:
        """Paper on the roll."""
        return self._roll.left_dots / DOTS_PER_MM

    @property
    def moved_mm(self) -> float:
        """Paper moved in all, with what was fed to the cutter."""
        return self._roll.moved_dots / DOTS_PER_MM

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing to do: nothing moves, and nothing received waits to be read."""
        return not self._work and not self._next and self._free_at <= self._clock and not len(self._reader)

    @property
    def bytes_missing(self) -> int:
        """How many more bytes a half-received band will swallow; 0: none is half received."""
        return self._reader.bytes_missing

    @property
    def unknown_commands(self) -> int:
        """How many commands it skipped because it does not know them."""
        return self._reader.unknown

    def advance(self, now: float) -> None:
        """Let everything happen that happens until `now`."""
        while not self._is_stopped() and self._step(now):
            pass
        self._clock = self._reader_at = max(self._clock, now)

    def _step(self, until: float) -> bool:
        """Do the next thing that can be done by then; False: there is none."""
        if not self._work and self._next:
            self._work.extend(self._next)
            self._next.clear()
        start = max(self._free_at, self._clock)
        rows = int((until - start) / self._row_s + _A_TOUCH) + 1 if start <= until else 0
        if not self._work:
            return self._read(rows)
        if not rows:
            return not self._next and self._read(0)
        self._move(self._work[0], start, rows)
        return True

    def _read(self, rows: int) -> bool:
        token = self._macro.next()
        if token is None:
            token = self._reader.take(rows and min(rows, self._rows_until_trouble()))
            if token is None:
                return False
            self._macro.hear(token)
        motions = self._obey(token, self._reader_at) if isinstance(token, Command) else None
        if motions is None:
            motions = self._compositor.set(token)
        if self._work:
            self._next = motions
        else:
            self._work.extend(motions)
        return True

    def _move(self, motion: Motion, start: float, rows: int) -> None:
        """Do as much of `motion` as `rows` rows allow, from `start` on."""
        self._reader_at = start
        match motion:
            case Strip(ink):
                count = min(rows, len(ink) // self._stride, self._rows_until_trouble())
                self._roll.print_rows(ink[: count * self._stride])
                motion.ink = ink[count * self._stride :]
                self._moved(start, count, is_done=not motion.ink)
            case Feed(left):
                count = min(rows, left, self._rows_until_trouble())
                motion.rows -= count
                if motion.to_cutter:
                    self._roll.feed_to_cutter(count)
                    self._cutter_feed += count
                else:
                    self._roll.feed(count)
                self._moved(start, count, is_done=not motion.rows)
            case Cut(is_full):
                if not self._cutter_sticks(start):
                    self._work.popleft()
                    self._cut(start, is_full=is_full)
            case Tell(answer):
                self._work.popleft()
                self._answer(answer, start)

    def _moved(self, start: float, rows: int, *, is_done: bool) -> None:
        if is_done:
            self._work.popleft()
        self._free_at = start + rows * self._row_s
        self._reader_at = self._free_at - self._row_s
        self._paper_moved(rows, self._free_at)

    def _cut(self, at_s: float, *, is_full: bool) -> None:
        self._free_at = at_s + self._cut_s
        fed, self._cutter_feed = self._cutter_feed, 0
        if self._roll.come_off("full" if is_full else "partial", at_s, fed):
            self._came_off(at_s)

    def _next_motion(self) -> float | None:
        """When the paper has moved as far as it can by itself, or nearly; None: it stands."""
        if self._is_stopped():
            return None
        start = max(self._free_at, self._clock)
        if self._work:
            match self._work[0]:
                case Strip(ink):
                    rows = len(ink) // self._stride
                case Feed(left):
                    rows = left
                case _:
                    rows = 1
            return start + (min(rows, self._rows_until_trouble()) - 1) * self._row_s
        ready = self._reader.rows_ready
        if not ready:
            return None
        ready = min(ready, self._rows_until_trouble())
        return start + (ready - _ROWS_KEPT_READY if ready > _ROWS_KEPT_READY else ready - 1) * self._row_s

    def _clear_buffers(self) -> None:
        """Forget everything that is not yet on paper, and keep the modes."""
        self._reader.clear()
        self._macro.stop()
        self._compositor.clear_line()
        self._work.clear()
        self._next.clear()
        self._cutter_feed = 0


def dots(mm: float) -> int:
    """A length on paper in dots."""
    return round(mm * DOTS_PER_MM)
