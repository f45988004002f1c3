"""The first run: one screen, every answer proposed, Enter through all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Center, Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from pos_recovery.tui.base.counter_screen import RegisterScreen
from pos_recovery.tui.dialogs.drawn_pin import DrawnPinScreen
from pos_recovery.tui.messages import replies, setup_requests
from pos_recovery.tui.screens.sample_slip import TestSlipScreen, can_tell
from pos_recovery.tui.screens.sign_in import begin
from pos_recovery.tui.widgets.field import Field
from pos_recovery.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from pos_recovery.opening.setup import Answers
    from receipts.printers.discovery import Found

FIELDS = (
    ("store_name", "Store name", "stands on every slip"),
    ("timezone", "Time zone", "like Europe/London"),
    ("currency", "Currency", "like GBP"),
    ("lead", "Who are you?", "you are the first shift lead"),
    ("pin", "Your PIN", "4 to 8 digits; Enter draws one for you"),
    ("paper", "Paper roll", "58 mm or 80 mm"),
    ("printer", "Printer", "preview: needs nothing; an address like 192.168.1.40"),
)
LOOKING = "Looking for printers…"
FOUND = "↓ or a touch chooses one; an address will do, too."
NOT_FOUND = "None found: slips become pictures. Or type 192.168.1.40."
MOST_OFFERED = 6


class SetupScreen(RegisterScreen):
    """Asks once; never again when the answers are on disk."""

    CSS_PATH = "../counter.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]
    BINDINGS = [
        Binding("escape", "app.quit", "Leave", key_display="Esc", id="back", tooltip="Nothing has been written"),
        Binding(
            "f10",
            "finish",
            "Open the register",
            key_display="F10",
            id="setup.finish",
            tooltip="Take all answers as they stand",
        ),
        Binding(
            "down",
            "to_found",
            "Printers found",
            id="setup.found",
            tooltip="Choose one of these",
            show=False,
            priority=True,
        ),
    ]

    def __init__(self, find_printers: Callable[[], tuple[Found, ...]] | None = None) -> None:
        """`find_printers` stands in for looking at the machine itself."""
        super().__init__()
        self._find_printers = find_printers
        self._found: tuple[Found, ...] = ()
        self._proposed: Answers | None = None

    def compose(self) -> ComposeResult:
        """Seven lines, the printers that are there, and a button."""
        with VerticalScroll(id="setup", can_focus=False):
            yield Static(Content("Welcome. Half a minute, and the first cup can be filled."), classes="heading")
            yield Static("Enter takes what stands there.", classes="quiet")
            for name, label, hint in FIELDS:
                with Horizontal(classes="field"):
                    yield Static(Content(f"{label:<14}"), classes="field-label")
                    yield Field(id=name, placeholder=hint, password=name == "pin", compact=True, max_length=120)
            yield Static(LOOKING, id="found-words", classes="quiet", markup=False)
            yield OptionList(id="found", markup=False)
            yield Static("", id="trouble", markup=False)
            with Center():
                yield Button("Open the register", id="finish", variant="primary")
        yield KeyLine()

    def begin(self) -> None:
        """Start at the first line; the proposals arrive in a moment, the printers in two."""
        self.query_one("#store_name", Input).focus()
        self.query_one("#found", OptionList).display = False
        self.post_message(setup_requests.Guess(self))
        self.post_message(setup_requests.FindPrinters(self, self._find_printers))

    @on(replies.Guessed)
    def _guessed(self, guessed: replies.Guessed) -> None:
        """Propose it. A currency that nobody has written follows the zone."""
        given = self._given()
        for name, _, _ in FIELDS:
            follows = name == "currency" and given["timezone"] in {"", guessed.answers.timezone}
            if name != "pin" and (not given[name] or (follows and self._is_as_proposed(given))):
                answer = getattr(guessed.answers, name)
                self.query_one(f"#{name}", Input).value = f"{answer} mm" if name == "paper" else str(answer)
        self._proposed = guessed.answers

    def _given(self) -> dict[str, str]:
        return {name: self.query_one(f"#{name}", Input).value.strip() for name, _, _ in FIELDS}

    def _is_as_proposed(self, given: dict[str, str]) -> bool:
        return self._proposed is not None and given["currency"] == self._proposed.currency

    def _is_elsewhere(self, given: dict[str, str]) -> bool:
        """Whether the currency was proposed for another zone than the one that stands there by now."""
        return (
            self._is_as_proposed(given) and self._proposed is not None and given["timezone"] != self._proposed.timezone
        )

    @on(events.DescendantBlur, "#timezone")
    def _zone_written(self) -> None:
        given = self._given()
        if given["timezone"] and self._is_elsewhere(given):
            self.post_message(setup_requests.Guess(self, given["timezone"]))

    @on(replies.PrintersFound)
    def _printers_found(self, found: replies.PrintersFound) -> None:
        """Offer them. None is taken unasked: an office printer would print coupons in the office."""
        self._found = found.printers[:MOST_OFFERED]
        names = self.query_one("#found", OptionList)
        names.add_options(
            Option(Content.assemble(each.words, (f"   {each.url}", "$text-muted"))) for each in self._found
        )
        names.display = bool(self._found)
        self.query_one("#found-words", Static).update(FOUND if self._found else NOT_FOUND)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  textual names it
        """Only from the printer's line does down lead to the printers."""
        return action != "to_found" or (bool(self._found) and self.query_one("#printer", Input).has_focus)

    def action_to_found(self) -> None:
        """From the printer's line down to those that were found."""
        self.query_one("#found", OptionList).focus()
        self.query_one("#found", OptionList).highlighted = 0

    @on(OptionList.OptionSelected)
    def _chosen(self, chosen: OptionList.OptionSelected) -> None:
        box = self.query_one("#printer", Input)
        box.value = self._found[chosen.option_index].url
        box.focus()

    @on(Input.Submitted)
    def _next(self, submitted: Input.Submitted) -> None:
        names = [name for name, _, _ in FIELDS]
        here = names.index(submitted.input.id or names[-1])
        if here + 1 < len(names):
            self.query_one(f"#{names[here + 1]}", Input).focus()
        else:
            self.action_finish()

    @on(Input.Changed)
    def _mending(self) -> None:
        """What would not do is being put right."""
        self.query_one("#trouble", Static).update("")

    @on(Button.Pressed, "#finish")
    def _touched(self) -> None:
        self.action_finish()

    def action_finish(self) -> None:
        """Take the answers, once."""
        if self.query_one("#finish", Button).disabled:
            return
        from pos_recovery.counter.staff import Pin, PinError, draw_pin

        given = self._given()
        if self._is_elsewhere(given):
            given["currency"] = ""  # it follows the zone
        typed = given.pop("pin")
        try:
            pin = Pin.typed(typed) if typed else draw_pin()
        except PinError as error:
            self.trouble(str(error), "pin")
            return
        self.query_one("#finish", Button).disabled = True
        self.query_one("#trouble", Static).update("")
        self.post_message(setup_requests.SetUp(self, given, pin, drawn=not typed))

    def trouble(self, sentence: str, field: str | None) -> None:
        """Say what will not do, and go there."""
        self.query_one("#finish", Button).disabled = False
        labels = {name: label for name, label, _ in FIELDS}
        self.query_one("#trouble", Static).update(f"{labels[field]}: {sentence}" if field in labels else sentence)
        if field in labels:
            self.query_one(f"#{field}", Input).focus()

    @on(replies.SetUpDone)
    def _done(self, done: replies.SetUpDone) -> None:
        """The PIN first, on top of everything; the test slip prints meanwhile."""
        if not done.added_lead:
            told = "Somebody works here already and signs in as before. The name and PIN given now were not used."
            self.notify(told, timeout=20, markup=False)
        tests = can_tell(done.printer)
        if tests:
            self.app.push_screen(TestSlipScreen(done.printer))
        if done.drawn is not None:
            self.app.push_screen(DrawnPinScreen(done.drawn), lambda _: None if tests else begin(self.app))
        elif not tests:
            begin(self.app)

    @on(replies.Fault)
    def _fault(self, fault: replies.Fault) -> None:
        self.trouble(fault.sentence, fault.field)
