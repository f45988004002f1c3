"""Today's slips, those whose paper is in doubt first; and any slip by its code, or the part that can be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, DataTable, Input, Label, Static

from pos_recovery.tui.base.counter_screen import CounterScreen
from pos_recovery.tui.content.paper_words import DOUBT_FIRST, PAPERS, paper_word
from pos_recovery.tui.dialogs.ask import AskScreen
from pos_recovery.tui.dialogs.why import WhyScreen
from pos_recovery.tui.messages import replies, requests
from pos_recovery.tui.widgets.field import Field

if TYPE_CHECKING:
    from pos_recovery.counter.outcomes import Story

STATES = {"issued": "○ good", "redeemed": "✔ used", "voided": "✘ void", "expired": "✘ expired"}
COLUMNS = (("Time", 6), ("Code", 14), ("Reason", 12), ("State", 9), ("Paper", 12), ("By", 10))
"""Fixed widths, in cells: a list that finds its own while it fills shows its first rows cut."""

SOMETIMES = {"again": "#again", "paper": "#its-paper", "void": "#void", "take_back": "#take-back"}
"""Actions that not every slip allows, and their buttons."""


def _word(story: Story) -> str:
    """Where the newest slip's paper stands; empty when none was asked for."""
    return paper_word(story.jobs[-1]) if story.jobs else ""


def _doubt(story: Story) -> int:
    """Slips somebody has to see to come first, the most doubtful before the others."""
    word = _word(story)
    return DOUBT_FIRST.index(word) if word in DOUBT_FIRST and story.state == "issued" else len(DOUBT_FIRST)


