"""One print job as a conversation, without any input or output: what to send, what to wait for, what it proves.

    preflight   DLE EOT 1, 4 (and 2, 3 when something is wrong): is the printer there, and well?
    call        on a printer that others print on too: what proves a job is asked for before there is one. No answer
                means that somebody's job broke off and swallows ours, so the flush cuts that piece off, too
    flush       after a job that broke off: enough white bytes to fill whatever command it left half sent, then reset
                and cut; a printer swallowed the next coupon otherwise, and still confirmed it. A few of them come
                before the first question, which would else be taken for the size of a picture four megabytes long
    body        reset, automatic status on, the slip, as fast as the printer takes it
    proof       process ID (GS ( H): this very job is on paper. Else GS r 1, answered in order, and a clean status
                afterwards: every byte was worked through. Else nothing, and a person looks.

Whoever drives it moves bytes (`outgoing`, `moved`) and knows the time. The rules that keep it honest: a job of which
no body byte left is `pending`, never more; one whose bytes left and that nothing proves is `unknown`, never less.
While the printer says that it is out of paper or open, the clock stands still: it holds the job and goes on by itself
when it has been seen to, so nothing is ever sent twice. An answer is believed only to a question that was asked, and
one question is asked at a time, because answers do not say to which they belong. A question that is not answered is
asked again: some printers say nothing while they are open, and one that is well again must be noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from receipts.encode import BAND_HEADER_BYTES, LONGEST_BAND_ROWS, Job
from receipts.paper import DOTS_PER_BYTE, PAPER_80
from receipts.reply import PROOF_LETTERS, Answer, Automatic, Event, InOrder, ProcessId, Replies
from receipts.result import PrintResult, PrintState, Proof
from receipts.status import Condition, Status

FLUSH_BYTES = LONGEST_BAND_ROWS * PAPER_80.width_dots // DOTS_PER_BYTE + BAND_HEADER_BYTES
"""As many as the longest command this program ever sends; on a whole command line a printer ignores them."""

_MOST_AT_ONCE = 8192
_SHORTEST_WAIT_S, _LONGEST_WAIT_S = 0.001, 0.1
"""The shortest outlasts what adding and subtracting floats loses: a moment that is never quite reached is no wait."""
_ASK = b"\x10\x04"
_RESET_AND_CUT = b"\x1b@\x1dV\x42\0"
_STATUS_ON, _STATUS_OFF = b"\x1da\xff", b"\x1da\0"
_WORKED_THROUGH = b"\x1dr\x01"
_PAPER_SENSOR = frozenset({0x00, 0x03, 0x0C, 0x0F})
"""All that GS r 1 can answer; anything else is noise."""
_OF_QUESTION = {1: ("offline",), 2: ("cover_open",), 3: ("cutter", "trouble"), 4: ("near_end", "paper_out")}
"""What DLE EOT n tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """All in seconds."""

    answer: float = 1.0
    """For a status request before the job."""
    lost: float = 2.0
    """After which an answer is not late any more, but lost, while paper is awaited."""
    turn: float = 6.0
    """For the first answer of a printer that may be printing for somebody else: about two slips."""
    stall: float = 6.0
    """Without a byte taken or a word from the printer."""
    proof: float = 45.0
    """From the last byte to the proof, from a printer that is well and still answers."""
    patience: float = 900.0
    """With a printer that has said what it needs: paper, its cover closed."""
    grace: float = 2.0
    """For the better proof, when a printer we do not know yet has given the weaker one."""
    poll: float = 1.0
    """Between two looks at a printer whose proof is awaited."""
    quiet: float = 0.4
    """After a broken job: how long nothing may come in before answers are believed again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is known of the printer, and how far to go with it."""

    reads_back: bool
    level: Proof | None = None
    """The best proof it is known to give; None: not known, so it is asked for everything and shows."""
    torn: bool = False
    """Our last job broke off: begin with a flush, cut the torn piece off, and let late answers pass."""
    shared: bool = False
    """Other hosts print on it too, and theirs may have broken off: find out, or begin with a flush."""
    proof_id: bytes = b"QSUW"
    """Four of `reply.PROOF_LETTERS`, drawn anew for every job."""
    deadlines: Deadlines = Deadlines()


class _Phase(Enum):
    PREFLIGHT = auto()
    CALL = auto()
    FLUSH = auto()
    SETTLE = auto()
    BODY = auto()
    PROOF = auto()
    CHECK = auto()
    HAND_OVER = auto()
    OVER = auto()


