"""What the printer sends to its host, and everything that can go wrong with it on the way.

Silence, lateness, loss and noise come from here alone, so that the rest of the machine always answers correctly.
Randomness and time are passed in.
"""

from collections import deque
from random import Random

from receipts.virtual.device.faults import Fault, Kind


class Outbox:
    """Answers on their way, each with the moment it arrives; an answer never overtakes another."""

    def __init__(self, random: Random, *, can_speak: bool = True) -> None:
        self._random = random
        self._can_speak = can_speak
        self._is_attached = False
        self._is_hushed = False
        self._due: deque[tuple[float, bytes]] = deque()
        self._faults: dict[Kind, float] = {}

    def strike(self, fault: Fault) -> None:
        """Let answers be mute, late, garbage, garbled or dropped from now on."""
        self._faults[fault.kind] = fault.number
        if fault.kind is Kind.MUTE:
            self._due.clear()

    def mend(self, kind: Kind) -> None:
        """End that; what is on its way stays as it is."""
        self._faults.pop(kind, None)

    def hush(self, is_hushed: bool) -> None:
        """Whether the printer keeps silent for now, whatever it is asked; what is on its way is lost then."""
        self._is_hushed = is_hushed
        if is_hushed:
            self._due.clear()

    def attach(self) -> None:
        """A host listens from now on."""
        self._is_attached = True

    def detach(self) -> None:
        """Nobody listens any more: what is on its way is lost, and so is what is sent until somebody does."""
        self._is_attached = False
        self._due.clear()

    def send(self, answer: bytes, at_s: float) -> None:
        """Send `answer`, as far as it gets."""
        if not answer or not self._is_heard:
            return
        if self._faults.get(Kind.DROP, 0) >= 1:
            self._faults[Kind.DROP] -= 1
            return
        if Kind.GARBLED in self._faults:
            answer = self._random.randbytes(len(answer))
        noise = self._random.randbytes(int(self._faults.get(Kind.GARBAGE, 0)))
        due = at_s + self._faults.get(Kind.LATE, 0.0)
        if self._due:
            due = max(due, self._due[-1][0])
        self._due.append((due, noise + answer))

    @property
    def _is_heard(self) -> bool:
        return self._can_speak and self._is_attached and not self._is_hushed and Kind.MUTE not in self._faults

    def take(self, now_s: float) -> bytes:
        """Everything that has arrived by now."""
        taken = bytearray()
        while self._due and self._due[0][0] <= now_s:
            taken += self._due.popleft()[1]
        return bytes(taken)

    @property
    def next_due_s(self) -> float | None:
        """When the next answer arrives; None: there is none."""
        return self._due[0][0] if self._due else None