class FindScreen(CounterScreen):
    """Find a slip, then print it again, void it, or take its redemption back."""

    BINDINGS = [
        Binding("slash", "search", "Search", id="find.search", tooltip="Part of a code"),
        Binding("p", "again", "Print", id="find.again", tooltip="Print it again, marked as a copy"),
        Binding("p", "paper", "Its paper", id="find.paper", tooltip="See to a slip that waits or is in doubt"),
        Binding("v", "void", "Void slip", id="find.void", tooltip="The slip is worth nothing from now on"),
        Binding("t", "take_back", "Take back", id="find.reverse", tooltip="A redemption made by mistake today"),
        Binding("o", "open", "Open", id="find.open", tooltip="Its story"),
        Binding("escape", "back", "Back", key_display="Esc", id="back", tooltip="To the counter"),
    ]
    DEEDS: ClassVar[frozenset[str]] = frozenset({"p"})
    """Keys that put something on record: they wait until it is certain that no scanner pressed them."""

    def __init__(self) -> None:
        super().__init__()
        self._stories: dict[str, Story] = {}
        self._looked: requests.Find | None = None
        """The latest look. What any other found is older."""

    def compose_body(self) -> ComposeResult:
        """The search box over the list."""
        with Vertical(id="find"):
            yield Label("Slips of today", classes="heading", id="find-title")
            yield Field(
                id="part",
                placeholder="/ search: the first letters of a code, or 3 or more from anywhere in it",
                compact=True,
            )
            yield DataTable(id="slips", cursor_type="row", zebra_stripes=True)
            yield Static("", id="nothing", markup=False)
        with Horizontal(id="find-keys", classes="buttons"):
            yield Button("Print", id="again")
            yield Button("Its paper", id="its-paper", variant="warning")
            yield Button("Void slip", id="void")
            yield Button("Take back", id="take-back")
            yield Button("Open", id="open", variant="primary")
            yield Button("Back", id="leave")

    def begin(self) -> None:
        """The list has the focus, so single keys act on its row."""
        super().begin()
        for button in self.query(Button):
            button.can_focus = False
        table: DataTable[Text] = self.query_one(DataTable)
        for column, width in COLUMNS:
            table.add_column(column, width=width)
        table.focus()
        self._offer()

    def on_screen_resume(self) -> None:
        """Something may have changed behind another screen."""
        super().on_screen_resume()
        if self.is_whole:
            self._ask()

    def hear(self, news: replies.PaperNews) -> bool:
        """A slip came out, or did not: the list says so."""
        if isinstance(news, replies.JobKnown) and self.in_front:
            self._ask()
        return super().hear(news)

    def _ask(self) -> None:
        self._looked = requests.Find(self, self.query_one("#part", Input).value)
        self.post_message(self._looked)

    @on(Input.Changed, "#part")
    def _typing(self) -> None:
        self._ask()

    @on(Input.Submitted, "#part")
    def _to_list(self) -> None:
        self.query_one(DataTable).focus()

    @on(replies.Slips)
    def _slips(self, slips: replies.Slips) -> None:
        from pos_recovery.rules.codes import printed

        if slips.to is not self._looked:
            return  # an older look, answered late
        counter = self.session.counter
        names = {reason.id: reason.name for reason in counter.reasons} if counter else {}
        table: DataTable[Text] = self.query_one(DataTable)
        row, chosen = table.cursor_row, self._chosen()
        stories = sorted(slips.stories, key=_doubt)
        table.clear()
        self._stories = {story.code: story for story in stories}
        for story in stories:
            local = story.coupon.issued_at.astimezone(self.session.zone)
            today = local.date() == self.session.now().astimezone(self.session.zone).date()
            cells = (
                f"{local:%H:%M}" if today else f"{local.day} {local:%b}",
                printed(story.code),
                names.get(story.coupon.reason, story.coupon.reason),
                STATES[story.state],
                self._paper(story),
                story.name_of(story.coupon.staff),
            )
            table.add_row(*(Text(cell, no_wrap=True) for cell in cells), key=story.code)
        if chosen is not None and chosen.code in self._stories:
            row = table.get_row_index(chosen.code)
        table.move_cursor(row=min(row, max(0, table.row_count - 1)))
        self._offer()
        self.query_one("#find-title", Label).update("Slips" if slips.part else "Slips of today")
        empty = "No slip found. An expired one is found by its first letters." if slips.part else "No slips yet today."
        self.query_one("#nothing", Static).update("" if slips.stories else empty)

    def _paper(self, story: Story) -> str:
        """What is known of the last paper; where there is no printer, the slip is a picture."""
        word = _word(story)
        return "picture" if word == "sent" and self.session.only_previews else PAPERS.get(word, "none asked")

    @on(DataTable.RowHighlighted)
    def _offer(self) -> None:
        """Only what can be done with this slip, by key and by touch alike."""
        for action, button in SOMETIMES.items():
            self.query_one(button, Button).display = self._offers(action)
        self.refresh_bindings()

    @property
    def _unsettled(self) -> bool:
        story = self._chosen()
        return story is not None and story.state == "issued" and _word(story) in DOUBT_FIRST

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  textual names it
        """No key that would only be refused."""
        return self._offers(action)

    def _offers(self, action: str) -> bool:
        """What `p` does depends on the slip: a copy, or its paper where that is not settled."""
        story = self._chosen()
        match action:
            case "again" | "paper":
                return self._unsettled is (action == "paper")
            case "void":
                return story is not None and story.state in {"issued", "expired"}
            case "take_back":
                return story is not None and story.state == "redeemed"
            case _:
                return True

    def _chosen(self) -> Story | None:
        table: DataTable[Text] | None = next(iter(self.query(DataTable)), None)
        if table is None or not table.row_count:  # there is none while the screen closes, and its keys are asked for
            return None
        key = table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value
        return self._stories.get(key or "")

    def action_search(self) -> None:
        """Into the search box."""
        self.query_one("#part", Input).focus()

    def action_back(self) -> None:
        """Out of the search box first."""
        box = self.query_one("#part", Input)
        if box.has_focus or box.value:
            box.value = ""
            self.query_one(DataTable).focus()
        else:
            super().action_back()

    def action_again(self) -> None:
        """Print it again."""
        from pos_recovery.opening.wiring import new_request_id

        story = self._chosen()
        if story is not None:
            self.request_once(requests.Again(self, story.code, new_request_id()))

    def action_paper(self) -> None:
        """Where its paper stands, to answer what is asked, or to see it come out."""
        story = self._chosen()
        if story is not None:
            self._open_paper(story, story.jobs[-1].id)

    def _open_paper(self, story: Story, job: int) -> None:
        from pos_recovery.tui.screens.paper import PaperScreen

        self.app.push_screen(PaperScreen((story,), (job,)))

    def action_void(self) -> None:
        """Void it, after one question."""
        from pos_recovery.opening.wiring import new_request_id
        from pos_recovery.rules.codes import printed

        story = self._chosen()
        if story is None:
            return
        request = requests.Void(self, story.code, new_request_id())

        def decided(said_yes: bool | None) -> None:
            if said_yes:
                self.post_message(request)

        question = f"Void the slip {printed(story.code)}? It is worth nothing afterwards."
        self.app.push_screen(AskScreen(question, "Void the slip", "Keep it"), decided)

    def action_take_back(self) -> None:
        """Take a redemption back, after one question: why?"""
        from pos_recovery.opening.wiring import new_request_id
        from pos_recovery.rules.codes import printed

        story = self._chosen()
        if story is None:
            return
        code, request_id = story.code, new_request_id()

        def decided(why: str | None) -> None:
            if why:
                self.post_message(requests.TakeBack(self, code, request_id, why))

        question = f"Take back today's redemption of {printed(code)}? The slip is good again afterwards. Why?"
        self.app.push_screen(WhyScreen(question), decided)

    @on(DataTable.RowSelected)
    def action_open(self) -> None:
        """Its story, where it can be redeemed too."""
        from pos_recovery.tui.screens.redeem import RedeemScreen

        story = self._chosen()
        if story is not None:
            self.app.push_screen(RedeemScreen(story.code, listed=True))

    @on(replies.Answered)
    def _answered(self, answer: replies.Answered) -> None:
        from pos_recovery.counter import outcomes

        if isinstance(answer.outcome, outcomes.Reprinted):
            self._open_paper(answer.outcome.story, answer.outcome.job)
            return
        done = isinstance(answer.outcome, outcomes.VoidDone | outcomes.Reversed)
        self.say(self.session.sentence(answer.outcome), severity="information" if done else "warning")
        self._ask()

    @on(Button.Pressed)
    def _touched(self, event: Button.Pressed) -> None:
        event.stop()
        actions: dict[str, Callable[[], object]] = {
            "again": self.action_again,
            "its-paper": self.action_paper,
            "void": self.action_void,
            "take-back": self.action_take_back,
            "open": self.action_open,
            "leave": self.action_back,
        }
        actions[event.button.id or ""]()
