"""The conversation with the host: what it asked for, and what it therefore is told.

Answers in order (GS r, GS I), in real time (DLE EOT), by itself (GS a, GS ( H fn 49) and after printing (GS ( H fn 48).
A printer without automatic status, as cheap ones are, ignores what asks it to speak by itself (GS a, GS ( H fn 49).
Knows no faults of the line; those are the outbox's.
"""

from collections.abc import Set as AbstractSet

from receipts.virtual.device import signals
from receipts.virtual.device.commands import Command
from receipts.virtual.device.compositor import Motion, Tell
from receipts.virtual.device.faults import Kind
from receipts.virtual.device.outbox import Outbox

_WITH_CAUSE = 2


class Talk:
    """What one printer says over `outbox`."""

    def __init__(self, outbox: Outbox, width_dots: int, *, process_id: bool, auto_status: bool) -> None:
        self._outbox = outbox
        self._width_dots = width_dots
        self._process_id = process_id
        self._auto_status = auto_status
        self._watched = 0
        self._offline_response = 0
        self._told = b""

    def reset(self) -> None:
        """ESC @: nothing is told unasked any more."""
        self._watched = self._offline_response = 0

    def real_time(self, n: int, state: AbstractSet[Kind], at_s: float) -> None:
        """Answer DLE EOT `n`."""
        self._outbox.send(signals.real_time(n, state), at_s)

    def obey(self, command: Command, state: AbstractSet[Kind], at_s: float) -> list[Motion] | None:
        """Obey a command that is about talking; None: it is about paper."""
        match command:
            case Command(b"\x1b@"):
                self.reset()
                return None
            case Command(b"\x1da", args) if self._auto_status:
                self._watched = args[0]
                self._told = signals.automatic(state)
                self._outbox.send(self._told if self._watched else b"", at_s)
            case Command(b"\x1dr", args):
                self._outbox.send(signals.in_order(args[0], state), at_s)
            case Command(b"\x1dI", args):
                self._outbox.send(signals.identity(args[0], self._width_dots), at_s)
            case Command(b"\x1d(H", args) if self._process_id:
                return self._respond(args)
            case _:
                return None
        return []

    def _respond(self, args: bytes) -> list[Motion]:
        """GS ( H: function, m = 48, then four characters (48) or how to tell (49)."""
        match args[:2], args[2:]:
            case b"00", process_id if len(process_id) == 4:  # noqa: PLR2004
                return [Tell(signals.processed(process_id))]
            case b"10", how if len(how) == 1 and self._auto_status:
                self._offline_response = how[0] % 48
        return []

    def changed(self, before: AbstractSet[Kind], after: AbstractSet[Kind], at_s: float) -> None:
        """Tell the host that the state went from `before` to `after`, as far as it asked to be told."""
        told, self._told = self._told, signals.automatic(after)
        if self._watched and signals.is_watched(told, self._told, self._watched):
            self._outbox.send(self._told, at_s)
        if self._offline_response and signals.STOPPING.isdisjoint(before):
            self._outbox.send(signals.went_offline(after, with_cause=self._offline_response == _WITH_CAUSE), at_s)
