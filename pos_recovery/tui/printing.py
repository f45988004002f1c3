"""Between the print queue and the screens: jobs go in at once, news come out as messages to whoever shows a slip.

The queue tells in a thread of its own; nothing here waits for a printer. What becomes of a slip that nobody watches any
more is said as a notice.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from pos_recovery.print_queue import RHYTHM, JobNews, News, PrinterNews, PrintQueue, Rhythm, TroubleNews
from pos_recovery.tui import answers
from pos_recovery.tui.faults import fault_of
from pos_recovery.tui.paper_words import badge, notice
from pos_recovery.tui.screens.base import CounterScreen
from receipts.status import Condition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

    from db.facts import JobFact
    from pos_recovery.bootstrap import Counter
    from pos_recovery.tui.app import RegisterApp
    from pos_recovery.tui.widgets.status_bar import Badge


class Printing:
    """The register's end of its print queue."""

    def __init__(self, app: RegisterApp, counter: Counter, rhythm: Rhythm | None = None) -> None:
        """Start the queue of `counter`; `app` gets its news as messages."""
        self.condition = Condition.NOT_ASKED
        """The printer's latest word."""
        self._app = app
        self._counter = counter
        self._stopped = False
        self._looks_fail = False
        self._told: JobFact | None = None
        self._begun: dict[int, answers.PaperNews | None] = {}
        """Jobs that no screen shows yet, and the latest news of each."""
        self._handing_over = Lock()
        self._queue = PrintQueue(counter.desk, self._tell, rhythm=rhythm or RHYTHM)
        self._queue.start()

    def begin(self, jobs: Sequence[int]) -> Event:
        """Print these before there is a screen for them, from any thread; their news wait until `put`.

        Returns:
            As `PrintQueue.put`.
        """
        with self._handing_over:
            self._begun |= dict.fromkeys(jobs)
        return self._queue.put(jobs)

    def put(self, jobs: Sequence[int]) -> None:
        """Print these; a job that is under way or done is told again as it stands."""
        for job in jobs:
            with self._handing_over:
                begun, news = job in self._begun, self._begun.pop(job, None)
            if not begun:
                self._queue.put((job,))
            elif news is not None:
                self._app.post_message(news)

    def stop(self) -> None:
        """The register closes."""
        self._stopped = True
        self._queue.stop()

    @property
    def badge(self) -> Badge:
        """How the printer is, for the status line."""
        return badge(self.condition, self._counter.settings.printer)

    def spread(self, news: answers.PaperNews) -> None:
        """Tell every screen; if none shows the slip, tell the person."""
        app = self._app
        if isinstance(news, answers.PrinterKnown):
            self.condition = news.condition
        heard = [screen.hear(news) for screen in app.screen_stack if isinstance(screen, CounterScreen)]
        if isinstance(news, answers.PrintTrouble):
            app.notify(news.sentence, severity="error", timeout=8, markup=False)
        elif isinstance(news, answers.JobKnown) and not any(heard) and news.job != self._told:
            self._told = news.job
            sentence = notice(news.job, pictures=app.only_previews)
            if sentence:
                app.notify(sentence, timeout=20, markup=False)
        app.dress(app.screen)

    # --------------------------------------------------- in the queue's thread

    def _tell(self, news: News) -> None:
        message = self._message(news)
        if message is not None and not self._stopped and not self._kept(news, message):
            self._app.post_message(message)

    def _kept(self, news: News, message: answers.PaperNews) -> bool:
        """Keep news of jobs that no screen shows yet; says whether they were."""
        about = (news.job.id,) if isinstance(news, JobNews) else news.jobs if isinstance(news, TroubleNews) else ()
        with self._handing_over:
            kept = [job for job in about if job in self._begun]
            self._begun |= dict.fromkeys(kept, message)
        return bool(kept)

    def _message(self, news: News) -> answers.PaperNews | None:
        """A look that fails is told once, not every twenty seconds."""
        match news:
            case JobNews(job):
                self._looks_fail = False
                return answers.JobKnown(job)
            case PrinterNews(condition):
                self._looks_fail = False
                return answers.PrinterKnown(condition)
            case TroubleNews(error, jobs):
                if not jobs and self._looks_fail:
                    return None
                self._looks_fail = not jobs
                return answers.PrintTrouble(fault_of(error, self._app.home).sentence, jobs)
