"""The register: wiring. Screens post wishes; this grants them in threads and posts the answers back.

Painted first, loaded after: the first screen stands before the database, the fonts or the printing are imported, so a
barista sees the register as fast as an empty Textual program would show.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual import events, on, work
from textual.app import App
from textual.message import Message
from textual.screen import Screen

from pos_recovery.locations import Home
from pos_recovery.tui import answers, early_wishes, wishes
from pos_recovery.tui.closing import ClosingApp
from pos_recovery.tui.faults import fault_of
from pos_recovery.tui.hang_up import fenced
from pos_recovery.tui.put_back import TakenBack
from pos_recovery.tui.quiet import Quiet
from pos_recovery.tui.scanning import Scanned, Scanning, Silence
from pos_recovery.tui.screens.curtain import CurtainScreen
from pos_recovery.tui.surroundings import Surroundings
from pos_recovery.tui.theme import AFTER_HOURS, FEW_COLOURS, take_colours_from
from pos_recovery.tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pos_recovery.bootstrap import Counter
    from pos_recovery.outcomes import Issued, Person, Story
    from pos_recovery.tui.printing import Printing

SIGN_IN = "sign-in"
"""Name of the screen that signing out goes back to."""


class RegisterApp(ClosingApp):
    """One register, from sign-in to sign-out."""

    CSS_PATH = "app.tcss"
    TITLE = "pos-recovery"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, home: Home, around: Surroundings = Surroundings()) -> None:  # noqa: B008  frozen
        """`home` is where its things are, `around` what it meets."""
        super().__init__()
        self.driver_class = fenced(self.driver_class)
        self.abilities = around.abilities
        if not self.abilities.colours:
            take_colours_from(self)
        self.home = home
        self.counter: Counter | None = None
        self.person: Person | None = None
        self.last_code: str | None = None
        self._around = around
        self._last_touch = around.idle_clock()
        self.printing: Printing | None = None
        self.scanning = Scanning(self, around.scan_terms, around.idle_clock)
        self.quiet = Quiet(self)
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
            self.begin()
            return
        from pos_recovery.tui.screens.setup import SetupScreen

        self.push_screen(SetupScreen(self._around.find_printers))

    @work(thread=True, exit_on_error=False, group="load")
    def _load(self) -> None:
        self._answer(self, self._opened)

    def _opened(self) -> Message:
        from pos_recovery import bootstrap

        counter = (self._around.open_counter or bootstrap.open_counter)(self.home)
        return answers.CounterReady(counter)

    @on(answers.CounterReady)
    def _counter_ready(self, ready: answers.CounterReady) -> None:
        from pos_recovery.tui.printing import Printing

        self.counter = ready.counter
        self.printing = Printing(self, ready.counter, self._around.rhythm)
        self.scanning.listen(ready.counter.settings.scanner, self._around.open_scanner)
        self.scanning.learned()
        self.dress(self.screen)
        self.screen.post_message(answers.CounterReady(ready.counter))

    @work(thread=True, exit_on_error=False, group="load")
    def _warm_up(self) -> None:
        """What the first slip needs, loaded while a PIN is typed, and not in a register that waits for somebody."""
        import receipts.printers

        receipts.printers.warm_up()

    @on(answers.Fault)
    def _cannot_start(self, fault: answers.Fault) -> None:
        from pos_recovery.exits import ExitCode

        self.parting_words = fault.sentence
        code = ExitCode.CONFIGURATION if fault.field == "settings" else ExitCode.UNAVAILABLE
        self.exit(return_code=ExitCode.BUG if fault.ours else code)

    # ----------------------------------------------------------------- wishes

    @on(wishes.Wish)
    def _wished(self, wish: wishes.Wish) -> None:
        if self.counter is not None:
            self._grant(wish, self.counter, self.person)

    @work(thread=True, exit_on_error=False, group="wishes")
    def _grant(self, wish: wishes.Wish, counter: Counter, person: Person | None) -> None:
        def granted() -> Message:
            from db.types import Role
            from pos_recovery.outcomes import Person as SignedIn

            who = person or SignedIn(0, "nobody", Role.BARISTA)
            answer = wish.grant(counter, who)
            if self.printing is not None:
                self.printing.give_a_start(answer)
            return answer

        self._answer(wish.asker, granted, to=wish)

    @on(wishes.Print)
    def _to_paper(self, wish: wishes.Print) -> None:
        if self.printing is not None:
            self.printing.put(wish.jobs)

    @on(answers.PaperNews)
    def _paper_news(self, news: answers.PaperNews) -> None:
        if self.printing is not None:
            self.printing.spread(news)

    @on(early_wishes.EarlyWish)
    @work(thread=True, exit_on_error=False, group="load")
    def _grant_early(self, wish: early_wishes.EarlyWish) -> None:
        self._answer(wish.asker, lambda: wish.make(self.home))

    def _answer(self, asker: object, do: Callable[[], Message], to: wishes.Wish | None = None) -> None:
        """The edge of every thread: an answer is posted whatever happens, and nothing else is touched."""
        try:
            answer = do()
        except Exception as error:  # noqa: BLE001  the one broad handler of the threads; it logs and answers
            answer = fault_of(error, self.home)
        answers.address(answer, to)
        if isinstance(asker, App | Screen):
            asker.post_message(answer)

    # ------------------------------------------------------- people and pages

    def welcome(self, person: Person) -> None:
        """Somebody signed in."""
        from pos_recovery.tui.screens.grid import GridScreen

        self.person, self.last_code = person, None
        self.clear_notifications()
        self.push_screen(GridScreen())

    def action_sign_out(self) -> None:
        """Back to the PIN pad."""
        self.person = None
        self.clear_notifications()
        while self.screen.name != SIGN_IN and len(self.screen_stack) > 1:
            self.pop_screen()

    def begin(self) -> None:
        """Open the counter and let somebody sign in."""
        from pos_recovery.tui.screens.sign_in import SignInScreen

        self.push_screen(SignInScreen(name=SIGN_IN))
        self._load()

    def gave(self, card: Screen[Any], issued: Issued) -> None:
        """Coupons are on record: from the card to their paper, whatever has been opened on top of the card."""
        from pos_recovery.tui.screens.paper import PaperScreen

        self.last_code = issued.stories[0].code
        while self.screen is not card:
            self.pop_screen()
        self.switch_screen(PaperScreen(issued.stories, issued.jobs))

    def open_paper(self, story: Story, job: int) -> None:
        """A copy goes to paper, or somebody sees to the paper of a slip once more."""
        from pos_recovery.tui.screens.paper import PaperScreen

        self.push_screen(PaperScreen((story,), (job,)))

    def open_redeem(self) -> None:
        """A slip comes back."""
        from pos_recovery.tui.screens.redeem import RedeemScreen

        self.push_screen(self.quiet.take(RedeemScreen) or RedeemScreen())

    def action_help(self) -> None:
        """What the keys do."""
        from pos_recovery.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    # ------------------------------------------------------------ status line

    @property
    def zone(self) -> ZoneInfo:
        """The store's time zone; UTC until it is known."""
        from pos_recovery import zone_rules

        return self.counter.ledger.house.calendar.zone if self.counter else zone_rules.zone("UTC")

    @property
    def only_previews(self) -> bool:
        """Whether there is no printer, only pictures of slips."""
        return self.counter is not None and self.counter.settings.printer == "preview:"

    def now(self) -> datetime:
        """The present instant by the counter's clock."""
        return self.counter.clock() if self.counter else datetime.now(UTC)

    def sentence(self, outcome: object) -> str:
        """An outcome in words."""
        from pos_recovery.telling import sentence

        return sentence(outcome, self.zone, self.now(), self.counter.settings.store_id if self.counter else "")

    def dress(self, screen: Screen[Any]) -> None:
        """Bring a screen's status line up to date."""
        for bar in screen.query(StatusBar):
            if self.counter is None:
                return
            settings = self.counter.settings
            bar.place = f"{settings.store_name} · register {settings.register}"
            bar.person = self.person.name if self.person else ""
            bar.waiting_scans = len(self.scanning.waiting)
            bar.scanner_lost = self.scanning.is_lost
            if self.printing is not None:
                bar.printer = self.printing.badge
            bar.clock = self.now().astimezone(self.zone)

    def _tick(self) -> None:
        if not self.screen_stack:
            return  # the register closes
        self.scanning.proceed()
        self.dress(self.screen)
        if self.person is None or self.counter is None:
            return
        if self.is_busy:
            return  # a coupon on its way to paper has its screen until the paper is known
        if self._around.idle_clock() - self._last_touch >= self.counter.settings.sign_out_after_s:
            self.action_sign_out()

    async def on_event(self, event: events.Event) -> None:
        """Any key, touch or scan keeps the person signed in; what a scanner types is kept from the screens."""
        if isinstance(event, events.Key | events.MouseDown | events.Paste | Scanned):
            self._last_touch = self._around.idle_clock()
            self.quiet.broken()
            if self._is_cold:
                self._is_cold = False
                self._warm_up()
        if isinstance(event, events.Key | events.Paste | Scanned) and not event.is_forwarded:
            await self.scanning.take(event, super().on_event)
        else:
            await super().on_event(event)

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
        if self.counter is not None:
            self.counter.close()
