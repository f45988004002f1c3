"""Whether one life of the printer has heard the whole slip: questions in it, their answers, and the mark.

A printer whose power fails for a moment, on a line that stays open, answers whatever is asked at the end and knows
nothing of its life before. So the last answer proves the last bytes alone. Two things prove the rest:

* The mark: a macro (GS :) that holds a question. Printers keep it through a reset (ESC @) and lose it with their power
  (Epson TM-T88III and TM-H5000II, Bixolon SRP-332II, Wincor TH230: all their manuals say so). Made before the slip and
  still answering after it (GS ^), it says that there was one life, whatever answers were lost meanwhile. It is made
  before the slip's own reset: a printer without macros may take them for letters, and a reset wipes those out before
  they reach paper.
* The questions between the commands of the slip. Where there is no mark, all of them have to be answered. Unnoticed
  stays a power failure that loses less than lies between two of them, `FINEST_BYTES`; none is known that starts again
  in so short a time.

A printer that answers in order (GS r) is a command ahead of its paper. It gets through the last one in no more time
than through the slowest before, which was one of the same kind: the cut between the two parts. Refuses to know what is
said around the slip, and every deadline.
"""

from __future__ import annotations

from bisect import bisect_right

from receipts.escpos.job import Job, finer
from receipts.talk import requests
from receipts.values.result import Proof

FINEST_BYTES = 256
"""22 ms at 115200 baud, an eighth of a second at 19200."""
_BYTES_BETWEEN_IDS = 512
"""For printers that answer nothing else: an ID costs eleven bytes, and some stand still for it."""
ALL_SENT = 1 << 62
_UNKNOWN_MARK_ANSWERS = 2
"""Of a printer that knows no macros: the question that was to be kept, asked once, and the one behind it."""
_CUT_S = (0.1, 2.0)
"""The least and the most that is waited for the last cut."""


class Wholeness:
    """What is known of one slip.

    Args:
        level: the best proof the printer is known to give; None: the answers to the mark show it.
        proof_id: of this job.
    """

    def __init__(self, level: Proof | None, proof_id: bytes) -> None:
        self.level = level
        self.is_marked = False
        """Whether the printer has shown that it keeps a mark."""
        self.mark_is_settled = False
        """Whether all that can be known of the mark is known."""
        self.answered_at: float | None = None
        """When the last answer in order came."""
        self._id = proof_id
        self._mark_id, self._behind_mark = (requests.related(proof_id, step, 0, 0, 0) for step in (1, 2))
        self._marks = self._orders = 0
        """How many answers of either kind came while the mark was made."""
        self._asked_at: list[int] = []
        """After how many bytes of the body each question of GS r has left."""
        self._answered = 0
        self._due: list[bytes] = []
        """IDs that are still to come, in order."""
        self._has_id = self._has_missed = False
        self._slowest_s = 0.0

    # ------------------------------------------------------------------ the mark

    @property
    def making(self) -> bytes:
        """Makes the mark, lets it answer twice, and asks something whose answer comes last."""
        mark = requests.mark(requests.proof_request(self.level, self._mark_id))
        behind = b"" if self.level == "processed" else requests.proof_request("confirmed", self._behind_mark)
        return mark + (b"" if self.level == "confirmed" else requests.WORKED_THROUGH) + behind

    def hear_making(self, letters: bytes | None, now: float) -> None:
        """An answer while the mark is made: an ID, or None, which is one in order."""
        if letters is None:
            self._orders += 1
            self.answered_at = now
        elif letters == self._mark_id:
            self._marks += 1
        elif letters == self._behind_mark:
            self.level = "confirmed"
            self.mark_is_settled = True
        if self.level != "confirmed":
            self.is_marked = self._orders > _UNKNOWN_MARK_ANSWERS
            self.mark_is_settled = self.is_marked and self.level == "processed"
        else:
            self.is_marked = self._marks > 1

    @property
    def may_be_settled(self) -> bool:
        """Whether the answers are those of a printer without macros, or of one that has not said everything yet."""
        return self.level != "confirmed" and self._orders >= _UNKNOWN_MARK_ANSWERS

    def settle_mark(self) -> None:
        """No more answers come."""
        self.level = self.level or ("processed" if self.may_be_settled else None)
        self.mark_is_settled = self.mark_is_settled or self.may_be_settled

    def is_mark(self, letters: bytes | None) -> bool:
        """Whether this is the mark's answer: an ID, or None, which is one in order."""
        return letters == (self._mark_id if self.level == "confirmed" else None)

    # ------------------------------------------------------------------ the slip

    def compose(self, job: Job) -> bytes:
        """The body of `job` with the questions in it."""
        self.answered_at = None
        if self.level == "confirmed" and self.is_marked:
            self._due = [self._id]
            return job.body
        if self.level == "confirmed" and not self._orders:
            return self._with_ids(job)
        body = bytearray()
        for command in job.commands:
            for piece in (command,) if self.is_marked else finer(command, FINEST_BYTES):
                body += piece + requests.WORKED_THROUGH
                self._asked_at.append(len(body))
        if self.level != "confirmed":
            self._asked_at.append(ALL_SENT)  # the one behind the body
        if self.level != "processed":
            self._due = [self._id]
        return bytes(body)

    def _with_ids(self, job: Job) -> bytes:
        body, since, due = bytearray(), 0, list[bytes]()
        for command in job.commands:
            for piece in finer(command, FINEST_BYTES):
                body += piece
                since += len(piece)
                if since >= _BYTES_BETWEEN_IDS:
                    since, number = 0, len(due) % 100
                    due.append(requests.related(self._id, 0, 1 + len(due) // 100, number // 10, number % 10))
                    body += requests.proof_request("confirmed", due[-1])
        self._due = [*due, self._id]
        return bytes(body)

    @property
    def last(self) -> bytes:
        """What is asked behind the body."""
        return requests.proof_request(self.level, self._id)

    def once_more(self) -> bytes:
        """Asks the last question again; what was lost before is made up for by the mark alone."""
        if self.level == "processed":
            self._asked_at = [ALL_SENT] * (self._answered + 1)
        return self.last

    def ask_in_order(self) -> bytes:
        """One more question that has to be answered."""
        self._asked_at.append(ALL_SENT)
        return requests.WORKED_THROUGH

    # ------------------------------------------------------------------ its answers

    def hear_in_order(self, sent: int, now: float) -> None:
        """An answer to GS r, of which no more are believed than were asked in the first `sent` bytes."""
        if self._answered < bisect_right(self._asked_at, sent):
            self._answered += 1
            self._slowest_s = max(self._slowest_s, now - (now if self.answered_at is None else self.answered_at))
            self.answered_at = now

    def hear_id(self, letters: bytes, now: float) -> None:
        """A process ID."""
        if letters in self._due:
            place = self._due.index(letters)
            self._has_missed |= place > 0
            del self._due[: place + 1]
            self._has_id, self.answered_at = not self._due, now

    @property
    def has_id(self) -> bool:
        """Whether the job's own ID has come."""
        return self._has_id

    @property
    def all_in_order(self) -> bool:
        """Whether every question of GS r is answered, and no ID is known to come."""
        return self.level != "confirmed" and self._answered == len(self._asked_at) > 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing that was asked is missing, now that the last answer has come."""
        return not self._has_missed and self._answered == len(self._asked_at)

    @property
    def cut_s(self) -> float:
        """How long the paper may still move after the last answer in order; twice, as two answers may come as one."""
        least, most = _CUT_S
        return min(max(2 * self._slowest_s, least), most)
