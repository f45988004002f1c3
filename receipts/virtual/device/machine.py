"""The printer as a device: what a host can do with it, what a person can, and what befalls it. Sans-IO.

Time is a number of seconds that the caller passes in and that never runs backwards. Paper moves at one speed; a row of
raster leaves the buffer when it is printed; the reader is one printing command ahead, which is why GS r answers a
little before the paper stands still and a process-ID response does not.

Modelled after manuals and reports, not measured on hardware: a half-received command outlives its connection; a printer
that stopped for paper goes on in the same row; a full buffer takes nothing, not even a status request. An open cover,
missing paper or an error stops printing and reading, never receiving. Without power the machine is silent, as a dead
device on a network is; the connection breaks when it is switched on again.
"""

import math
from collections import deque
from random import Random

from receipts.values.paper import Paper
from receipts.values.status import Status
from receipts.virtual.device import signals
from receipts.virtual.device.commands import Command
from receipts.virtual.device.compositor import Feed, Motion
from receipts.virtual.device.faults import BYTE_SIDE, PAPER_SIDE, Event, Fault, Kind
from receipts.virtual.device.mechanism import DOTS_PER_MM, Mechanism, dots
from receipts.virtual.device.outbox import Outbox
from receipts.virtual.device.realtime import RealTime
from receipts.virtual.device.talk import Talk

NEAR_END_MM = 1_500.0
"""The near-end sensor sees a roll with less than this."""
SMALLEST_BUFFER_BYTES = 64


