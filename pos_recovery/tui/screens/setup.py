"""The first run: one screen, every answer proposed, Enter through all of them."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Center, Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Footer, Input, Static

from pos_recovery.tui import answers, wishes
from pos_recovery.tui.screens.ask import AskScreen
from pos_recovery.tui.screens.base import AtRegister
from pos_recovery.tui.widgets.field import Field

FIELDS = (
    ("store_name", "Store name", "stands on every slip"),
    ("timezone", "Time zone", "like Europe/London"),
    ("currency", "Currency", "like GBP"),
    ("lead", "Who are you?", "you are the first shift lead"),
    ("pin", "Your PIN", "4 to 8 digits; Enter draws one for you"),
    ("printer", "Printer", "preview: needs nothing; tcp://host:9100; file:///dev/usb/lp0"),
)


class SetupScreen(AtRegister):
    """Asks once; never again when the answers are on disk."""

    CSS_PATH = "../counter.tcss"
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
    ]

    def compose(self) -> ComposeResult:
        """Six lines and a button."""
        with VerticalScroll(id="setup", can_focus=False):
            yield Static(Content("Welcome. Half a minute, and the first cup can be filled."), classes="heading")
            yield Static("Enter takes what stands there.", classes="quiet")
            for name, label, hint in FIELDS:
                with Horizontal(classes="field"):
                    yield Static(Content(f"{label:<14}"), classes="field-label")
                    yield Field(id=name, placeholder=hint, password=name == "pin", compact=True, max_length=120)
            yield Static("", id="trouble", markup=False)
            with Center():
                yield Button("Open the register", id="finish", variant="primary")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Start at the first line; the proposals arrive in a moment."""
        self.query_one("#store_name", Input).focus()

    @on(answers.Guessed)
    def _guessed(self, guessed: answers.Guessed) -> None:
        for name, _, _ in FIELDS:
            box = self.query_one(f"#{name}", Input)
            if name != "pin" and not box.value:
                box.value = str(getattr(guessed.answers, name))

    @on(Input.Submitted)
    def _next(self, submitted: Input.Submitted) -> None:
        names = [name for name, _, _ in FIELDS]
        here = names.index(submitted.input.id or names[-1])
        if here + 1 < len(names):
            self.query_one(f"#{names[here + 1]}", Input).focus()
        else:
            self.action_finish()

    @on(Button.Pressed, "#finish")
    def _touched(self) -> None:
        self.action_finish()

    def action_finish(self) -> None:
        """Take the answers, once."""
        if self.query_one("#finish", Button).disabled:
            return
        from pos_recovery.staff import Pin, PinError, draw_pin

        given = {name: self.query_one(f"#{name}", Input).value.strip() for name, _, _ in FIELDS}
        typed = given.pop("pin")
        try:
            pin = Pin(typed) if typed else draw_pin()
        except PinError as error:
            self.trouble(str(error), "pin")
            return
        self.query_one("#finish", Button).disabled = True
        self.query_one("#trouble", Static).update("")
        self.post_message(wishes.SetUp(self, given, pin, drawn=not typed))

    def trouble(self, sentence: str, field: str | None) -> None:
        """Say what will not do, and go there."""
        self.query_one("#finish", Button).disabled = False
        labels = {name: label for name, label, _ in FIELDS}
        self.query_one("#trouble", Static).update(f"{labels[field]}: {sentence}" if field in labels else sentence)
        if field in labels:
            self.query_one(f"#{field}", Input).focus()

    @on(answers.SetUpDone)
    def _done(self, done: answers.SetUpDone) -> None:
        if done.drawn is None:
            if not done.added_lead:
                told = "Somebody works here already and signs in as before. The name and PIN given now were not used."
                self.notify(told, timeout=20, markup=False)
            self.register.begin()
            return
        text = f"Your PIN is {done.drawn.digits}. It is shown only now; please write it down."
        self.register.push_screen(AskScreen(text, "I have it", None), lambda _: self.register.begin())

    @on(answers.Fault)
    def _fault(self, fault: answers.Fault) -> None:
        self.trouble(fault.sentence, fault.field)
