"""Sign-in: choose who you are, enter your PIN. Nothing else can be done until then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

from pos_recovery.tui.base.counter_screen import CounterScreen
from pos_recovery.tui.content.session import Session
from pos_recovery.tui.messages import replies, requests
from pos_recovery.tui.screens.curtain import MOTTO
from pos_recovery.tui.widgets.cup import Cup
from pos_recovery.tui.widgets.pin_pad import PinPad

if TYPE_CHECKING:
    from db.tables.facts import StaffFact
    from pos_recovery.counter.outcomes import Person

OPENING = "One moment, the ledger is still opening."
NOBODY = "Nobody can sign in. pos-recovery setup --add-lead NAME adds a shift lead."


SIGN_IN = "sign-in"
"""Name of the screen that signing out goes back to."""


def begin(app: App[None]) -> None:
    """Let somebody sign in, while the counter opens behind."""
    app.push_screen(SignInScreen(name=SIGN_IN))
    app.post_message(requests.OpenCounter())


def welcome(app: App[None], person: Person) -> None:
    """Somebody has signed in: to the counter."""
    from pos_recovery.tui.screens.grid import GridScreen

    session = Session.of(app)
    session.person, session.last_code = person, None
    app.clear_notifications()
    app.push_screen(GridScreen())


class SignInScreen(CounterScreen):
    """Who is it?"""

    BINDINGS = [
        Binding("up", "choose(-1)", "Up", id="sign_in.up", tooltip="The name above", show=False, priority=True),
        Binding("down", "choose(1)", "Down", id="sign_in.down", tooltip="The name below", show=False, priority=True),
        Binding(
            "escape", "forget", "Clear", key_display="Esc", id="back", tooltip="Take back what was entered", show=False
        ),
        Binding("f10", "app.close", "Close the register", key_display="F10", id="quit", tooltip="Leave pos-recovery"),
    ]

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name=name)
        self._people: tuple[StaffFact, ...] = ()
        self._steps = 0
        """How far down the names somebody has gone who does not see them yet."""
        self._kept: PinPad.Entered | None = None
        """A PIN entered before the names were known; it is tried as soon as they are."""
        self._names = OptionList(id="people", markup=False)
        self._names.can_focus = False  # the pad has the keyboard; arrows reach the names through the screen
        self._pad = PinPad(id="pin-pad")

    def compose_body(self) -> ComposeResult:
        """The cup on the left, where the curtain had it; names and pad beside it."""
        with Horizontal(id="sign-in"):
            yield Cup(MOTTO, id="welcome")
            with Vertical(id="who"):
                yield Label("Who are you?", classes="heading")
                yield self._names
                yield Static("", id="refusal", markup=False)
            with Vertical(id="pin"):
                yield Label("Your PIN", classes="heading")
                yield self._pad

    def begin(self) -> None:
        """The names come with the ledger."""
        super().begin()
        self.watch(self._pad, "entered", self._entering, init=False)
        self.ask()

    def on_screen_resume(self) -> None:
        """Somebody signed out, or people changed."""
        super().on_screen_resume()
        if self.is_whole:
            self._pad.action_clear()
            self._tell("" if self._kept is None else OPENING)
            self.ask()

    @on(replies.CounterReady)
    def ask(self) -> None:
        """Ask who works here. Before the ledger is open nobody answers; it asks again when it is."""
        self.post_message(requests.People(self))

    @on(replies.PeopleKnown)
    def _people_known(self, known: replies.PeopleKnown) -> None:
        if known.people != self._people:
            self._show(known.people)
        kept, self._kept = self._kept, None
        if not known.people:
            self._tell(NOBODY)
        elif kept is not None and not self.in_front:
            self._kept = kept  # until somebody comes back from the help
        elif kept is not None:
            self._tell("")
            self._entered(kept)

    def _show(self, people: tuple[StaffFact, ...]) -> None:
        self._people = people
        names = self._names
        names.clear_options()
        for person in people:
            role = "lead" if person.role == "shift_lead" else "barista"
            names.add_option(
                Option(Content.assemble((f"{person.id:>3} ", "$text-muted"), person.name, (f"  {role}", "$text-muted")))
            )
        names.highlighted = self._steps % len(people) if people else None
        self._steps = 0

    def action_choose(self, step: int) -> None:
        """Walk through the names."""
        names = self._names
        if names.option_count:
            names.highlighted = ((names.highlighted or 0) + step) % names.option_count
        else:
            self._steps += step

    def action_forget(self) -> None:
        """Take back what was entered."""
        self._pad.action_clear()
        self._kept = None
        self._tell("")

    def _entering(self, entered: int) -> None:
        """Another try has begun: what was said of the last one is no news any more."""
        if entered:
            self._tell("")

    @on(OptionList.OptionSelected)
    def _named(self) -> None:
        self._pad.focus()

    @on(PinPad.TooShort)
    def _too_short(self) -> None:
        if self._kept is None:  # else the Enter before has bounced
            self._tell("A PIN has at least four digits.")

    @on(PinPad.Entered)
    def _entered(self, entered: PinPad.Entered) -> None:
        chosen = self._names.highlighted
        if chosen is None:
            self._kept = entered
            self._tell(OPENING)
            self.ask()  # once more: they may have been asked for, and could not be read
            return
        from pos_recovery.counter.staff import Pin

        self.post_message(requests.SignIn(self, self._people[chosen].id, Pin(entered.digits)))

    @on(replies.Fault)
    def _not_known(self) -> None:
        """The names could not be read, and the notice says why."""
        self._kept = None
        self._tell("")

    @on(replies.Answered)
    def _answered(self, answer: replies.Answered) -> None:
        from pos_recovery.counter.outcomes import Person

        if not self.in_front:
            return  # a second right PIN in a hurry; they are in already
        if isinstance(answer.outcome, Person):
            welcome(self.app, answer.outcome)
        else:
            self._tell(self.session.sentence(answer.outcome))

    def _tell(self, sentence: str) -> None:
        """Beside the names, where it covers no key and stays behind when somebody gets in."""
        self.query_one("#refusal", Static).update(sentence)
