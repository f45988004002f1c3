"""Between the print queue and the screens: jobs go in at once, news come out as messages to whoever shows a slip.

The queue tells in a thread of its own; nothing here waits for a printer. What becomes of a slip that nobody watches any
more is said as a notice.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.css.query import NoMatches

from pos_recovery.counter.outcomes import Issued, Reprinted
from pos_recovery.printing.print_queue import RHYTHM, JobNews, News, PrinterNews, PrintQueue, Rhythm, TroubleNews
from pos_recovery.tui.base.counter_screen import CounterScreen, show_status
from pos_recovery.tui.content.paper_words import notice
from pos_recovery.tui.faults import fault_of
from pos_recovery.tui.messages import replies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

    from textual.app import App
    from textual.message import Message

    from db.tables.facts import JobFact
    from pos_recovery.opening.wiring import Counter
    from pos_recovery.tui.content.session import Session

HEAD_START_S = 0.06
"""The most that screens wait for a slip to be on its way."""
NOBODY_CAME_S = 2.0
"""How long news of a slip that was begun early wait for its screen."""


def _hears(screen: CounterScreen, news: replies.PaperNews) -> bool:
    """Whether the screen shows the slip. One that is being closed has lost widgets already, and shows nothing."""
    try:
        return screen.hear(news)
    except NoMatches:
        return False


class Printing:
    """The register's end of its print queue."""

    def __init__(self, app: App[None], session: Session, counter: Counter, rhythm: Rhythm | None = None) -> None:
        """Start the queue of `counter`; `app` gets its news as messages."""
        self._app = app
        self._session = session
        self._stopped = False
        self._looks_fail = False
        self._told: JobFact | None = None
        self._begun: set[int] = set()
        """Jobs that went to the printer before their screen was there."""
        self._remarked: set[int] = set()
        """Jobs of whose paper something was said beside how it stands."""
        self._early: dict[int, replies.PaperNews] = {}
        """What became of them meanwhile."""
        self._queue = PrintQueue(counter.desk, self._tell, rhythm=rhythm or RHYTHM)
        self._queue.start()

    def start_early(self, answer: Message) -> None:
        """Slips go to the printer before the screens hear of them: a screen being drawn would hold the slip up.

        Measured from the key to the first byte at the printer: 25 to 40 ms so, 200 ms side by side.
        """
        outcome = answer.outcome if isinstance(answer, replies.Answered) else None
        if isinstance(outcome, Issued | Reprinted):
            jobs = outcome.jobs if isinstance(outcome, Issued) else (outcome.job,)
            self.begin(jobs).wait(HEAD_START_S)

    def begin(self, jobs: Sequence[int]) -> Event:
        """Print these before there is a screen for them, from any thread; their news wait a moment for `put`.

        Returns:
            As `PrintQueue.put`.
        """
        self._begun.update(jobs)
        return self._queue.put(jobs)

    def put(self, jobs: Sequence[int]) -> None:
        """Print these; a job that is under way or done is told again as it stands."""
        for job in jobs:
            if job not in self._begun:
                self._queue.put((job,))
            self._screen_came(job)

    def _screen_came(self, job: int) -> None:
        """Tell what has become of it so far; without a screen, after a moment, whoever stands there."""
        self._begun.discard(job)
        news = self._early.pop(job, None)
        if news is not None:
            self.tell_screens(news)

    def stop(self) -> None:
        """The register closes."""
        self._stopped = True
        self._queue.stop()

    def tell_screens(self, news: replies.PaperNews) -> None:
        """Tell every screen; if none shows the slip, tell the person."""
        app = self._app
        if isinstance(news, replies.PrinterKnown):
            self._session.printer = news.condition
        if not app.screen_stack:
            return  # the register closes: its screens are gone, and the job is on record
        shown = [screen for screen in app.screen_stack if isinstance(screen, CounterScreen) and screen.is_mounted]
        heard = [_hears(screen, news) for screen in shown]
        if not any(heard) and self._is_early(news):
            return
        if isinstance(news, replies.JobKnown) and news.remark and news.job.id not in self._remarked:
            self._remarked.add(news.job.id)
            app.notify(news.remark, severity="warning", timeout=20, markup=False)
        if isinstance(news, replies.PrintTrouble):
            app.notify(news.sentence, severity="error", timeout=8, markup=False)
        elif isinstance(news, replies.JobKnown) and not any(heard) and news.job != self._told:
            self._told = news.job
            sentence = notice(news.job, pictures=self._session.only_previews)
            if sentence:
                app.notify(sentence, timeout=20, markup=False)
        show_status(app)

    def _is_early(self, news: replies.PaperNews) -> bool:
        """Keep news of a job whose screen is still being made; says whether they were."""
        match news:
            case replies.JobKnown(job):
                early = self._begun & {job.id}
            case replies.PrintTrouble(_, jobs):
                early = self._begun & set(jobs)
            case _:
                return False
        for each in early - set(self._early):
            self._app.set_timer(NOBODY_CAME_S, partial(self._screen_came, each))
        self._early |= dict.fromkeys(early, news)
        return bool(early)

    # --------------------------------------------------- in the queue's thread

    def _tell(self, news: News) -> None:
        message = self._message(news)
        if message is not None and not self._stopped:
            self._app.post_message(message)

    def _message(self, news: News) -> replies.PaperNews | None:
        """A look that fails is told once, not every twenty seconds."""
        match news:
            case JobNews(job, remark):
                self._looks_fail = False
                return replies.JobKnown(job, remark)
            case PrinterNews(condition):
                self._looks_fail = False
                return replies.PrinterKnown(condition)
            case TroubleNews(error, jobs):
                if not jobs and self._looks_fail:
                    return None
                self._looks_fail = not jobs
                return replies.PrintTrouble(fault_of(error, self._session.home).sentence, jobs)
