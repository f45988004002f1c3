"""What becomes of the paper, in words readable at arm's length. The code is one key away whatever happens.

The slip is the print queue's; this screen listens. It may be left at any time, and what becomes of the slip is told all
the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Center, Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from pos_recovery.rules.business_days import DRIFT_SHOWN_S, is_behind
from pos_recovery.rules.codes import printed
from pos_recovery.tui.base.counter_screen import CounterScreen
from pos_recovery.tui.base.reading_time import Reading
from pos_recovery.tui.content.paper_words import IN_DOUBT, NO_WAIT, SETTLED, paper_state, paper_word, words_of
from pos_recovery.tui.messages import replies, requests
from pos_recovery.tui.widgets.big_code import BigCode
from pos_recovery.tui.widgets.cup import FULL, Cup
from pos_recovery.tui.widgets.slip_view import SlipView
from receipts.values.status import Condition

if TYPE_CHECKING:
    from pos_recovery.counter.outcomes import Story

CLOSES_AFTER_S = 1.6
FILL_S = 1.2
ASKING_S = 0.6
"""How long the printer's last word is not believed: it may be old."""
UNREAD_S = 0.4
"""How long Enter does not close what must be read: it may have bounced, or been meant for what stood there before."""

NO_QR = "This terminal cannot show\na QR. The code does it,\nwritten down by hand."
ANSWERS = {
    "sent": ("Yes, in hand", "No"),
    "unknown": ("Yes, it is whole", "No, print a copy"),
    "missing": ("It is here", ""),
    "held_up": ("Yes, it will do", "No, print a copy"),
}
"""What the buttons for yes and no say; an answer that means nothing is empty."""

ONE_BY_ONE = frozenset({"unknown", "held_up"})
"""What a person is asked of each slip alone: a party's lie side by side, and each is looked at."""


@dataclass
class Sheet:
    """One slip's paper."""

    code: str
    job: int
    word: str = "sending"
    """As `paper_word` has it; `missing`: a person looked and there was none; `asking`: a copy goes on record."""
    before: str = "unknown"
    """What it was before a copy was asked for."""


