"""One print job as a conversation, without any input or output: what to send, what to wait for, what it proves.

Its parts are explained in `phases`. Whoever drives it moves bytes (`outgoing`, `moved`) and knows the time. The rules
that keep it honest: a job of which no body byte left is `pending`, never more; one whose bytes left and that nothing
proves is `unknown`, never less. While the printer says that it is out of paper or open, the clock stands still: it
holds the job and goes on by itself when it has been seen to, so nothing is ever sent twice. An answer is believed only
to a question that was asked, and one question is asked at a time, because answers do not say to which they belong. A
question that is not answered is asked again: some printers say nothing while they are open, and one that is well again
must be noticed.
"""

from __future__ import annotations

from collections.abc import Iterator

from receipts import requests
from receipts.encode import Job
from receipts.interview import Interview
from receipts.phases import LISTENING, Phase
from receipts.reply import Answer, Automatic, Event, InOrder, ProcessId, Replies
from receipts.result import PrintResult, PrintState, Proof
from receipts.status import Condition, Status
from receipts.terms import Terms

_MOST_AT_ONCE = 8192
_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 0.001, 0.1
"""The shortest outlasts what adding and subtracting floats loses: a moment that is never quite reached is no wait."""


class Session:
    """A job on its way to one printer, or, without a job, one look at the printer."""

    def __init__(self, job: Job | None, terms: Terms, now: float) -> None:
        self.result: PrintResult | None = None
        self.body_sent = 0
        """Bytes of the job's body that were taken."""
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
        self._mute = not terms.reads_back
        self._begin(Phase.BODY if self._mute else Phase.PREFLIGHT, now)
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
            if self._phase is Phase.BODY and self._job is not None:
                self.body_sent = min(self.body_sent + taken - before, len(self._job.body))
        if taken and self._phase is Phase.BODY and self.body_sent and now - self._life_at >= self._limits.held:
            self._held_up = True  # whatever it was, and whether or not the printer has a word for it
        if received or (taken and self._phase not in LISTENING):
            self._life_at = now
        if received:
            self._silent = False
        if taken and not self._out:
            self._step(now)  # before what came in is heard: it may be the answer to the last byte
        for event in self._replies.feed(received):
            if self._phase is not Phase.OVER:
                self._hear(event, now)
        if self._phase is not Phase.OVER:
            self._go_on(now)

    def handed_over(self, detail: str) -> None:
        """The line took the whole job."""
        self._end("printed", detail, proof="handed_over")

    def broke(self, why: str, *, nothing_left: bool = False) -> None:
        """The connection is gone."""
        if self._phase is Phase.OVER:
            return
        if nothing_left:
            self.body_sent = 0
        status = self._interview.status
        silent = status is None or status.condition.can_print
        self._end_early(why, Condition.NOT_ANSWERING if silent and self._terms.reads_back else None)

    def give_up(self, why: str) -> None:
        """Somebody wants no more waiting."""
        if self._phase is not Phase.OVER:
            self._end_early(why)

    # ------------------------------------------------------------------ phases

    def _begin(self, phase: Phase, now: float) -> None:
        self._phase, self._phase_began, self._life_at = phase, now, now
        self._interview.plan()
        if phase is Phase.PREFLIGHT:
            self._out += requests.HEADER_FILL if self._flushes else b""
            self._interview.plan(1, 4)
        elif phase is Phase.CALL:
            self._torn = True  # until it answers; whatever else ends this, the next job has to cut first
            self._out += requests.proof_request(self._terms.level, self._call_id)
        elif phase is Phase.FLUSH:
            self._out += requests.flush(cut=self._torn)
            if self._settles:
                self._out += requests.WORKED_THROUGH
        elif phase is Phase.BODY and self._job is not None:
            blind = self._flushes and not self._terms.reads_back
            start = requests.flush(cut=self._torn) if blind else b""
            start += self._job.start + (b"" if self._mute else requests.STATUS_ON)
            self._before_body = len(start)
            proof = b"" if self._mute else requests.proof_request(self._terms.level, self._terms.proof_id)
            self._out += start + self._job.body + proof
        elif phase is Phase.CHECK:
            self._interview.plan_last()

    def _go_to_paper(self, now: float, *, called: bool = False) -> None:
        """The body, or first a flush; a printer that has answered a call has nothing half sent in it."""
        self._torn = self._torn and not called
        if self._job is None:
            self._end("pending", "only asked how it is")
        else:
            self._begin(Phase.FLUSH if self._flushes and not called else Phase.BODY, now)

    @property
    def _calls(self) -> bool:
        """Looks call as well: what they send would fill a torn picture bit by bit, and nobody would know any more."""
        return self._terms.shared and not self._torn and self._terms.level in ("confirmed", "processed")

    @property
    def _flushes(self) -> bool:
        return self._torn or self._terms.shared

    @property
    def _settles(self) -> bool:
        """Whether an answer of our broken job may still come in and be taken for one to this."""
        return self._torn and not self._mute and self._terms.level in (None, "processed")

    @property
    def _quiet(self) -> float:
        """A call that was answered late is followed by the cut, and only then by the flush's own answer."""
        return self._limits.quiet * (4 if self._called_in_vain else 1)

    @property
    def _call_id(self) -> bytes:
        return requests.call_id(self._terms.proof_id)

    def _go_on(self, now: float) -> None:
        """Whatever the time and the bytes allow, phase after phase."""
        before = None
        while before is not self._phase is not Phase.OVER:
            before = self._phase
            if not self._too_late(now):
                self._step(now)

    def _step(self, now: float) -> None:
        self._out += self._interview.next(now)
        if self._out:
            return
        match self._phase:
            case Phase.PREFLIGHT if self._interview.is_over:
                self._after_preflight(now)
            case Phase.CALL:
                self._await_call(now)
            case Phase.FLUSH:
                self._begin(Phase.SETTLE if self._settles else Phase.BODY, now)
            case Phase.SETTLE if self._in_order_at is not None and now - self._life_at >= self._quiet:
                self._in_order_at = None
                self._begin(Phase.BODY, now)
            case Phase.BODY:
                self._begin(Phase.HAND_OVER if self._mute else Phase.PROOF, now)
            case Phase.PROOF:
                self._await_proof(now)
            case Phase.CHECK if self._interview.is_over:
                self._after_check(now)
            case _:
                return

    def _after_preflight(self, now: float) -> None:
        if not self.condition.can_print:
            self._end("pending", self.condition.value.replace("_", " "))
        elif self._calls:
            self._begin(Phase.CALL, now)
        else:
            self._go_to_paper(now)

    def _await_call(self, now: float) -> None:
        """What is called for is answered by `_hear`. Silence is a job that broke off, or one that still prints."""
        if not self.condition.can_print:
            self._end("pending", self.condition.value.replace("_", " "))
        elif now - self._phase_began >= (self._limits.stall if self._job else self._limits.lost):
            self._called_in_vain = True
            self._go_to_paper(now)

    def _await_proof(self, now: float) -> None:
        """Look at the printer now and then. An answer under way comes first, or it would be taken for the next one."""
        if self._interview.asked is not None:
            return
        grace = self._limits.grace if self._terms.level is None else 0.0
        if self._in_order_at is not None and now - self._in_order_at >= grace:
            self._begin(Phase.CHECK, now)
            return
        asked_at = self._interview.asked_at
        first_look = self._terms.level == "handed_over" and asked_at < self._phase_began
        if first_look or now - max(asked_at, self._phase_began) >= self._limits.poll:
            self._out += self._interview.ask(1, now)

    def _after_check(self, now: float) -> None:
        if self.condition.can_print:
            self._end("printed", "worked through, and the printer is well", proof="processed")
        elif now - self._interview.asked_at >= self._limits.poll:
            self._interview.plan_last()

    # ------------------------------------------------------------------ what the printer says

    def _hear(self, event: Event, now: float) -> None:
        match event:
            case Automatic(status):
                self._interview.see(status)
                self._know(status, now)
            case Answer() if self._interview.asked is not None and not self._out:
                self._interview.hear(event)
                self._conclude(now)
            case InOrder(value) if value in requests.SENSOR_VALUES and self._phase is Phase.CALL:
                self._go_to_paper(now, called=True)
            case InOrder(value) if value in requests.SENSOR_VALUES and self._expects_in_order:
                self._in_order_at = now
            case ProcessId(letters) if self._phase is Phase.CALL and letters == self._call_id:
                self._go_to_paper(now, called=True)
            case ProcessId(letters) if self._phase is Phase.PROOF and letters == self._terms.proof_id:
                self._end("printed", "confirmed by the printer", proof="confirmed")
            case _:
                return

    @property
    def _expects_in_order(self) -> bool:
        if self._terms.level not in (None, "processed"):
            return False
        return self._phase is Phase.SETTLE or (self._phase is Phase.PROOF and self._believes_in_order)

    def _conclude(self, now: float) -> None:
        """All that was asked is answered, or will not be."""
        if not self._interview.is_over:
            return
        self._know(self._interview.conclude(), now)
        if self._phase is Phase.PROOF and self._terms.level == "handed_over" and self.condition.can_print:
            self._begin(Phase.HAND_OVER, now)

    def _know(self, status: Status, now: float) -> None:
        if not status.condition.can_print:
            self._trouble_began = now if self._trouble_began is None else self._trouble_began
            self._held_up = self._held_up or self.body_sent > 0
        elif self._trouble_began is not None:
            self._phase_began += now - self._trouble_began  # the clock stood still
            self._life_at, self._trouble_began = now, None

    # ------------------------------------------------------------------ time

    def _moments(self) -> Iterator[float]:
        """When something may be due. What lies in the past has been seen to."""
        asked_at = self._interview.asked_at
        for limit in (self._limits.answer, self._limits.turn, self._limits.lost):
            yield asked_at + limit
        yield self._life_at + self._limits.stall
        if self._phase is Phase.SETTLE:
            yield self._life_at + self._quiet
        if self._phase in LISTENING:
            yield asked_at + self._limits.poll
        if self._in_order_at is not None:
            yield self._in_order_at + self._limits.grace

    def _too_late(self, now: float) -> bool:
        """Whether a deadline has passed and ended the job, or changed its course."""
        limits = self._limits
        silence = self._interview.silence(now)
        if self._phase is Phase.PREFLIGHT:
            return silence >= limits.answer and self._unanswered(now)
        if silence >= limits.lost:
            self._ask_again()
        if self._trouble_began is not None:
            if now - self._trouble_began >= limits.patience:
                self._end_early(f"waited {limits.patience:.0f} s for the printer")
            return self._phase is Phase.OVER
        if now - self._life_at >= limits.stall:
            self._stalled(now)
        elif self._phase in LISTENING and now - self._phase_began >= limits.proof:
            self._withheld = self._terms.level is not None
            self._end_early("the printer is well and has not said that the slip is out")
        return self._phase is Phase.OVER

    def _stalled(self, now: float) -> None:
        """Nothing was taken and nothing was said for long."""
        if self._phase is Phase.SETTLE:
            self._believes_in_order = False
            self._begin(Phase.BODY, now)
        elif self._out or self._phase not in {Phase.HAND_OVER, Phase.CALL}:
            words = "the printer takes no more data" if self._out else "the printer does not answer any more"
            self._end_early(words, Condition.NOT_ANSWERING if self._terms.reads_back else None)

    def _unanswered(self, now: float) -> bool:
        """A question before the job got no answer in time. Returns whether that is the end."""
        question = self._interview.asked
        if question == 1 and self._waits_its_turn and self._interview.silence(now) < self._limits.turn:
            self._silent = True
            if self._interview.silence(now) >= self._limits.lost and not self._interview.has_missed:
                self._interview.miss()  # once more, in case it was lost
                self._out += self._interview.ask(1, now)
            return False
        if question != 1:
            self._interview.miss()
            self._conclude(now)
            return False
        if self._terms.level != "handed_over":
            self._end_early("the printer does not answer", Condition.NOT_ANSWERING)
            return True
        if self._job is None:
            self._end("pending", "silent, as it always is", condition=Condition.NOT_ASKED)
            return True
        self._mute = True
        self._out.clear()
        self._begin(Phase.FLUSH if self._flushes else Phase.BODY, now)
        return False

    @property
    def _waits_its_turn(self) -> bool:
        """A network printer takes the next connection and leaves it unread while it prints for another host."""
        return self._terms.shared and self._job is not None and self._terms.level != "handed_over"

    def _ask_again(self) -> None:
        """An answer is lost, or so late that it will be taken for one to the next question: that is the same one."""
        self._interview.miss()
        if self._phase is Phase.CHECK:
            self._interview.plan_last()
        else:
            self._interview.plan()

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
