"""Sign-in: choose who you are, enter your PIN. Nothing else can be done until then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

from pos_recovery.tui import answers, wishes
from pos_recovery.tui.screens.base import CounterScreen
from pos_recovery.tui.screens.curtain import MOTTO
from pos_recovery.tui.widgets.cup import Cup
from pos_recovery.tui.widgets.pin_pad import PinPad

if TYPE_CHECKING:
    from db.facts import StaffFact


class SignInScreen(CounterScreen):
    """Who is it?"""

    BINDINGS = [
        Binding("up", "choose(-1)", "Up", id="sign_in.up", tooltip="The name above", show=False, priority=True),
        Binding("down", "choose(1)", "Down", id="sign_in.down", tooltip="The name below", show=False, priority=True),
        Binding(
            "escape", "forget", "Clear", key_display="Esc", id="back", tooltip="Take back what was entered", show=False
        ),
        Binding("f10", "close", "Close the register", key_display="F10", id="quit", tooltip="Leave pos-recovery"),
    ]

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name=name)
        self._people: tuple[StaffFact, ...] = ()
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

    def on_mount(self) -> None:
        """The names come with the ledger."""
        super().on_mount()
        self.ask()

    def on_screen_resume(self) -> None:
        """Somebody signed out, or people changed."""
        super().on_screen_resume()
        self._pad.action_clear()
        self._tell("")
        self.ask()

    @on(answers.CounterReady)
    def ask(self) -> None:
        """Ask who works here. Before the ledger is open nobody answers; it asks again when it is."""
        self.post_message(wishes.People(self))

    @on(answers.PeopleKnown)
    def _people_known(self, known: answers.PeopleKnown) -> None:
        if known.people == self._people:
            return
        self._people = known.people
        names = self._names
        names.clear_options()
        for person in known.people:
            role = "lead" if person.role == "shift_lead" else "barista"
            names.add_option(
                Option(Content.assemble((f"{person.id:>3} ", "$text-muted"), person.name, (f"  {role}", "$text-muted")))
            )
        names.highlighted = 0 if known.people else None

    def action_choose(self, step: int) -> None:
        """Walk through the names."""
        names = self._names
        if names.option_count:
            names.highlighted = ((names.highlighted or 0) + step) % names.option_count

    def action_forget(self) -> None:
        """Take back what was entered."""
        self._pad.action_clear()

    def action_close(self) -> None:
        """Leave pos-recovery, after one question: the key that signs out is the key that closes, and keys bounce."""
        from pos_recovery.tui.screens.ask import AskScreen

        def decided(yes: bool | None) -> None:
            if yes:
                self.register.exit()

        question = AskScreen("Close the register? Everything is on record.", "Close it", "Stay")
        self.register.push_screen(question, decided)

    @on(OptionList.OptionSelected)
    def _named(self) -> None:
        self._pad.focus()

    @on(PinPad.TooShort)
    def _too_short(self) -> None:
        self._tell("A PIN has at least four digits.")

    @on(PinPad.Entered)
    def _entered(self, entered: PinPad.Entered) -> None:
        from pos_recovery.staff import Pin

        highlighted = self._names.highlighted
        if highlighted is None or self.register.counter is None:
            self._tell("One moment, the ledger is still opening.")
            return
        self.post_message(wishes.SignIn(self, self._people[highlighted].id, Pin(entered.digits)))

    @on(answers.Answered)
    def _answered(self, answer: answers.Answered) -> None:
        from pos_recovery.outcomes import Person

        if not self.in_front:
            return  # a second right PIN in a hurry; they are in already
        if isinstance(answer.outcome, Person):
            self.register.welcome(answer.outcome)
        else:
            self._tell(self.register.sentence(answer.outcome))

    def _tell(self, sentence: str) -> None:
        """Beside the names, where it covers no key and stays behind when somebody gets in."""
        self.query_one("#refusal", Static).update(sentence)
