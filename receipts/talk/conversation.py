"""What any conversation with a printer is: bytes out and in, the time that goes by, and how it ends.

What is said, in which order, and what that proves is `session`'s. Whoever drives one moves bytes (`outgoing`, `moved`)
and knows the time. The clock stands still while the printer says that it is out of paper, or open.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from receipts.escpos.job import Job
from receipts.talk import requests
from receipts.talk.interview import Interview
from receipts.talk.phases import LISTENING, Phase
from receipts.talk.proof import Wholeness
from receipts.talk.replies import Answer, Event, Replies
from receipts.values.deadlines import Terms
from receipts.values.result import PrintResult, PrintState, Proof
from receipts.values.status import Condition, Status

NO_PRINTER = "what answers there is no printer"
_MOST_AT_ONCE = 8192
_CRACKLE_BYTES = 2
"""So many may be of the line itself, as when a serial adapter is opened."""
_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 0.001, 0.1
"""The shortest outlasts what adding and subtracting floats loses: a moment that is never quite reached is no wait."""


class Conversation(ABC):
    """A job on its way to one printer, or, without a job, one look at the printer."""

    def __init__(self, job: Job | None, terms: Terms, now: float) -> None:
        self.result: PrintResult | None = None
        self.body_sent = 0
        """Bytes of the job's body that were taken; the questions in it do not count."""
        self._job = job
        self._terms = terms
        self._limits = terms.deadlines
        self._replies = Replies()
        self._interview = Interview(now)
        self._out = bytearray()
        self._before_body = 0
        """Bytes still to be taken before the first one of the body."""
        self._silent = False
        self._torn = terms.torn
        self._called_in_vain = False
        self._life_at = now
        """When a byte was last received, or taken of what is not merely a question."""
        self._phase_began = now
        self._trouble_began: float | None = None
        self._held_up = self._withheld = False
        self._in_order_at: float | None = None
        self._believes_in_order = True
        self._wholeness = Wholeness(terms.level, terms.proof_id)
        self._sent = self._to_send = self._own_bytes = 0
        """Bytes of the body and the questions in it: taken, and in all; and those of the body alone."""
        self._mark_seen_at: list[float] = []
        """When the mark was looked at, after the slip."""
        self._was_stopped_late = False
        self._doubted_at: float | None = None
        """When something was last heard that is not believed; None: all is."""
        self._doubts = self._odd = 0
        """How often it was doubted, and how many bytes came that are not believed."""
        self._has_echoed = False
        self._mute = not terms.reads_back
        self._phase = Phase.BODY if self._mute else Phase.PREFLIGHT
        self._begin(self._phase, now)
        self._step(now)

    # ------------------------------------------------------------------ for the driver

    @property
    def condition(self) -> Condition:
        """The latest word from the printer."""
        if self._silent:
            return Condition.NOT_ANSWERING
        status = self._interview.status
        return Condition.NOT_ASKED if status is None else status.condition

    @property
    def outgoing(self) -> bytes:
        """What to send now; empty while there is only waiting."""
        return bytes(self._out[:_MOST_AT_ONCE])

    @property
    def wants_hand_over(self) -> bool:
        """Whether everything is sent and only the line's own `finish` is left; answer with `handed_over`."""
        return self._phase is Phase.HAND_OVER

    @property
    def farewell(self) -> bytes:
        """For a printer that was asked to speak unasked: be quiet for the next host. Nobody waits for it."""
        return b"" if self._mute or not self.body_sent or self._out else requests.STATUS_OFF

    def wait_s(self, now: float) -> float:
        """How long nothing will happen by itself; a tenth of a second at most, so that `give_up` is never late."""
        soonest = min(at for at in (now + _LONGEST_WAIT_S, *self._moments()) if at > now)
        return max(soonest - now, _SHORTEST_WAIT_S)

    def moved(self, taken: int, received: bytes, now: float) -> None:
        """The driver gave `taken` bytes of `outgoing` and got `received`, or the time has come."""
        if taken:
            del self._out[:taken]
            before = min(taken, self._before_body)
            self._before_body -= before
            if self._phase is Phase.BODY:
                self._sent = min(self._sent + taken - before, self._to_send)
                self.body_sent = -(-self._sent * self._own_bytes // max(self._to_send, 1))
        if taken and self._phase is Phase.BODY and self.body_sent and now - self._life_at >= self._limits.held:
            self._held_up = True  # whatever it was, and whether or not the printer has a word for it
        if received or (taken and self._phase not in LISTENING):
            self._life_at = now
        if received:
            self._silent = False
        if taken and not self._out:
            self._step(now)  # before what came in is heard: it may be the answer to the last byte
        for event in self._believed(received, now):
            if self._phase is not Phase.OVER:
                self._hear(event, now)
        if self._phase is not Phase.OVER:
            self._go_on(now)

    def _believed(self, received: bytes, now: float) -> list[Event]:
        """What the printer has said; before the job nothing that came with what no printer says, or right behind it.

        One question is under way at a time, so of answers that could be letters one comes alone.
        """
        before, events = self._replies.noise, self._replies.feed(received)
        noise = self._replies.noise - before
        if self._phase is not Phase.PREFLIGHT or not received:
            self._odd += noise
            return events
        self._has_echoed = self._has_echoed or requests.ASK in received
        letters = [event for event in events if isinstance(event, Answer) and event.is_letter]
        one_too_many = letters and (len(events) > 1 or self._interview.asked is None or self._out)
        if not noise and not one_too_many and self._doubted_at is None:
            return events
        self._odd += len(received)
        self._doubt(now)
        return []

    def _doubt(self, now: float) -> None:
        """None of the answers so far counts."""
        self._doubted_at = now
        self._interview.plan()

    @property
    def _is_no_printer(self) -> bool:
        """Whether more than a crackle was heard, or our own question."""
        return self._odd > _CRACKLE_BYTES or self._has_echoed

    def handed_over(self, detail: str) -> None:
        """The line took the whole job."""
        self._end("printed", detail, proof="handed_over")

    def broke(
        self, why: str, *, nothing_left: bool = False, condition: Condition | None = None, hung_up: bool = False
    ) -> None:
        """The connection is gone; `condition` where that tells what is the matter.

        Who hangs up on the first questions and has never proved a slip is no printer; one that has is busy, perhaps.
        """
        if self._phase is Phase.OVER:
            return
        if nothing_left:
            self.body_sent = 0
        if self._phase is Phase.PREFLIGHT and (self._is_no_printer or (hung_up and self._terms.level is None)):
            self._end_early(NO_PRINTER if self._is_no_printer else "it hung up", Condition.NO_PRINTER)
            return
        status = self._interview.status
        silent = status is None or status.condition.can_print
        gone = Condition.NOT_ANSWERING if silent and self._terms.reads_back else None
        self._end_early(why, condition or gone)

    def give_up(self, why: str) -> None:
        """Somebody wants no more waiting."""
        if self._phase is not Phase.OVER:
            self._end_early(why)

    @abstractmethod
    def _begin(self, phase: Phase, now: float) -> None:
        """Go to this phase, and say what is said at its beginning."""

    @abstractmethod
    def _step(self, now: float) -> None:
        """Go on from where it is, if everything is sent that was to be."""

    @abstractmethod
    def _hear(self, event: Event, now: float) -> None:
        """The printer has said this."""

    @abstractmethod
    def _too_late(self, now: float) -> bool:
        """Whether a deadline has passed and ended the job, or changed its course."""

    def _go_on(self, now: float) -> None:
        """Whatever the time and the bytes allow, phase after phase."""
        before = None
        while before is not self._phase is not Phase.OVER:
            before = self._phase
            if not self._too_late(now):
                self._step(now)

    def _look_now_and_then(self, now: float) -> None:
        last = max(self._interview.asked_at, self._phase_began)
        if self._interview.asked is None and now - last >= self._limits.poll:
            self._out += self._interview.ask(1, now)

    def _know(self, status: Status, now: float) -> None:
        if not status.condition.can_print:
            self._trouble_began = now if self._trouble_began is None else self._trouble_began
            self._was_stopped_late = self._was_stopped_late or self._phase in {Phase.SEEN, Phase.CHECK}
            self._held_up = self._held_up or self.body_sent > 0
        elif self._trouble_began is not None:
            self._phase_began += now - self._trouble_began  # the clock stood still
            self._life_at, self._trouble_began = now, None

    # ------------------------------------------------------------------ time

    def _is_past(self, moment: float | None, wait_s: float, now: float) -> bool:
        """Whether `wait_s` have gone by since `moment` and since all was sent, while the printer was well."""
        return moment is not None and now - max(moment, self._phase_began) >= wait_s and self._trouble_began is None

    def _moments(self) -> Iterator[float]:
        """When something may be due. What lies in the past has been seen to."""
        asked_at = self._interview.asked_at
        for limit in (self._limits.answer, self._limits.turn, self._limits.lost):
            yield asked_at + limit
        yield self._life_at + self._limits.stall
        if self._phase is Phase.SETTLE:
            yield self._life_at + self._quiet
        if self._phase is Phase.PREFLIGHT:
            yield max(self._life_at, self._doubted_at or 0.0) + self._limits.quiet
            yield self._phase_began + self._limits.lost
        if self._phase in LISTENING:
            yield asked_at + self._limits.poll
        if self._phase is Phase.REST:
            yield self._phase_began + self._wholeness.cut_s
        if self._wholeness.answered_at is not None:
            yield self._wholeness.answered_at + self._limits.grace
            yield self._wholeness.answered_at + self._limits.beat

    @property
    def _quiet(self) -> float:
        """A call that was answered late is followed by the cut, and only then by the flush's own answer."""
        return self._limits.quiet * (4 if self._called_in_vain else 1)

    # ------------------------------------------------------------------ the end

    def _end_early(self, why: str, condition: Condition | None = None) -> None:
        self._end("unknown" if self.body_sent else "pending", why, condition=condition)

    def _end(
        self, state: PrintState, detail: str, *, proof: Proof | None = None, condition: Condition | None = None
    ) -> None:
        self._phase = Phase.OVER
        self.result = PrintResult(
            state=state,
            proof=proof,
            bytes_sent=self.body_sent,
            detail=detail,
            condition=condition or self.condition,
            held_up=self._held_up,
            torn=self._torn if state == "pending" else state == "unknown",
            withheld=self._withheld,
        )
