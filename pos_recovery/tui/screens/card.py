"""The card of a reason: what to say, what to do, and the slip as it will print. Enter prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from pos_recovery.tui.base.counter_screen import CounterScreen
from pos_recovery.tui.dialogs.lead_pin import LeadPinScreen
from pos_recovery.tui.messages import replies, requests
from pos_recovery.tui.widgets.choice_row import ChoiceRow
from pos_recovery.tui.widgets.field import Field
from pos_recovery.tui.widgets.slip_view import SlipView

if TYPE_CHECKING:
    from pos_recovery.counter.outcomes import Issued
    from pos_recovery.counter.recovery import Order
    from pos_recovery.counter.staff import Pin
    from pos_recovery.slip_texts.reasons import Reason

MOST_AT_ONCE = 4
STEPS = 5
"""Of every playbook."""


class CardScreen(CounterScreen):
    """One reason, one slip."""

    BINDINGS = [
        Binding(
            "enter",
            "give",
            "Print",
            key_display="Enter",
            id="card.give",
            tooltip="Issue the coupon and print the slip",
            priority=True,
        ),
        Binding("r", "remade", "Remade", id="card.remade", tooltip="Whether it was made again", show=False),
        Binding("a", "asked", "Asked", id="card.asked", tooltip="Whether the guest had to ask", show=False),
        Binding("plus,equals_sign", "more", "More", id="card.more", tooltip="Coupons for a party", show=False),
        Binding("minus", "fewer", "Fewer", id="card.fewer", tooltip="Fewer coupons", show=False),
        Binding("l", "language", "Language", id="card.language", tooltip="The guest's language", show=False),
        Binding("i", "write('item')", "Item", id="card.item", tooltip="What it was about", show=False),
        Binding("n", "write('note')", "Note", id="card.note", tooltip="For whoever meets the guest next", show=False),
    ]

    AWAITED: ClassVar[frozenset[str]] = frozenset({"enter"})
    """Keys whose paper a guest waits for."""

    def __init__(self) -> None:
        """A card of no reason yet: it can be laid out before anybody has picked one."""
        super().__init__()
        self.reason: Reason | None = None
        self._remade = False
        self._noticed_first = True
        self._count = 1
        self._language = ""
        self._request_id = ""
        self._given = False
        self._dialog: LeadPinScreen | None = None
        """Where a lead is asked for their PIN, while that is so."""

    def compose_body(self) -> ComposeResult:
        """What to say and do on the left, the slip on the right."""
        with Horizontal(id="card"):
            with VerticalScroll(id="card-left", can_focus=False):
                yield Label("", classes="heading", markup=False)
                yield Static("", id="say", markup=False)
                for _ in range(STEPS):
                    yield Static("", classes="step")
                yield Static("", id="never", markup=False)
                yield ChoiceRow("r", "remade now", id="row-remade")
                yield ChoiceRow("a", "noticed first", id="row-asked")
                yield ChoiceRow("+", "coupons", id="row-count")
                yield ChoiceRow("l", "language", id="row-language")
                with Horizontal(classes="field"):
                    yield Static(Content.assemble((" i ", "reverse"), " item           "), classes="field-label")
                    yield Field(id="item", max_length=60, compact=True, placeholder="like flat white")
                with Horizontal(classes="field"):
                    yield Static(Content.assemble((" n ", "reverse"), " note           "), classes="field-label")
                    yield Field(id="note", max_length=280, compact=True, placeholder="for whoever meets them next")
            with Vertical(id="card-right"):
                yield SlipView(id="slip")
                yield Button("Enter  Print", id="print", variant="primary")

    def begin(self) -> None:
        """Show the choices and ask for the slip's picture; nothing has the focus, so every key is a choice."""
        from pos_recovery.opening.wiring import new_request_id

        super().begin()
        self._request_id = new_request_id()
        self.query_one("#print", Button).can_focus = False
        counter = self.session.counter
        if counter is not None:
            self._language = counter.settings.language
        self._fill_in()

    def about(self, reason: Reason) -> None:
        """This is its reason."""
        self.reason = reason
        self._remade = reason.remade_default
        if self.is_mounted:
            self._fill_in()

    def _fill_in(self) -> None:
        self._show()
        reason = self.reason
        if reason is None:
            return
        self.query_one(".heading", Label).update(reason.name)
        self.query_one("#say", Static).update(f"“{reason.say}”")
        self.query_one("#never", Static).update(reason.never)
        steps = zip(self.query(".step").results(Static), reason.playbook, strict=True)
        for number, (shown, (step, line)) in enumerate(steps, start=1):
            shown.update(Content.assemble((f"{number} {step} ", "$accent"), line))
        self._ask_preview()

    def _show(self) -> None:
        rows = {
            "row-remade": "yes" if self._remade else "no",
            "row-asked": "yes" if self._noticed_first else "no, the guest asked",
            "row-count": str(self._count),
            "row-language": self._language_name(),
        }
        for row, value in rows.items():
            self.query_one(f"#{row}", ChoiceRow).value = value

    @property
    def choices(self) -> tuple[bool, bool, int, str]:
        """What its keys choose, to be put back when a scanner pressed them."""
        return self._remade, self._noticed_first, self._count, self._language

    @choices.setter
    def choices(self, choices: tuple[bool, bool, int, str]) -> None:
        self._remade, self._noticed_first, self._count, self._language = choices
        self._show()
        self._ask_preview()

    def _language_name(self) -> str:
        return dict(self._languages()).get(self._language, self._language)

    def _languages(self) -> tuple[tuple[str, str], ...]:
        from pos_recovery.slip_texts.slip_fonts import spoken
        from pos_recovery.slip_texts.slip_words import language_choices

        counter = self.session.counter
        own = counter.settings.words if counter else {}
        here = spoken(own)
        return tuple(each for each in language_choices(own) if each[0] in here)

    @on(SlipView.Sized)
    def _ask_preview(self) -> None:
        columns = self.query_one(SlipView).size.width
        if columns > 0 and self.reason is not None:
            self.post_message(requests.Preview(self, self.reason.id, self._language, columns))

    @on(replies.PreviewReady)
    def _preview(self, ready: replies.PreviewReady) -> None:
        if ready.language == self._language:
            self.query_one(SlipView).cells = ready.cells

    @on(ChoiceRow.Touched)
    def _touched(self, touched: ChoiceRow.Touched) -> None:
        {
            "row-remade": self.action_remade,
            "row-asked": self.action_asked,
            "row-count": self.action_more,
            "row-language": self.action_language,
        }[touched.row.id or ""]()

    def action_remade(self) -> None:
        """Made again on the spot, or not."""
        self._remade = not self._remade
        self._show()

    def action_asked(self) -> None:
        """We noticed first, or the guest asked."""
        self._noticed_first = not self._noticed_first
        self._show()

    def action_more(self) -> None:
        """One coupon more, and after the fourth back to one."""
        self._count = self._count % MOST_AT_ONCE + 1
        self._show()

    def action_fewer(self) -> None:
        """One coupon fewer."""
        self._count = max(1, self._count - 1)
        self._show()

    def action_language(self) -> None:
        """The next language."""
        ids = [language for language, _ in self._languages()]
        self._language = ids[(ids.index(self._language) + 1) % len(ids)]
        self._show()
        self._ask_preview()

    def action_write(self, field: str) -> None:
        """Write in a field."""
        self.query_one(f"#{field}", Input).focus()

    @property
    def busy(self) -> bool:
        """Whether the coupon is being recorded."""
        return self._given

    def action_back(self) -> None:
        """Out of a field first; then off the card, unless the coupon is being recorded: its slip comes next."""
        if self._given:
            return
        if isinstance(self.focused, Input):
            self.set_focus(None)
        else:
            super().action_back()

    @on(Button.Pressed, "#print")
    def _print_touched(self) -> None:
        self.action_give()

    def action_give(self) -> None:
        """Issue. From inside a field, Enter leaves the field: nobody prints a slip by ending a note."""
        if isinstance(self.focused, Input):
            self.set_focus(None)
            return
        self._give()

    def order(self) -> Order:
        """What the card says."""
        from pos_recovery.counter.recovery import Order

        return Order(
            reason=self.reason.id if self.reason else "",
            language=self._language,
            item=self.query_one("#item", Input).value or None,
            note=self.query_one("#note", Input).value or None,
            remade=self._remade,
            noticed_first=self._noticed_first,
            count=self._count,
        )

    def _give(self, lead: tuple[int, Pin] | None = None) -> None:
        if self._given:
            return
        self._given = True
        self.post_message(requests.Give(self, self.order(), self._request_id, lead))

    @on(replies.Answered)
    def _answered(self, answer: replies.Answered) -> None:
        from pos_recovery.counter.outcomes import Issued, NotAllowed

        outcome = answer.outcome
        if isinstance(outcome, Issued):
            self._gave(outcome)
            return
        self._given = False
        if self._dialog is None and isinstance(outcome, NotAllowed) and outcome.why == "cap":
            self._dialog = LeadPinScreen(outcome.sentence, self)
            self.app.push_screen(self._dialog, self._without_lead)
        else:
            self.say(self.session.sentence(outcome))

    def _gave(self, issued: Issued) -> None:
        """Coupons are on record: on to their paper, whatever has been opened on top of the card."""
        from pos_recovery.tui.screens.paper import PaperScreen

        self.session.last_code = issued.stories[0].code
        while self.app.screen is not self:
            self.app.pop_screen()
        self.app.switch_screen(PaperScreen(issued.stories, issued.jobs))

    @on(LeadPinScreen.Agreed)
    def _agreed(self, agreed: LeadPinScreen.Agreed) -> None:
        self._give(agreed.lead)

    def _without_lead(self, _: None) -> None:
        self._dialog = None

    def say(self, sentence: str, *, severity: str = "warning") -> None:
        """In front of whoever reads it: a lead who is asked for their PIN looks at the dialog."""
        if self._dialog is None:
            super().say(sentence, severity=severity)
        else:
            self._dialog.refused(sentence)

    @on(replies.Fault)
    def _may_try_again(self) -> None:
        self._given = False
