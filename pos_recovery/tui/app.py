"""The register: wiring. Screens post requests; this grants them in threads and posts the answers back.

Painted first, loaded after: the first screen stands before the database, the fonts or the printing are imported, so a
barista sees the register as fast as an empty Textual program would show.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual import events, on, work
from textual.app import App
from textual.message import Message
from textual.screen import Screen

from pos_recovery.system.locations import Home
from pos_recovery.tui.base.counter_screen import show_status
from pos_recovery.tui.content.session import Session
from pos_recovery.tui.environment import Environment
from pos_recovery.tui.faults import fault_of
from pos_recovery.tui.idle_work import IdleWork
from pos_recovery.tui.messages import replies, requests, setup_requests
from pos_recovery.tui.scan_routing import Scanned, Scanning, Silence
from pos_recovery.tui.screens.curtain import CurtainScreen
from pos_recovery.tui.shutdown import ClosingApp
from pos_recovery.tui.terminal_driver import fenced
from pos_recovery.tui.theme import AFTER_HOURS, FEW_COLOURS, take_colours_from
from pos_recovery.tui.undo_keys import TakenBack

if TYPE_CHECKING:
    from pos_recovery.counter.outcomes import Person
    from pos_recovery.opening.wiring import Counter
    from pos_recovery.tui.print_news import Printing


class RegisterApp(ClosingApp):
    """One register, from sign-in to sign-out."""

    CSS_PATH = "app.tcss"
    TITLE = "pos-recovery"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, home: Home, around: Environment = Environment()) -> None:  # noqa: B008  frozen
        """`home` is where its things are, `around` what it meets."""
        super().__init__()
        self.driver_class = fenced(self.driver_class)
        self.session = Session(home, around.abilities)
        if not around.abilities.colours:
            take_colours_from(self)
        self.home = home
        self._around = around
        self._last_touch = around.idle_clock()
        self.printing: Printing | None = None
        self.scanning = Scanning(self, self.session, around.scan_terms, around.idle_clock)
        self.idle_work = IdleWork(self, self.session)
        self._is_cold = True
        """Nobody has touched it yet."""
        theme = AFTER_HOURS if self.console.color_system == "truecolor" else FEW_COLOURS
        self.register_theme(theme)
        self.theme = theme.name  # before anything is painted, so that styles are worked out once

    # ------------------------------------------------------------------ start

    def get_default_screen(self) -> Screen[Any]:
        """The cup, while everything else is loaded behind it."""
        return CurtainScreen()

    def on_mount(self) -> None:
        """Once the cup stands, open the register, or set it up on a new machine."""
        self.call_after_refresh(self._lift_curtain)
        self.set_interval(1, self._tick)

    def _lift_curtain(self) -> None:
        if self.home.settings.exists():
            from pos_recovery.tui.screens.sign_in import begin

            begin(self)
            return
        from pos_recovery.tui.screens.setup import SetupScreen

        self.push_screen(SetupScreen(self._around.find_printers))

    @on(requests.OpenCounter)
    @work(thread=True, exit_on_error=False, group="load")
    def _load(self) -> None:
        self._answer(self, self._opened)

    def _opened(self) -> Message:
        from pos_recovery.opening import wiring

        counter = (self._around.open_counter or wiring.open_counter)(self.home)
        return replies.CounterReady(counter)

    @on(replies.CounterReady)
    def _counter_ready(self, ready: replies.CounterReady) -> None:
        from pos_recovery.tui.print_news import Printing

        self.session.counter = ready.counter
        self.printing = Printing(self, self.session, ready.counter, self._around.rhythm)
        self.scanning.listen(ready.counter.settings.scanner, self._around.open_scanner)
        self.scanning.learned()
        show_status(self)
        self.screen.post_message(replies.CounterReady(ready.counter))

    @work(thread=True, exit_on_error=False, group="load")
    def _warm_up(self) -> None:
        """What the first slip needs, loaded while a PIN is typed, and not in a register that waits for somebody."""
        import receipts.printers.open_printer

        receipts.printers.open_printer.warm_up()

    @on(replies.Fault)
    def _cannot_start(self, fault: replies.Fault) -> None:
        from pos_recovery.system.exits import ExitCode

        self.parting_words = fault.sentence
        code = ExitCode.CONFIGURATION if fault.field == "settings" else ExitCode.UNAVAILABLE
        self.exit(return_code=ExitCode.BUG if fault.ours else code)

    # ----------------------------------------------------------------- requests

    @on(requests.Request)
    def _requested(self, request: requests.Request) -> None:
        if self.session.counter is not None:
            self._carry_out(request, self.session.counter, self.session.person)

    @work(thread=True, exit_on_error=False, group="requests")
    def _carry_out(self, request: requests.Request, counter: Counter, person: Person | None) -> None:
        def carried_out() -> Message:
            from db.tables.column_types import Role
            from pos_recovery.counter.outcomes import Person as SignedIn

            who = person or SignedIn(0, "nobody", Role.BARISTA)
            answer = request.carry_out(counter, who)
            if self.printing is not None:
                self.printing.start_early(answer)
            return answer

        self._answer(request.asker, carried_out, to=request)

    @on(requests.Print)
    def _to_paper(self, request: requests.Print) -> None:
        if self.printing is not None:
            self.printing.put(request.jobs)

    @on(replies.PaperNews)
    def _paper_news(self, news: replies.PaperNews) -> None:
        if self.printing is not None:
            self.printing.tell_screens(news)

    @on(setup_requests.SetupRequest)
    @work(thread=True, exit_on_error=False, group="load")
    def _carry_out_setup(self, request: setup_requests.SetupRequest) -> None:
        self._answer(request.asker, lambda: request.make(self.home))

    def _answer(self, asker: object, do: Callable[[], Message], to: requests.Request | None = None) -> None:
        """The edge of every thread: an answer is posted whatever happens, and nothing else is touched."""
        try:
            answer = do()
        except Exception as error:  # noqa: BLE001  the one broad handler of the threads; it logs and answers
            answer = fault_of(error, self.home)
        replies.address(answer, to)
        if isinstance(asker, App | Screen):
            asker.post_message(answer)

    # ------------------------------------------------------------------ pages

    def action_sign_out(self) -> None:
        """Back to the PIN pad."""
        from pos_recovery.tui.screens.sign_in import SIGN_IN

        self.session.person = None
        self.clear_notifications()
        while self.screen.name != SIGN_IN and len(self.screen_stack) > 1:
            self.pop_screen()

    def action_help(self) -> None:
        """What the keys do."""
        from pos_recovery.tui.dialogs.help import HelpScreen

        self.push_screen(HelpScreen())

    def _tick(self) -> None:
        if not self.screen_stack:
            return  # the register closes
        self.scanning.proceed()
        show_status(self)
        if self.session.person is None or self.session.counter is None:
            return
        if self.is_busy:
            return  # a coupon on its way to paper has its screen until the paper is known
        if self._around.idle_clock() - self._last_touch >= self.session.counter.settings.sign_out_after_s:
            self.action_sign_out()

    async def on_event(self, event: events.Event) -> None:
        """Any key, touch or scan keeps the person signed in; what a scanner types is kept from the screens."""
        if isinstance(event, events.Key | events.MouseDown | events.Paste | Scanned):
            self._last_touch = self._around.idle_clock()
            self.idle_work.touched()
            if self._is_cold:
                self._is_cold = False
                self._warm_up()
        if isinstance(event, events.Key | events.Paste | Scanned) and not event.is_forwarded:
            await self.scanning.take(event, super().on_event)
        else:
            await super().on_event(event)

    @on(requests.CameToFront)
    def _in_front(self) -> None:
        self.scanning.proceed()

    @on(requests.UseScannerHabits)
    def _scanner_learned(self) -> None:
        self.scanning.learned()

    @on(TakenBack)
    def _taken_back(self, message: TakenBack) -> None:
        self.scanning.taken_back(message)

    @on(Silence)
    async def _nothing_more_came(self, silence: Silence) -> None:
        await self.scanning.take(silence, super().on_event)

    def on_unmount(self) -> None:
        """Let go of the scanner and the printer; give back the connections."""
        self.scanning.stop()
        if self.printing is not None:
            self.printing.stop()
        if self.session.counter is not None:
            self.session.counter.close()