class PaperScreen(CounterScreen):
    """One issue or reprint, until its paper is settled."""

    BINDINGS = [
        Binding("y", "look(True)", "Yes", id="paper.yes", tooltip="The slip is here, and whole"),
        Binding("n", "look(False)", "No", id="paper.no", tooltip="There is no slip, or only a part of one"),
        Binding("p", "copy", "Print a copy", id="paper.again", tooltip="The same code once more, marked as a copy"),
        Binding("w", "by_hand", "Code and QR", id="paper.code", tooltip="Write the code by hand, or show the QR"),
        Binding("enter", "done", "Done", key_display="Enter", id="paper.done", tooltip="Back to the counter"),
        Binding("escape", "back", "Back", key_display="Esc", id="back", tooltip="The slip goes on", show=False),
    ]
    DEEDS: ClassVar[frozenset[str]] = frozenset({"y", "n", "p"})
    """Keys that put something on record: they wait until it is certain that no scanner pressed them."""

    def __init__(self, stories: tuple[Story, ...], jobs: tuple[int, ...]) -> None:
        """Show the paper of these stories; `jobs` holds one print job for each."""
        super().__init__()
        self.stories = stories
        self.state = "printing"
        known = {job.id: paper_word(job) for story in stories for job in story.jobs}
        self._sheets = [Sheet(story.code, job) for story, job in zip(stories, jobs, strict=True)]
        for sheet in self._sheets:
            word = known.get(sheet.job, "sending")
            sheet.word = "sending" if word == "pending" else word  # it goes to the queue now
        self._asking_printer = True
        self._reading = Reading(self)
        self._news: list[replies.JobKnown] = []
        """What has come since the state is this one."""
        self._shown = -1
        """Which story's QR is on the screen; -1 is none yet."""

    def compose_body(self) -> ComposeResult:
        """The cup and the words; the QR when it is asked for."""
        with Horizontal(id="made"):
            with VerticalScroll(id="paper", can_focus=False):
                with Center():
                    yield Cup(id="cup")
                yield Static("", id="state")
                yield Static("", id="what", markup=False)
                yield Static("", id="codes", markup=False)
                yield Static(NO_WAIT, id="no-wait", markup=False)
                with Center():
                    yield BigCode(id="large")
            with VerticalScroll(id="qr-side", can_focus=False):
                yield Static("", id="qr", markup=False)
            yield SlipView(id="slip")
        with Horizontal(id="paper-keys", classes="buttons"):
            yield Button("Yes", id="yes", variant="success")
            yield Button("No", id="no")
            yield Button("Print a copy", id="again")
            yield Button("Code and QR", id="code")
            yield Button("Done", id="done", variant="primary")

    def begin(self) -> None:
        """Start printing."""
        super().begin()
        for button in self.query(Button):
            button.can_focus = False
        cup = self.query_one(Cup)
        cup.level = FULL / 2
        cup.animate("level", FULL - 1.0, duration=FILL_S)
        given = self.stories[0].coupon
        if given.clock_drift_s > DRIFT_SHOWN_S and is_behind(given.issued_at, given.clock_drift_s):
            self.say("This machine's clock runs behind. The coupon is good; please have the clock set.")
        self.set_timer(ASKING_S, self._believe_printer)
        self._reading.begin(UNREAD_S)
        under_way = tuple(sheet.job for sheet in self._sheets if sheet.word == "sending")
        if under_way:
            self.post_message(requests.Print(under_way))
        self._show()
        self._judge()

    # ------------------------------------------------------------------ what is known

    def hear(self, news: replies.PaperNews) -> bool:
        """The queue has tried a job, or the printer's condition has changed."""
        mine = False
        for sheet in self._sheets:
            if isinstance(news, replies.JobKnown) and news.job.id == sheet.job:
                mine, sheet.word = True, paper_word(news.job)
            elif isinstance(news, replies.PrintTrouble) and sheet.job in news.jobs:
                mine, sheet.word = True, "unknown"
        self._asking_printer = self._asking_printer and not (mine or isinstance(news, replies.PrinterKnown))
        self._judge()
        if mine and isinstance(news, replies.JobKnown):
            self._news.append(news)
        return mine

    @on(replies.PaperKnown)
    def _somebody_looked(self, known: replies.PaperKnown) -> None:
        self._awaited = None
        for job in known.jobs:
            for sheet in self._of(job.id):
                sheet.word = "missing" if job.state.value == "unknown" else paper_word(job)
        self._judge()

    def _of(self, job: int) -> list[Sheet]:
        return [sheet for sheet in self._sheets if sheet.job == job]

    def _with(self, word: str) -> list[Sheet]:
        return [sheet for sheet in self._sheets if sheet.word == word]

    def _believe_printer(self) -> None:
        self._asking_printer = False
        self._judge()

    def _judge(self) -> None:
        """Work out the state anew, and show it if it has changed."""
        known = None if self._asking_printer else self.session.printer
        condition = known or Condition.NOT_ASKED
        words = ["sending" if sheet.word == "asking" else sheet.word for sheet in self._sheets]
        state = paper_state(words, condition, pictures=self.session.only_previews)
        if state == self.state:
            self.query_one("#codes", Static).update(self._codes())
            return
        self.state = state
        self._news.clear()
        self._reading.begin(UNREAD_S)
        if state == "printing":
            self.query_one(Cup).animate("level", FULL - 1.0, duration=FILL_S)
        else:
            full = state in SETTLED or state == "held_up"
            self.query_one(Cup).animate("level", float(FULL) if full else FULL / 2, duration=0.3)
        self._show()
        if state in {"proved", "in_hand"}:
            self.set_timer(CLOSES_AFTER_S, self._close)

    @property
    def busy(self) -> bool:
        """Whether the paper is on its way. What waits for paper waits without this screen, too."""
        return self.state == "printing"

    # ------------------------------------------------------------------ what is shown

    def _show(self) -> None:
        counter = self.session.counter
        symbol, headline, sentence = words_of(self.state, counter.settings.printer if counter else "preview:")
        if self.state == "picture":
            sentence = f"{sentence}\nslips/{self.stories[0].code}.png"
        self.query_one("#state", Static).update(Content(f"{symbol}  {headline}"))
        self.query_one("#what", Static).update(sentence)
        self.query_one("#codes", Static).update(self._codes())
        self.query_one("#no-wait", Static).display = self.state in IN_DOUBT and self._shown < 0
        doubt = ["-doubt"] if self.state in IN_DOUBT else []
        self.set_classes([f"-{self.state}", *doubt, *(["-code"] if self._shown >= 0 else [])])
        yes, no = ANSWERS.get(self.state, ("", ""))
        for name, label in (("yes", yes), ("no", no)):
            button = self.query_one(f"#{name}", Button)
            button.display, button.label = bool(label), Content(label)
            button.refresh(layout=True)  # a label alone does not always make room for itself
        self.query_one("#again", Button).display = self.state in {"missing", "failed"}
        code, done = self.query_one("#code", Button), self.query_one("#done", Button)
        code.display, doubtful = self._more_codes, self.state in IN_DOUBT and self._shown < 0
        code.variant, done.variant = ("primary", "default") if doubtful else ("default", "primary")
        self.refresh_bindings()

    @property
    def _more_codes(self) -> bool:
        """Whether there is a QR that has not been on the screen."""
        return self._shown < 0 or len(self.stories) > 1

    def _codes(self) -> str:
        """The codes; the one whose QR is shown, or that is asked about, stands between marks."""
        codes = [printed(sheet.code) for sheet in self._sheets]
        marked = self._shown
        if marked < 0 and self.state in ONE_BY_ONE:
            marked = self._sheets.index(self._with(self.state)[0])
        if marked >= 0 and len(codes) > 1:
            codes[marked] = f"▸{codes[marked]}◂"
        return "   ".join(codes)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only keys that mean something now are shown and taken."""
        if action == "look":
            return bool(ANSWERS.get(self.state, ("", ""))[0 if parameters == (True,) else 1])
        if action == "copy":
            return self.state in {"missing", "failed"}
        if action == "by_hand":
            return self._more_codes
        done = self.state in SETTLED or (self.state != "printing" and not self._reading.goes_on)
        return action != "done" or done

    @on(SlipView.Sized)
    def _show_slip(self, sized: SlipView.Sized) -> None:
        """Without a printer, the slip itself is on the screen."""
        coupon = self.stories[0].coupon
        self.post_message(requests.Preview(self, coupon.reason, coupon.language, sized.columns, coupon))

    @on(replies.PreviewReady)
    def _slip_ready(self, ready: replies.PreviewReady) -> None:
        self.query_one(SlipView).cells = ready.cells

    @on(replies.QrReady)
    def _qr(self, ready: replies.QrReady) -> None:
        self.query_one("#qr", Static).update(ready.blocks if self.session.abilities.pictures else NO_QR)
        self.query_one(BigCode).code = ready.code

    # ------------------------------------------------------------------ what a person does

    def _close(self) -> None:
        if self.in_front and self._shown < 0 and self.state in SETTLED:
            self.dismiss()

    def action_back(self) -> None:
        """Back to the counter. What came too late to be read here is told there."""
        if not self.in_front:
            return
        super().action_back()
        if self._reading.goes_on and self.state not in SETTLED:
            for news in self._news:
                self.app.post_message(news)

    def action_done(self) -> None:
        """Back to the counter."""
        self.action_back()

    def action_look(self, came_out: bool) -> None:
        """A person looked. Of a party, slips in doubt are asked about one by one; sent ones all together."""
        one_by_one = self.state in ONE_BY_ONE
        looked_at = self._with(self.state)[: 1 if one_by_one else None]
        if one_by_one and not came_out:
            self._print_copies(looked_at)
        else:
            self.request_once(requests.InHand(self, tuple(sheet.job for sheet in looked_at), came_out=came_out))

    def action_copy(self) -> None:
        """The same code once more, for every slip that is not here."""
        self._print_copies(self._with(self.state))

    def _print_copies(self, sheets: list[Sheet]) -> None:
        from pos_recovery.opening.wiring import new_request_id

        for sheet in sheets:
            sheet.before, sheet.word = sheet.word, "asking"
            self.post_message(requests.Again(self, sheet.code, new_request_id()))
        self._judge()

    @on(replies.Answered)
    def _answered(self, answer: replies.Answered) -> None:
        from pos_recovery.counter.outcomes import Reprinted

        if not isinstance(answer.outcome, Reprinted):
            self.say(self.session.sentence(answer.outcome))
            self._no_copy()
            return
        for sheet in self._sheets:
            if sheet.code == answer.outcome.story.code:
                sheet.job, sheet.word = answer.outcome.job, "sending"
        self.post_message(requests.Print((answer.outcome.job,)))
        self._judge()

    @on(replies.Fault)
    def _no_copy(self) -> None:
        """No copy is on record, so the slip is as doubtful as before."""
        for sheet in self._with("asking"):
            sheet.word = sheet.before
        self._judge()

    def action_by_hand(self) -> None:
        """The code to write down, and its QR for the guest's phone; pressed again, the next one of a party."""
        self._shown = (self._shown + 1) % len(self.stories)
        self._show()
        self.post_message(requests.Draw(self, self.stories[self._shown].code))

    @on(Button.Pressed)
    def _touched(self, event: Button.Pressed) -> None:
        event.stop()
        {
            "yes": lambda: self.action_look(True),
            "no": lambda: self.action_look(False),
            "again": self.action_copy,
            "code": self.action_by_hand,
            "done": self.action_done,
        }[event.button.id or ""]()
