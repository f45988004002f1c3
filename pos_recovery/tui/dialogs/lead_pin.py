"""A shift lead's word, asked for on top of whatever is on the screen; what was entered there stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from pos_recovery.tui.base.composed_screen import ComposedScreen
from pos_recovery.tui.base.counter_screen import RegisterScreen
from pos_recovery.tui.messages import replies, requests
from pos_recovery.tui.widgets.pin_pad import PinPad

if TYPE_CHECKING:
    from db.tables.facts import StaffFact
    from pos_recovery.counter.staff import Pin


class LeadPinScreen(ModalScreen[None], ComposedScreen[None]):
    """Hands a lead's number and PIN to the screen that asked. It stands until that is done, or somebody leaves it."""

    CSS_PATH = "../counter.tcss"

    BINDINGS = [
        Binding("up", "choose(-1)", "Up", id="lead.up", tooltip="The name above", show=False, priority=True),
        Binding("down", "choose(1)", "Down", id="lead.down", tooltip="The name below", show=False, priority=True),
        Binding("escape", "leave", "Back", key_display="Esc", id="back", tooltip="Without a lead; nothing is issued"),
    ]

    class Agreed(Message, bubble=False):
        """A lead's number and PIN; whether they are right is for the asker to find out."""

        def __init__(self, number: int, pin: Pin) -> None:
            super().__init__()
            self.lead = (number, pin)

    def __init__(self, sentence: str, asker: RegisterScreen) -> None:
        super().__init__()
        self._sentence = sentence
        self._asker = asker
        self._leads: tuple[StaffFact, ...] = ()
        self._asks = False
        """Whether the names are on their way."""
        self._kept: PinPad.Entered | None = None
        """A PIN entered meanwhile; it is handed over as soon as they are there."""

    def compose(self) -> ComposeResult:
        """The sentence; the leads and the pad."""
        with Vertical(id="dialog", classes="wide"):
            yield Static(self._sentence, id="question", markup=False)
            with Horizontal(id="lead"):
                with Vertical(id="who"):
                    yield OptionList(id="leads", markup=False)
                    yield Static("", id="refusal", markup=False)
                yield PinPad()

    def begin(self) -> None:
        """Ask who leads. The pad has the keyboard; arrows reach the names through the screen."""
        self.query_one("#leads", OptionList).can_focus = False
        self.watch(self.query_one(PinPad), "entered", self._entering, init=False)
        self._ask()

    def _ask(self) -> None:
        self._asks = True
        self.post_message(requests.People(self))

    def _entering(self, entered: int) -> None:
        """Another try has begun: what was said of the last one is no news any more."""
        if entered:
            self.query_one("#refusal", Static).update("")

    @on(replies.PeopleKnown)
    def _people_known(self, known: replies.PeopleKnown) -> None:
        self._leads = tuple(person for person in known.people if person.role == "shift_lead")
        names = self.query_one("#leads", OptionList)
        names.clear_options()
        names.add_options(Option(f"{lead.id:>3} {lead.name}") for lead in self._leads)
        names.highlighted = 0 if self._leads else None
        self._asks, kept, self._kept = False, self._kept, None
        if kept is not None and self._leads:
            self._entered(kept)

    @on(replies.Fault)
    def _fault(self, fault: replies.Fault) -> None:
        self._asks, self._kept = False, None
        self.refused(fault.sentence)

    def refused(self, sentence: str) -> None:
        """Say why it is not done, beside the names, where it covers no key; the lead may enter another PIN."""
        self.query_one("#refusal", Static).update(sentence)
        self.query_one(PinPad).action_clear()

    def action_leave(self) -> None:
        """Without a lead, unless one has agreed and the answer is on its way."""
        if not self._asker.busy:
            self.dismiss()

    def action_choose(self, step: int) -> None:
        """Walk through the names."""
        names = self.query_one("#leads", OptionList)
        if names.option_count:
            names.highlighted = ((names.highlighted or 0) + step) % names.option_count

    @on(OptionList.OptionSelected)
    def _named(self) -> None:
        self.query_one(PinPad).focus()

    @on(PinPad.Entered)
    def _entered(self, entered: PinPad.Entered) -> None:
        from pos_recovery.counter.staff import Pin

        chosen = self.query_one("#leads", OptionList).highlighted
        if chosen is None and self._asks:
            self._kept = entered
        elif chosen is None:
            self._ask()  # they could not be read when this opened
        else:
            self._asker.post_message(self.Agreed(self._leads[chosen].id, Pin(entered.digits)))
