"""Asking a printer how it is, question by question (DLE EOT 1 to 4), and the picture that its answers make.

One question is under way at a time, because answers do not say to which they belong. Refuses to know the time limits:
whoever asks decides when an answer is missing.
"""

from __future__ import annotations

from dataclasses import replace

from receipts.talk import requests
from receipts.talk.replies import Answer
from receipts.values.status import Status

_OF_QUESTION = {1: ("offline",), 2: ("cover_open",), 3: ("cutter", "trouble"), 4: ("near_end", "paper_out")}
"""What DLE EOT n tells."""


class Interview:
    """What is to be asked, what is under way, and what is known so far."""

    def __init__(self, now: float) -> None:
        self.status: Status | None = None
        """The latest whole picture; None before there is one."""
        self.asked: int | None = None
        """The question under way."""
        self.asked_at = now
        """When the last question was put."""
        self.has_missed = False
        """An answer did not come in time: answers may be one question late from here on."""
        self._is_in_step = True
        """The next answer is one to the next question."""
        self._planned: list[int] = []
        self._answers: list[Answer] = []
        """What was answered since it was planned what to ask."""
        self._draft = Status()

    @property
    def is_over(self) -> bool:
        """Nothing is under way and nothing planned."""
        return self.asked is None and not self._planned

    @property
    def has_letter(self) -> bool:
        """Whether an answer could be text as well."""
        return any(answer.is_letter for answer in self._answers)

    @property
    def is_one_letter(self) -> bool:
        """Whether all that was answered is one letter: there is no state that different questions give so."""
        return self.has_letter and len({*self._answers}) == 1

    def silence(self, now: float) -> float:
        """For how many seconds an answer has been awaited."""
        return 0.0 if self.asked is None else now - self.asked_at

    def plan(self, *questions: int) -> None:
        """These come next; whatever was under way is dropped."""
        self._planned, self.asked = list(questions), None
        self._answers.clear()

    def plan_last(self) -> None:
        """What a clean bill takes: of two equal questions the second is fresh, even if answers are one late."""
        self.plan(*((1, 1) if self.has_missed else (1, 4)))

    def next(self, now: float) -> bytes:
        """The bytes of the next planned question; empty while one is under way, or when none is left."""
        if self.asked is not None or not self._planned:
            return b""
        return self.ask(self._planned.pop(0), now)

    def ask(self, question: int, now: float) -> bytes:
        """The bytes of this question, under way from now on."""
        self.asked, self.asked_at = question, now
        return requests.ASK + bytes([question])

    def hear(self, answer: Answer) -> None:
        """One answer into the picture; a printer that says it is well has none of the other troubles.

        "Offline" is no word for a person while the cause can be asked, so the questions for it follow.
        """
        assert self.asked is not None  # noqa: S101  whoever hears has asked
        question, self.asked = self.asked, None
        self._answers.append(answer)
        told = answer.status(question)
        if question == 1:
            before = self.status or Status()
            near_end = before.near_end and not before.paper_out  # a roll that was out has been changed
            self._draft = before if told.offline else Status(near_end=near_end)
            if told.offline and self._is_in_step:
                self._planned = [2, 3, 4]
        self._is_in_step = True
        self._draft = replace(self._draft, **{name: getattr(told, name) for name in _OF_QUESTION[question]})

    def miss(self) -> None:
        """The answer under way is lost, or will come too late."""
        self.asked, self.has_missed, self._is_in_step = None, True, False

    def see(self, status: Status) -> None:
        """The printer spoke unasked, of everything."""
        self.status = self._draft = status

    def conclude(self) -> Status:
        """The picture as the answers have made it."""
        self.status = self._draft
        return self.status
