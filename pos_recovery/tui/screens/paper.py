"""What became of the paper, in words readable at arm's length. The code is one key away whatever happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Center, Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from pos_recovery.business import DRIFT_SHOWN_S
from pos_recovery.codes import printed
from pos_recovery.tui import answers, wishes
from pos_recovery.tui.screens.base import CounterScreen
from pos_recovery.tui.widgets.cup import FULL, Cup
from pos_recovery.tui.widgets.slip_view import SlipView

if TYPE_CHECKING:
    from db.facts import JobFact
    from pos_recovery.outcomes import Story

CLOSES_AFTER_S = 1.6
FILL_S = 1.2

WORDS = {
    "printing": ("…", "Printing", "The coupon is on record. The paper is on its way."),
    "proved": ("✔", "Printed", "Hand it over."),
    "picture": ("✔", "On record", "There is no printer. The slip is a picture in the home folder:"),
    "sent": ("?", "Sent. Is it in your hand?", "This printer cannot tell. Please look."),
    "in_hand": ("✔", "In hand", "Thank you. Hand it over."),
    "pending": ("▲", "Not printed yet", "The printer cannot be reached. The slip is kept; nothing is lost."),
    "unknown": ("?", "Did the slip come out?", "Nobody can tell. Another print is the same code, marked as a copy."),
    "failed": ("✘", "This slip cannot be drawn", "The coupon is good all the same. Please write the code by hand."),
}
"""Symbol, headline, sentence."""


class PaperScreen(CounterScreen):
    """One issue or reprint, until its paper is settled."""

    BINDINGS = [
        Binding("y", "in_hand(True)", "Yes, in hand", id="paper.yes", tooltip="The slip is in my hand"),
        Binding("n", "in_hand(False)", "No", id="paper.no", tooltip="There is no slip"),
        Binding("p", "print_again", "Print again", id="paper.again", tooltip="Try the printer once more"),
        Binding("w", "by_hand", "Code and QR", id="paper.code", tooltip="Write the code by hand, or show the QR"),
        Binding("enter", "done", "Done", key_display="Enter", id="paper.done", tooltip="Back to the counter"),
        Binding("escape", "back", "Back", key_display="Esc", id="back", tooltip="The slip is on record", show=False),
    ]

    def __init__(self, stories: tuple[Story, ...], jobs: tuple[int, ...]) -> None:
        super().__init__()
        self.stories = stories
        self.jobs = jobs
        self.state = "printing"
        self._shown = -1
        """Which story's QR is on the screen; -1 is none yet."""
        self._unanswered = 0
        """Copies asked for and not yet on record."""

    def compose_body(self) -> ComposeResult:
        """The cup and the words; the QR when it is asked for."""
        with Horizontal(id="made"):
            with VerticalScroll(id="paper", can_focus=False):
                with Center():
                    yield Cup(id="cup")
                yield Static("", id="state")
                yield Static("", id="what", markup=False)
                yield Static("", id="codes", markup=False)
                with Center():
                    yield Static("", id="qr", markup=False)
            yield SlipView(id="slip")
        with Horizontal(id="paper-keys", classes="buttons"):
            yield Button("Yes, in hand", id="yes", variant="success")
            yield Button("No", id="no")
            yield Button("Print again", id="again")
            yield Button("Code and QR", id="code")
            yield Button("Done", id="done", variant="primary")

    def on_mount(self) -> None:
        """Start printing."""
        super().on_mount()
        for button in self.query(Button):
            button.can_focus = False
        cup = self.query_one(Cup)
        cup.level = FULL / 2
        cup.animate("level", FULL - 1.0, duration=FILL_S)
        self.query_one("#codes", Static).update(self._codes())
        self._show()
        if self.stories[0].coupon.clock_drift_s > DRIFT_SHOWN_S:
            self.say("This machine's clock runs behind. The coupon is good; please have the clock set.")
        self.post_message(wishes.Print(self, self.jobs))

    @property
    def _more_codes(self) -> bool:
        """Whether there is a QR that has not been on the screen."""
        return self._shown < 0 or len(self.stories) > 1

    def _codes(self) -> str:
        """The codes; the one whose QR is shown stands between marks."""
        codes = [printed(story.code) for story in self.stories]
        if self._shown >= 0 and len(codes) > 1:
            codes[self._shown] = f"▸{codes[self._shown]}◂"
        return "   ".join(codes)

    def _show(self) -> None:
        symbol, headline, sentence = WORDS[self.state]
        if self.state == "picture":
            sentence = f"{sentence}\nslips/{self.stories[0].code}.png"
        self.query_one("#state", Static).update(Content(f"{symbol}  {headline}"))
        self.query_one("#what", Static).update(sentence)
        self.set_classes([f"-{self.state}", *(["-code"] if self._shown >= 0 else [])])
        useful = {
            "yes": self.state in {"sent", "unknown"},
            "no": self.state == "sent",
            "again": self.state in {"pending", "unknown"},
            "code": self._more_codes,
            "done": True,
        }
        for name, wanted in useful.items():
            self.query_one(f"#{name}", Button).display = wanted
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only keys that mean something now are shown and taken."""
        if action == "in_hand":
            return self.state in ({"sent", "unknown"} if parameters == (True,) else {"sent"})
        if action == "print_again":
            return self.state in {"pending", "unknown"}
        if action == "by_hand":
            return self._more_codes
        return action != "done" or self.state != "printing"  # a bounced Enter would close this unread

    @on(answers.PaperKnown)
    def _paper_known(self, known: answers.PaperKnown) -> None:
        self.jobs = tuple(job.id for job in known.jobs)
        self._settle(known.jobs)

    def _settle(self, jobs: tuple[JobFact, ...]) -> None:
        from pos_recovery.telling import worst_paper

        word = worst_paper(jobs)
        self.state = {
            "confirmed": "proved",
            "processed": "proved",
            "skipped": "proved",
            "by_person": "in_hand",
            "handed_over": "picture" if self.register.only_previews else "sent",
        }.get(word, word)
        cup = self.query_one(Cup)
        full = self.state in {"proved", "picture", "in_hand"}
        cup.animate("level", float(FULL) if full else FULL / 2, duration=0.3)
        self._show()
        self.register.settled(jobs)
        if self.state in {"proved", "in_hand"}:
            self.set_timer(CLOSES_AFTER_S, self._close)

    @on(SlipView.Sized)
    def _show_slip(self, sized: SlipView.Sized) -> None:
        """Without a printer, the slip itself is on the screen."""
        coupon = self.stories[0].coupon
        self.post_message(wishes.Preview(self, coupon.reason, coupon.language, sized.columns, coupon))

    @on(answers.PreviewReady)
    def _slip_ready(self, ready: answers.PreviewReady) -> None:
        self.query_one(SlipView).cells = ready.cells

    @property
    def busy(self) -> bool:
        """Whether the paper is on its way."""
        return self.state == "printing"

    def _close(self) -> None:
        if self.in_front and self._shown < 0:
            self.dismiss()

    def action_in_hand(self, came_out: bool) -> None:
        """A person looked."""
        self.post_message(wishes.InHand(self, self.jobs, came_out=came_out))

    def action_done(self) -> None:
        """Back to the counter."""
        self.action_back()

    def action_print_again(self) -> None:
        """A job of which no byte left is tried again; one in doubt becomes a copy of the same code."""
        from pos_recovery.bootstrap import new_request_id

        no_byte_left, self.state = self.state == "pending", "printing"
        self._show()
        if no_byte_left:
            self.post_message(wishes.Print(self, self.jobs))
            return
        self.jobs, self._unanswered = (), len(self.stories)
        for story in self.stories:
            self.post_message(wishes.Again(self, story.code, new_request_id()))

    @on(answers.Answered)
    def _answered(self, answer: answers.Answered) -> None:
        from pos_recovery.outcomes import Reprinted

        if isinstance(answer.outcome, Reprinted):
            self.jobs = (*self.jobs, answer.outcome.job)
        else:
            self.say(self.register.sentence(answer.outcome))
        self._one_more_answered()

    def _one_more_answered(self) -> None:
        self._unanswered -= 1
        if self._unanswered > 0:
            return
        if self.jobs:
            self.post_message(wishes.Print(self, self.jobs))
        else:
            self._doubt()

    def _doubt(self) -> None:
        self.state = "unknown"
        self._show()

    @on(answers.Fault)
    def _nobody_can_tell(self) -> None:
        """The ledger could not be asked or told: the paper may be on its way, so a person has to look."""
        if self.state != "printing":
            return
        if self._unanswered > 0:
            self._one_more_answered()
        else:
            self._doubt()

    def action_by_hand(self) -> None:
        """The code to write down, and its QR for the guest's phone; pressed again, the next one of a party."""
        self._shown = (self._shown + 1) % len(self.stories)
        self.query_one(Cup).display = False
        self._show()
        self.query_one("#codes", Static).update(self._codes())
        self.post_message(wishes.Draw(self, self.stories[self._shown].code))

    @on(answers.QrReady)
    def _qr(self, ready: answers.QrReady) -> None:
        self.query_one("#qr", Static).update(ready.blocks)
        self.query_one("#paper", VerticalScroll).scroll_home(animate=False)

    @on(Button.Pressed)
    def _touched(self, event: Button.Pressed) -> None:
        event.stop()
        {
            "yes": lambda: self.action_in_hand(True),
            "no": lambda: self.action_in_hand(False),
            "again": self.action_print_again,
            "code": self.action_by_hand,
            "done": self.action_done,
        }[event.button.id or ""]()