class Machine(Mechanism):
    """A printer.

    Args:
        paper: what it prints on.
        speed_mm_s: how fast paper moves, printed or blank.
        buffer_bytes: what its receive buffer holds, at least 64.
        roll_mm: paper on a full roll.
        cutter_mm: from the head to the cutter; fed before a cut where the command says so.
        cut_s: how long the cutter needs.
        process_id: whether it knows GS ( H; cheap printers skip it.
        answers: False is a printer that can only listen.
        auto_status: whether it knows GS a; without it a printer answers and never speaks unasked.
        silent_when_open: True is a printer that says nothing at all while its cover is open, as some clones do.
        macros: whether it knows GS : and GS ^; the cheapest skip them.
        random: where noise comes from.

    Raises:
        ValueError: a speed or roll that is not positive, or a buffer that is too small.
    """

    def __init__(  # noqa: PLR0913  (a printer's data sheet)
        self,
        paper: Paper,
        *,
        speed_mm_s: float = 150.0,
        buffer_bytes: int = 4096,
        roll_mm: float = 30_000.0,
        cutter_mm: float = 12.0,
        cut_s: float = 0.0,
        process_id: bool = True,
        answers: bool = True,
        auto_status: bool = True,
        silent_when_open: bool = False,
        macros: bool = True,
        random: Random | None = None,
    ) -> None:
        if not 0 < speed_mm_s < math.inf or dots(roll_mm) <= 0 or buffer_bytes < SMALLEST_BUFFER_BYTES:
            raise ValueError(f"a printer needs a speed, a roll, and {SMALLEST_BUFFER_BYTES} bytes of buffer or more")
        super().__init__(paper, speed_mm_s=speed_mm_s, roll_mm=roll_mm, cutter_mm=cutter_mm, cut_s=cut_s, macros=macros)
        self.buffer_bytes = buffer_bytes
        self.is_powered = True
        self.is_connected = False
        self._line_stays = False
        self.received = 0
        """Bytes taken in all."""
        self.events: deque[Event] = deque(maxlen=1000)
        """What happened, oldest first; whoever reads them may remove them."""
        self._outbox = Outbox(random or Random(0), can_speak=answers)  # noqa: S311  (noise, no secret)
        self._talk = Talk(self._outbox, paper.width_dots, process_id=process_id, auto_status=auto_status)
        self._silent_when_open = silent_when_open
        self._real_time = RealTime()
        self._state: frozenset[Kind] = frozenset()
        self._is_busy = False
        self._armed: list[tuple[int, Kind]] = []
        self._cuts_until_jam = 0

    # What a host does.

    def connect(self, now: float) -> None:
        """A host connects; the device stays as it was."""
        self.advance(now)
        self.is_connected = True
        if not self._is_busy:
            self._outbox.attach()
        self._note("connected", now)

    def disconnect(self, now: float) -> None:
        """The host has gone; what it sent stays, a half-received band stays half received."""
        self.advance(now)
        if self.is_connected:
            self.is_connected = False
            self._outbox.detach()
            self._note("disconnected", now)

    def offer(self, data: bytes, now: float) -> int:
        """Send bytes to the printer.

        Returns:
            How many it took, from the beginning; 0 while its buffer is full, its power off or another host has it.
            In a blackout the line takes all of them, and they are lost.

        Raises:
            ConnectionResetError: there is no connection, or the cable was cut.
        """
        self.advance(now)
        if not self.is_connected:
            raise ConnectionResetError("the printer is not connected")
        taken = 0
        while count := min(self.room, len(data) - taken, self._bytes_until_trouble()):
            self._receive(data[taken : taken + count], now)
            taken += count
            self.advance(now)
        return taken

    @property
    def room(self) -> int:
        """How many bytes it, or the line in a blackout, would take now."""
        if not self.is_connected or not self.listens:
            return 0
        return self.buffer_bytes - len(self._reader)

    @property
    def listens(self) -> bool:
        """Whether it, or its adapter, has power and no other host has it."""
        return (self.is_powered or self._line_stays) and not self._is_busy

    def take_replies(self) -> bytes:
        """What has reached the host by now and was not taken yet."""
        return self._outbox.take(self._clock)

    # Time.

    def next_event(self, now: float) -> float | None:
        """When something will change by itself and is worth a look, not before `now`; None: not until somebody acts."""
        self.advance(now)
        moments = [moment for moment in (self._outbox.next_due_s, self._next_motion()) if moment is not None]
        return max(min(moments), now) if moments else None

    # How the machine is.

    @property
    def state(self) -> frozenset[Kind]:
        """What it would say of itself, if asked and able to answer."""
        if self._roll.left_dots < dots(NEAR_END_MM):
            return self._state | {Kind.NEAR_END}
        return self._state

    @property
    def status(self) -> Status:
        """`state` as a host understands it, at best."""
        return signals.understood(self.state)

    # What a person at the printer does, and what befalls it.

    def strike(self, fault: Fault, now: float) -> None:
        """Let `fault` happen: at once, or armed for the position its number names, counted from here."""
        self.advance(now)
        match fault.kind:
            case Kind.JAM:
                self._cuts_until_jam = max(1, int(fault.number))
            case Kind.BUSY:
                self._is_busy = True
                self._outbox.detach()
                self._note(fault.kind, now)
            case kind if kind in PAPER_SIDE:
                self._armed.append((self._roll.moved_dots + dots(fault.number), kind))
            case kind if kind in BYTE_SIDE:
                self._armed.append((self.received + int(fault.number), kind))
            case _:
                self._outbox.strike(fault)
        self._strike_reached(now)
        self.advance(now)

    def mend(self, kind: Kind, now: float) -> None:
        """End a fault, or disarm it. After missing paper a full roll is in; a cut cable waits for the next host."""
        self.advance(now)
        self._armed = [each for each in self._armed if each[1] is not kind]
        match kind:
            case Kind.JAM:
                self._cuts_until_jam = 0
            case Kind.BUSY:
                self._is_busy = False
                if self.is_connected:
                    self._outbox.attach()
            case Kind.POWER_CUT | Kind.BLACKOUT:
                self.power_on(now)
            case Kind.PAPER_OUT if kind in self._state:
                self.reload(now)
            case _:
                self._outbox.mend(kind)
        self._be(self._state - {kind}, now)
        self.advance(now)

    def mend_all(self, now: float) -> None:
        """End every fault."""
        for kind in Kind:
            self.mend(kind, now)

    def reload(self, now: float, roll_mm: float | None = None) -> None:
        """Put in a full roll, or one of `roll_mm`; what was held goes on where it stopped."""
        self.advance(now)
        self._roll.reload(dots(roll_mm) if roll_mm else None)
        self._note("reloaded", now)
        self._be(self._state - {Kind.PAPER_OUT, Kind.NEAR_END}, now)
        self.advance(now)

    def press_feed(self, now: float, mm: float = 10.0) -> None:
        """The feed button: blank paper, when the motor has nothing else to do."""
        self.advance(now)
        if not self._is_stopped() and not self._work:
            self._work.append(Feed(dots(mm)))
            self.advance(now)

    def set_speed(self, speed_mm_s: float, now: float) -> None:
        """From now on paper moves at this speed.

        Raises:
            ValueError: it is not positive.
        """
        if not 0 < speed_mm_s < math.inf:
            raise ValueError("a speed is more than 0 mm/s")
        self.advance(now)
        self._row_s = 1 / (speed_mm_s * DOTS_PER_MM)

    def power_cut(self, now: float) -> None:
        """Buffer, modes and answers are gone; what was printed is torn off."""
        self.strike(Fault(Kind.POWER_CUT), now)

    def power_on(self, now: float) -> None:
        """Switch it on again; the old connection is broken, unless there was a blackout."""
        self.advance(now)
        if not self.is_powered:
            self.is_powered, self.is_connected = True, self.is_connected and self._line_stays
            self._line_stays = False
            if self.is_connected:
                self._outbox.attach()
            self._note("power-on", now)

    # Receiving.

    def _bytes_until_trouble(self) -> int:
        return min((at - self.received for at, kind in self._armed if kind in BYTE_SIDE), default=self.buffer_bytes)

    def _receive(self, data: bytes, now: float) -> None:
        """Take `data`; real-time commands in it are obeyed where they stand, inside other commands' data too."""
        self.received += len(data)
        for piece, command in self._real_time.split(data) if self.is_powered else ():
            self._reader.put(piece)
            if command:
                self._obey_at_once(command, now)
        if self._armed:
            self._strike_reached(now)

    def _obey_at_once(self, command: bytes, now: float) -> None:
        """DLE EOT asks; DLE ENQ 1 prints on after a cutter error, ENQ 2 without what is held; DLE DC4 8 forgets it."""
        match command[:3]:
            case b"\x10\x05\x01" if Kind.JAM in self._state:
                self._be(self._state - {Kind.JAM}, now)
            case b"\x10\x05\x02" if Kind.JAM in self._state:
                self._clear_buffers()
                self._be(self._state - {Kind.JAM}, now)
            case b"\x10\x14\x08":
                self._clear_buffers()
                self._outbox.send(signals.CLEARED, now)
            case asked if asked[1:2] == b"\x04":
                self._talk.real_time(asked[2], self.state, now)

    # What the mechanism asks.

    def _is_stopped(self) -> bool:
        return not self.is_powered or not self._state.isdisjoint(signals.STOPPING)

    def _obey(self, command: Command, at_s: float) -> list[Motion] | None:
        return self._talk.obey(command, self.state, at_s)

    def _answer(self, answer: bytes, at_s: float) -> None:
        self._outbox.send(answer, at_s)

    def _rows_until_trouble(self) -> int:
        left = self._roll.left_dots
        if not self._armed:
            return left
        here = self._roll.moved_dots
        return min((at - here for at, kind in self._armed if kind in PAPER_SIDE and at < here + left), default=left)

    def _paper_moved(self, rows: int, at_s: float) -> None:
        left = self._roll.left_dots
        if left <= 0:
            self._befall(Kind.PAPER_OUT, at_s)
        elif left < dots(NEAR_END_MM) <= left + rows:
            self._be(self._state, at_s)
            self._note(Kind.NEAR_END, at_s)
        if self._armed:
            self._strike_reached(at_s)

    def _cutter_sticks(self, at_s: float) -> bool:
        if self._cuts_until_jam:
            self._cuts_until_jam -= 1
            if not self._cuts_until_jam:
                self._befall(Kind.JAM, at_s)
                return True
        return False

    def _came_off(self, at_s: float) -> None:
        self._note("cut", at_s)

    # What befalls it.

    def _strike_reached(self, at_s: float) -> None:
        """Let every armed fault happen whose position is reached."""
        for each in tuple(self._armed):
            position, kind = each
            if position <= (self._roll.moved_dots if kind in PAPER_SIDE else self.received):
                self._armed.remove(each)
                self._befall(kind, at_s)

    def _befall(self, kind: Kind, at_s: float) -> None:
        match kind:
            case Kind.CUT_CABLE:
                self.is_connected = False
                self._outbox.detach()
                self._note(kind, at_s)
            case Kind.POWER_CUT | Kind.BLACKOUT:
                self._lose_power(kind, at_s)
            case Kind.MUTE:
                self._outbox.strike(Fault(kind))
                self._note(kind, at_s)
            case _:
                self._be(self._state | {kind}, at_s)

    def _be(self, state: frozenset[Kind], at_s: float) -> None:
        """Be in `state` from now on, and tell whoever wants to be told."""
        came, went = state - self._state, self._state - state
        before, self._state = self.state, state
        self._outbox.hush(self._silent_when_open and Kind.COVER_OPEN in state)
        self._talk.changed(before, self.state, at_s)
        for kind in came:
            self._note(kind, at_s)
        for kind in went:
            self._note(f"no {kind}", at_s)

    def _lose_power(self, kind: Kind, at_s: float) -> None:
        if not self.is_powered:
            return
        self.is_powered, self._line_stays = False, kind is Kind.BLACKOUT
        self._clear_buffers()
        self._macro.forget()
        self._compositor.reset()
        self._talk.reset()
        self._outbox.detach()
        self._real_time.clear()
        self._state -= {Kind.JAM, Kind.BROKEN, Kind.HOT}
        self._note(kind, at_s)
        if self._roll.come_off("torn", at_s):
            self._note("torn", at_s)

    def _note(self, what: str, at_s: float) -> None:
        self.events.append(Event(at_s, what))
