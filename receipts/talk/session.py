"""One print job as a conversation, without any input or output: what to send, what to wait for, what it proves.

Its parts are explained in `phases`, what makes a proof in `proof`. The rules that keep it honest: a job of which no
body byte left is `pending`, never more; one whose bytes left and that nothing proves is `unknown`, never less. While
the printer says that it is out of paper or open, it holds the job and goes on by itself when it has been seen to, so
nothing is ever sent twice. An answer is believed only to a question that was asked, and one question about its state is
asked at a time, because answers do not say to which they belong. A question that is not answered is asked again: some
printers say nothing while they are open, and one that is well again must be noticed. What a printer would say unasked
counts from when it was told to.

Something else may listen at a printer's address: a web server, a mail server, a box that sends back what it gets. Of
that, letters pass for answers. So before a slip nothing is believed that came with noise (`replies`): when the line has
been quiet, the printer is asked again, in case a serial line had crackled; then it is told as no printer.
"""

from __future__ import annotations

from receipts.escpos.job import Job
from receipts.talk import requests
from receipts.talk.conversation import NO_PRINTER, Conversation
from receipts.talk.phases import LISTENING, TOLD_TO_SPEAK, Phase
from receipts.talk.proof import ALL_SENT
from receipts.talk.replies import Answer, Automatic, Event, InOrder, ProcessId
from receipts.values.status import Condition

_NOT_ALL_HEARD = "the printer was silent for a part of the slip"
_HAS_BEEN_OFF = "the printer was off for a moment while it printed"