_LISTENING = frozenset({_Phase.PROOF, _Phase.CHECK})
"""Everything is sent; only questions are still asked."""


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
        self._status: Status | None = None
        self._draft = Status()
        """What is being asked, until the last question is answered."""
        self._out = bytearray()
        self._before_body = 0
        """Bytes still to be taken before the first one of the body."""
        self._questions: list[int] = []
        self._asked: int | None = None
        self._asked_at = now
        self._missed_an_answer = False
        """So answers may be one question late from here on."""
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
        self._begin(_Phase.BODY if self._mute else _Phase.PREFLIGHT, now)
        self._step(now)

    # ------------------------------------------------------------------ for the driver

    @property
    def condition(self) -> Condition:
        """The latest word from the printer."""
        if self._silent:
            return Condition.NOT_ANSWERING
        return Condition.NOT_ASKED if self._status is None else self._status.condition

    @property
    def outgoing(self) -> bytes:
        """What to send now; empty while there is only waiting."""
        return bytes(self._out[:_MOST_AT_ONCE])

    @property
    def wants_hand_over(self) -> bool:
        """Whether everything is sent and only the line's own `finish` is left; answer with `handed_over`."""
        return self._phase is _Phase.HAND_OVER

    @property
    def farewell(self) -> bytes:
        """For a printer that was asked to speak unasked: be quiet for the next host. Nobody waits for it."""
        return b"" if self._mute or not self.body_sent or self._out else _STATUS_OFF

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
            if self._phase is _Phase.BODY and self._job is not None:
                self.body_sent = min(self.body_sent + taken - before, len(self._job.body))
        if received or (taken and self._phase not in _LISTENING):
            self._life_at = now
        if received:
            self._silent = False
        if taken and not self._out:
            self._step(now)  # before what came in is heard: it may be the answer to the last byte
        for event in self._replies.feed(received):
            if self._phase is not _Phase.OVER:
                self._hear(event, now)
        if self._phase is not _Phase.OVER:
            self._go_on(now)

    def handed_over(self, detail: str) -> None:
        """The line took the whole job."""
        self._end("printed", detail, proof="handed_over")

    def broke(self, why: str, *, nothing_left: bool = False) -> None:
        """The connection is gone."""
        if self._phase is _Phase.OVER:
            return
        if nothing_left:
            self.body_sent = 0
        silent = self._status is None or self._status.condition.can_print
        self._end_early(why, Condition.NOT_ANSWERING if silent and self._terms.reads_back else None)

    def give_up(self, why: str) -> None:
        """Somebody wants no more waiting."""
        if self._phase is not _Phase.OVER:
            self._end_early(why)

    # ------------------------------------------------------------------ phases

    def _begin(self, phase: _Phase, now: float) -> None:
        self._phase, self._phase_began, self._life_at = phase, now, now
        self._questions, self._asked = [], None
        if phase is _Phase.PREFLIGHT:
            self._out += bytes(BAND_HEADER_BYTES) if self._flushes else b""
            self._questions = [1, 4]
        elif phase is _Phase.CALL:
            self._torn = True  # until it answers; whatever else ends this, the next job has to cut first
            self._out += self._proof_request(self._call_id)
        elif phase is _Phase.FLUSH:
            self._out += self._flush()
            if self._settles:
                self._out += _WORKED_THROUGH
        elif phase is _Phase.BODY and self._job is not None:
            blind = self._flushes and not self._terms.reads_back
            start = (self._flush() if blind else b"") + self._job.start + (b"" if self._mute else _STATUS_ON)
            self._before_body = len(start)
            self._out += start + self._job.body + self._proof_request(self._terms.proof_id)
        elif phase is _Phase.CHECK:
            self._questions = self._last_questions()

    def _last_questions(self) -> list[int]:
        return [1, 1] if self._missed_an_answer else [1, 4]  # one late, the second is still fresh

    def _go_to_paper(self, now: float, *, called: bool = False) -> None:
        """The body, or first a flush; a printer that has answered a call has nothing half sent in it."""
        self._torn = self._torn and not called
        if self._job is None:
            self._end("pending", "only asked how it is")
        else:
            self._begin(_Phase.FLUSH if self._flushes and not called else _Phase.BODY, now)

    @property
    def _calls(self) -> bool:
        """Looks call as well: what they send would fill a torn picture bit by bit, and nobody would know any more."""
        return self._terms.shared and not self._torn and self._terms.level in ("confirmed", "processed")

    @property
    def _flushes(self) -> bool:
        return self._torn or self._terms.shared

    def _flush(self) -> bytes:
        """White for whatever an earlier job left half sent; a torn piece is cut off, too."""
        return bytes(FLUSH_BYTES) + (_RESET_AND_CUT if self._torn else b"")

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
        """Another ID than the job's, whatever that is."""
        letters = PROOF_LETTERS
        return bytes(letters[(letters.index(letter) + 1) % len(letters)] for letter in self._terms.proof_id)

    def _proof_request(self, proof_id: bytes) -> bytes:
        level, asked = self._terms.level, b""
        if self._mute or level == "handed_over":
            return asked
        if level in (None, "confirmed"):
            asked += b"\x1d(H\x06\0\x30\x30" + proof_id
        if level in (None, "processed"):
            asked += _WORKED_THROUGH
        return asked

    def _go_on(self, now: float) -> None:
        """Whatever the time and the bytes allow, phase after phase."""
        before = None
        while before is not self._phase is not _Phase.OVER:
            before = self._phase
            if not self._too_late(now):
                self._step(now)

    def _step(self, now: float) -> None:
        if self._asked is None and self._questions:
            self._ask(self._questions.pop(0), now)
        if self._out:
            return
        match self._phase:
            case _Phase.PREFLIGHT if self._asked is None:
                self._after_preflight(now)
            case _Phase.CALL:
                self._await_call(now)
            case _Phase.FLUSH:
                self._begin(_Phase.SETTLE if self._settles else _Phase.BODY, now)
            case _Phase.SETTLE if self._in_order_at is not None and now - self._life_at >= self._quiet:
                self._in_order_at = None
                self._begin(_Phase.BODY, now)
            case _Phase.BODY:
                self._begin(_Phase.HAND_OVER if self._mute else _Phase.PROOF, now)
            case _Phase.PROOF:
                self._await_proof(now)
            case _Phase.CHECK if self._asked is None and not self._questions:
                self._after_check(now)
            case _:
                return

    def _after_preflight(self, now: float) -> None:
        if not self.condition.can_print:
            self._end("pending", self.condition.value.replace("_", " "))
        elif self._calls:
            self._begin(_Phase.CALL, now)
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
        if self._asked is not None:
            return
        grace = self._limits.grace if self._terms.level is None else 0.0
        if self._in_order_at is not None and now - self._in_order_at >= grace:
            self._begin(_Phase.CHECK, now)
            return
        first_look = self._terms.level == "handed_over" and self._asked_at < self._phase_began
        if first_look or now - max(self._asked_at, self._phase_began) >= self._limits.poll:
            self._ask(1, now)

    def _after_check(self, now: float) -> None:
        if self.condition.can_print:
            self._end("printed", "worked through, and the printer is well", proof="processed")
        elif now - self._asked_at >= self._limits.poll:
            self._questions = self._last_questions()

    # ------------------------------------------------------------------ what the printer says

    def _ask(self, question: int, now: float) -> None:
        self._asked, self._asked_at = question, now
        self._out += _ASK + bytes([question])

    def _hear(self, event: Event, now: float) -> None:
        match event:
            case Automatic(status):
                self._draft = status
                self._know(status, now)
            case Answer() if self._asked is not None and not self._out:
                question, self._asked = self._asked, None
                self._learn(question, event.status(question), now)
            case InOrder(value) if value in _PAPER_SENSOR and self._phase is _Phase.CALL:
                self._go_to_paper(now, called=True)
            case InOrder(value) if value in _PAPER_SENSOR and self._expects_in_order:
                self._in_order_at = now
            case ProcessId(letters) if self._phase is _Phase.CALL and letters == self._call_id:
                self._go_to_paper(now, called=True)
            case ProcessId(letters) if self._phase is _Phase.PROOF and letters == self._terms.proof_id:
                self._end("printed", "confirmed by the printer", proof="confirmed")
            case _:
                return

    @property
    def _expects_in_order(self) -> bool:
        if self._terms.level not in (None, "processed"):
            return False
        return self._phase is _Phase.SETTLE or (self._phase is _Phase.PROOF and self._believes_in_order)

    def _learn(self, question: int, told: Status, now: float) -> None:
        """One answer into the picture; a printer that says it is well has none of the other troubles."""
        if question == 1:
            before = self._status or Status()
            self._draft = before if told.offline else Status(near_end=before.near_end)
        self._draft = replace(self._draft, **{name: getattr(told, name) for name in _OF_QUESTION[question]})
        if question == 1 and told.offline and not self._missed_an_answer:
            self._questions = [2, 3, 4]  # "offline" is no word for a person while the cause can be asked
        self._know_when_asked(now)
        if question == 1 and not self._questions and self._phase is _Phase.PROOF and self._terms.level == "handed_over":
            self._begin(_Phase.HAND_OVER, now)

    def _know_when_asked(self, now: float) -> None:
        if not self._questions and self._asked is None:
            self._know(self._draft, now)

    def _know(self, status: Status, now: float) -> None:
        self._status = status
        if not status.condition.can_print:
            self._trouble_began = now if self._trouble_began is None else self._trouble_began
            self._held_up = self._held_up or self.body_sent > 0
        elif self._trouble_began is not None:
            self._phase_began += now - self._trouble_began  # the clock stood still
            self._life_at, self._trouble_began = now, None

    # ------------------------------------------------------------------ time

    def _moments(self) -> Iterator[float]:
        """When something may be due. What lies in the past has been seen to."""
        yield self._asked_at + self._limits.answer
        yield self._asked_at + self._limits.turn
        yield self._asked_at + self._limits.lost
        yield self._life_at + self._limits.stall
        if self._phase is _Phase.SETTLE:
            yield self._life_at + self._quiet
        if self._phase in _LISTENING:
            yield self._asked_at + self._limits.poll
        if self._in_order_at is not None:
            yield self._in_order_at + self._limits.grace

    def _too_late(self, now: float) -> bool:
        """Whether a deadline has passed and ended the job, or changed its course."""
        limits = self._limits
        silence = now - self._asked_at if self._asked is not None else 0.0
        if self._phase is _Phase.PREFLIGHT:
            return silence >= limits.answer and self._unanswered(now)
        if silence >= limits.lost:
            self._ask_again()
        if self._trouble_began is not None:
            if now - self._trouble_began >= limits.patience:
                self._end_early(f"waited {limits.patience:.0f} s for the printer")
            return self._phase is _Phase.OVER
        if now - self._life_at >= limits.stall:
            self._stalled(now)
        elif self._phase in _LISTENING and now - self._phase_began >= limits.proof:
            self._withheld = self._terms.level is not None
            self._end_early("the printer is well and has not said that the slip is out")
        return self._phase is _Phase.OVER

    def _stalled(self, now: float) -> None:
        """Nothing was taken and nothing was said for long."""
        if self._phase is _Phase.SETTLE:
            self._believes_in_order = False
            self._begin(_Phase.BODY, now)
        elif self._out or self._phase not in {_Phase.HAND_OVER, _Phase.CALL}:
            words = "the printer takes no more data" if self._out else "the printer does not answer any more"
            self._end_early(words, Condition.NOT_ANSWERING if self._terms.reads_back else None)

    def _unanswered(self, now: float) -> bool:
        """A question before the job got no answer in time. Returns whether that is the end."""
        if self._asked == 1 and self._waits_its_turn and now - self._asked_at < self._limits.turn:
            self._silent = True
            return False
        question, self._asked = self._asked, None
        if question != 1:
            self._missed_an_answer = True
            self._know_when_asked(now)
            return False
        if self._terms.level != "handed_over":
            self._end_early("the printer does not answer", Condition.NOT_ANSWERING)
            return True
        if self._job is None:
            self._end("pending", "silent, as it always is", condition=Condition.NOT_ASKED)
            return True
        self._mute = True
        self._out.clear()
        self._begin(_Phase.FLUSH if self._flushes else _Phase.BODY, now)
        return False

    @property
    def _waits_its_turn(self) -> bool:
        """A network printer takes the next connection and leaves it unread while it prints for another host."""
        return self._terms.shared and self._job is not None and self._terms.level != "handed_over"

    def _ask_again(self) -> None:
        """An answer is lost, or so late that it will be taken for one to the next question: that is the same one."""
        self._asked, self._missed_an_answer = None, True
        self._questions = self._last_questions() if self._phase is _Phase.CHECK else []

    # ------------------------------------------------------------------ the end

    def _end_early(self, why: str, condition: Condition | None = None) -> None:
        self._end("unknown" if self.body_sent else "pending", why, condition=condition)

    def _end(
        self, state: PrintState, detail: str, *, proof: Proof | None = None, condition: Condition | None = None
    ) -> None:
        self._phase = _Phase.OVER
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