class Session(Conversation):
    """A job on its way to one printer, or, without a job, one look at the printer."""

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
        elif phase is Phase.MARK:
            self._out += self._wholeness.making
        elif phase is Phase.BODY and self._job is not None:
            self._send(self._job)
        elif phase is Phase.SEEN:
            self._mark_seen_at.append(now)
            self._out += requests.SEE_MARK
        elif phase is Phase.CHECK:
            self._interview.plan_last()

    def _send(self, job: Job) -> None:
        blind = self._flushes and not self._terms.reads_back
        start = requests.flush(cut=self._torn) if blind else b""
        start += job.start + (b"" if self._mute else requests.STATUS_ON)
        body, last = (job.body, b"") if self._is_blind else (self._wholeness.compose(job), self._wholeness.last)
        self._before_body, self._to_send, self._own_bytes = len(start), len(body), len(job.body)
        self._out += start + body + last

    @property
    def _is_blind(self) -> bool:
        """Whether nothing is asked of this printer but how it is."""
        return self._mute or self._terms.level == "handed_over"

    @property
    def _first(self) -> Phase:
        """What comes before a byte of the slip, once nothing of another is left."""
        return Phase.BODY if self._is_blind or self._proves_nothing else Phase.MARK

    @property
    def _proves_nothing(self) -> bool:
        """Whether answers in order are all that it could prove, and answers of a job that broke off may still come."""
        return self._wholeness.level == "processed" and not self._believes_in_order

    def _go_to_paper(self, now: float, *, called: bool = False) -> None:
        """The body, or first a flush; a printer that has answered a call has nothing half sent in it."""
        self._torn = self._torn and not called
        if self._job is None:
            self._end("pending", "only asked how it is")
        else:
            self._begin(Phase.FLUSH if self._flushes and not called else self._first, now)

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
    def _call_id(self) -> bytes:
        return requests.call_id(self._terms.proof_id)

    def _step(self, now: float) -> None:
        self._out += self._interview.next(now)
        if self._out:
            return
        waiting = {
            Phase.CALL: self._await_call,
            Phase.MARK: self._await_mark,
            Phase.PROOF: self._await_proof,
            Phase.REST: self._await_rest,
            Phase.SEEN: self._await_sight,
        }
        match self._phase:
            case Phase.PREFLIGHT if self._interview.is_over and self._doubted_at is None:
                self._end_preflight(now)
            case Phase.FLUSH:
                self._begin(Phase.SETTLE if self._settles else self._first, now)
            case Phase.SETTLE if self._in_order_at is not None and now - self._life_at >= self._quiet:
                self._begin(self._first, now)
            case Phase.BODY:
                self._begin(Phase.HAND_OVER if self._mute else Phase.PROOF, now)
            case Phase.CHECK if self._interview.is_over:
                self._after_check(now)
            case phase if phase in waiting:
                waiting[phase](now)

    def _end_preflight(self, now: float) -> None:
        """Answers that are letters may be the beginning of a sentence; all of them one letter, they are a prompt."""
        if self._interview.is_one_letter:
            self._doubt(now)
        elif not self._interview.has_letter or now - self._life_at >= self._limits.quiet:
            self._know(self._interview.conclude(), now)
            self._after_preflight(now)

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

    def _await_mark(self, now: float) -> None:
        """What is answered is heard by `_hear`."""
        whole = self._wholeness
        if not self.condition.can_print:
            self._end("pending", self.condition.value.replace("_", " "))
        elif now - self._phase_began >= self._limits.lost or (self._interview.asked is None and self._knows_mark(now)):
            if whole.answered_at is None and not whole.mark_is_settled and self._is_no_printer and not self._torn:
                self._end_early(NO_PRINTER, Condition.NO_PRINTER)
                return
            whole.settle_mark()
            self._begin(Phase.BODY, now)
        elif whole.may_be_settled and whole.level is not None and self._interview.asked is None:
            self._out += self._interview.ask(1, now)
        else:
            self._look_now_and_then(now)

    def _knows_mark(self, now: float) -> bool:
        """Whether all is answered, or a look that was answered later has shown that no more comes."""
        whole, since = self._wholeness, self._wholeness.answered_at
        if whole.mark_is_settled or since is None or not whole.may_be_settled:
            return whole.mark_is_settled
        return now - since >= self._limits.grace if whole.level is None else self._interview.asked_at >= since

    def _await_proof(self, now: float) -> None:
        """An answer under way comes first, or it would be taken for the next one."""
        whole = self._wholeness
        if self._interview.asked is not None:
            return
        if whole.has_id:
            self._go_on_if_whole(now)
        elif whole.all_in_order and self._is_past(whole.answered_at, self._grace, now):
            self._begin(Phase.REST, now)
        elif whole.mark_is_settled and self._is_past(whole.answered_at or 0.0, self._limits.stall, now):
            if not whole.is_marked:
                self._end("unknown", _NOT_ALL_HEARD)
            else:
                self._out += whole.once_more()
                whole.answered_at = now
        elif self._terms.level == "handed_over" and self._interview.asked_at < self._phase_began:
            self._out += self._interview.ask(1, now)
        else:
            self._look_now_and_then(now)

    @property
    def _grace(self) -> float:
        return self._limits.grace if self._wholeness.level is None else 0.0

    def _go_on_if_whole(self, now: float) -> None:
        """The job's own ID has come."""
        if self._wholeness.is_marked:
            self._begin(Phase.SEEN, now)
        elif self._wholeness.is_whole:
            self._end("printed", "confirmed by the printer", proof="confirmed")
        elif self._wholeness.level is not None:
            self._end("unknown", _NOT_ALL_HEARD)

    def _await_rest(self, now: float) -> None:
        """The last cut; without a mark the printer has to answer all the while."""
        whole = self._wholeness
        if self._interview.asked is not None:
            return
        if self._is_past(self._phase_began, whole.cut_s, now) and (whole.is_marked or whole.all_in_order):
            self._begin(Phase.SEEN if whole.is_marked else Phase.CHECK, now)
        elif self._is_past(self._phase_began, self._limits.stall, now):
            self._end("unknown", _NOT_ALL_HEARD)
        elif whole.all_in_order and not whole.is_marked and self._is_past(whole.answered_at, self._limits.beat, now):
            self._out += whole.ask_in_order()
        else:
            self._look_now_and_then(now)

    def _await_sight(self, now: float) -> None:
        """The mark, or no answer for so long that there is none; any answer may be lost, so it is asked for twice."""
        if self._interview.asked is not None:
            return
        if self._is_past(self._mark_seen_at[-1], self._limits.lost, now):
            if len(self._mark_seen_at) > 1:
                self._end("unknown", _HAS_BEEN_OFF)
            else:
                self._begin(Phase.SEEN, now)
        else:
            self._look_now_and_then(now)

    def _after_check(self, now: float) -> None:
        if not self.condition.can_print:
            if now - self._interview.asked_at >= self._limits.poll:
                self._interview.plan_last()
        elif self._was_stopped_late:
            self._was_stopped_late = False
            self._begin(Phase.REST, now)
        else:
            self._end("printed", "worked through, and the printer is well", proof="processed")

    # ------------------------------------------------------------------ what the printer says

    def _hear(self, event: Event, now: float) -> None:
        match event:
            case Automatic(status) if self._phase in TOLD_TO_SPEAK:
                self._interview.see(status)
                self._know(status, now)
            case Answer() if self._interview.asked is not None and not self._out:
                self._interview.hear(event)
                self._conclude(now)
            case InOrder() if self._phase is Phase.CALL:
                self._go_to_paper(now, called=True)
            case InOrder():
                self._hear_in_order(now)
            case ProcessId(letters) if self._phase is Phase.CALL and letters == self._call_id:
                self._go_to_paper(now, called=True)
            case ProcessId(letters) if self._phase is Phase.MARK:
                self._wholeness.hear_making(letters, now)
            case ProcessId(letters) if self._phase is Phase.SEEN and self._wholeness.is_mark(letters):
                self._have_seen_mark(now)
            case ProcessId(letters) if self._phase in {Phase.BODY, Phase.PROOF}:
                self._wholeness.hear_id(letters, now)
            case _:
                return

    def _hear_in_order(self, now: float) -> None:
        match self._phase:
            case Phase.SETTLE:
                self._in_order_at = now
            case Phase.MARK if self._believes_in_order:
                self._wholeness.hear_making(None, now)
            case Phase.SEEN if self._wholeness.is_mark(None):
                self._have_seen_mark(now)
            case Phase.REST if self._wholeness.is_marked:
                self._phase_began = now  # one that is late: the paper moves yet
            case Phase.BODY | Phase.PROOF | Phase.REST if self._believes_in_order:
                self._wholeness.hear_in_order(self._sent if self._phase is Phase.BODY else ALL_SENT, now)

    def _have_seen_mark(self, now: float) -> None:
        if self._wholeness.level == "confirmed":
            self._end("printed", "confirmed by the printer", proof="confirmed")
        else:
            self._begin(Phase.CHECK, now)

    def _conclude(self, now: float) -> None:
        """All that was asked is answered, or will not be; before a slip that is seen to by `_end_preflight`."""
        if not self._interview.is_over or self._phase is Phase.PREFLIGHT:
            return
        self._know(self._interview.conclude(), now)
        if self._phase is Phase.PROOF and self._terms.level == "handed_over" and self.condition.can_print:
            self._begin(Phase.HAND_OVER, now)

    # ------------------------------------------------------------------ time

    def _too_late(self, now: float) -> bool:
        """Whether a deadline has passed and ended the job, or changed its course."""
        limits = self._limits
        silence = self._interview.silence(now)
        if self._phase is Phase.PREFLIGHT and self._doubted_at is not None:
            return self._doubted(self._doubted_at, now)
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
            self._withheld = self._terms.level is not None and not self._wholeness.mark_is_settled
            self._end_early("the printer is well and has not said that the slip is out")
        return self._phase is Phase.OVER

    def _stalled(self, now: float) -> None:
        """Nothing was taken and nothing was said for long."""
        if self._phase is Phase.SETTLE:
            self._believes_in_order = False
            self._wholeness.level = self._wholeness.level or "confirmed"  # or nothing
            self._begin(self._first, now)
        elif self._out or self._phase not in {Phase.HAND_OVER, Phase.CALL}:
            words = "the printer takes no more data" if self._out else "the printer does not answer any more"
            self._end_early(words, Condition.NOT_ANSWERING if self._terms.reads_back else None)

    def _doubted(self, since: float, now: float) -> bool:
        """What was said before the job is none of a printer. Returns whether that is the end."""
        if now - since < self._limits.quiet and now - self._phase_began < self._limits.lost:
            return False
        self._doubts += 1
        if self._doubts > 1 or now - since < self._limits.quiet:
            self._end_early(NO_PRINTER, Condition.NO_PRINTER)
            return True
        self._doubted_at = None
        self._interview.plan(1, 4)
        return False

    def _unanswered(self, now: float) -> bool:
        """A question before the job got no answer in time. Returns whether that is the end."""
        question = self._interview.asked
        if question == 1 and self._is_no_printer:
            self._end_early(NO_PRINTER, Condition.NO_PRINTER)
            return True
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
        self._begin(Phase.FLUSH if self._flushes else self._first, now)
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
