"""The counter's home: what went wrong? One key a reason, and the day beside it."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Label

from pos_recovery.rules.keyboard_layouts import digits_typed
from pos_recovery.tui.base.counter_screen import CounterScreen
from pos_recovery.tui.messages import replies, requests
from pos_recovery.tui.screens.card import CardScreen
from pos_recovery.tui.widgets.reason_grid import ReasonGrid, ReasonTile
from pos_recovery.tui.widgets.today_panel import TodayPanel

REFRESH_S = 20


class GridScreen(CounterScreen):
    """Pick a reason."""

    BINDINGS = [
        Binding("f2", "redeem", "Redeem", key_display="F2", id="redeem", tooltip="A slip comes back"),
        Binding("f4", "find", "Find", key_display="F4", id="find", tooltip="Today's slips; print, void, take back"),
        Binding(
            "f6",
            "again",
            "Print last again",
            key_display="F6",
            id="again",
            tooltip="The last slip once more, marked as a copy",
        ),
        Binding(
            "f8",
            "scanner",
            "Scanner",
            key_display="F8",
            id="scanner",
            tooltip="Learn how the scanner types",
            show=False,
        ),
        Binding("f10", "app.sign_out", "Sign out", key_display="F10", id="sign_out", tooltip="Leave the counter"),
        Binding("escape", "stay", "Back", key_display="Esc", id="back", tooltip="You are at the counter", show=False),
    ]

    def compose_body(self) -> ComposeResult:
        """Tiles on the left, the day on the right."""
        with Horizontal(id="home"):
            with Vertical(id="reasons"):
                yield Label("What went wrong?", classes="heading")
                yield ReasonGrid(id="grid")
            yield TodayPanel(id="today")

    async def on_mount(self) -> None:  # type: ignore[override]  # textual awaits what can be awaited
        """Show the tiles."""
        super().on_mount()
        if self.is_whole and self.session.counter is not None:
            from pos_recovery.slip_texts.reasons import on_grid

            await self.query_one(ReasonGrid).show(on_grid(self.session.counter.reasons))

    def begin(self) -> None:
        """Keep the numbers fresh."""
        super().begin()
        self.set_interval(REFRESH_S, self._ask_today)

    def on_screen_resume(self) -> None:
        """Back from a card: the numbers have changed."""
        super().on_screen_resume()
        self.set_focus(None)  # an Enter held down must not open a card by itself and print from it
        self._ask_today()

    def _focus_first(self) -> None:
        tiles = self.query(ReasonTile)
        if tiles:
            tiles.first().focus()

    def hear(self, news: replies.PaperNews) -> bool:
        """A slip came out, or did not: fewer or more wait for paper."""
        if isinstance(news, replies.JobKnown):
            self._ask_today()
        return super().hear(news)

    def _ask_today(self) -> None:
        if self.in_front and self.session.person is not None:
            self.post_message(requests.Today(self))

    @on(replies.TodayKnown)
    def _today(self, known: replies.TodayKnown) -> None:
        self.query_one(TodayPanel).today = known.today

    def on_key(self, event: events.Key) -> None:
        """The key on a tile; an arrow goes to the first one."""
        if event.key in {"up", "down", "left", "right"} and self.focused is None:
            event.stop()
            self._focus_first()
        elif event.character and self._pick(event.character):
            event.stop()

    def _pick(self, character: str) -> bool:
        """The tile with this key; or of the digit whose key types that without Shift, as `&` on AZERTY."""
        grid = self.query_one(ReasonGrid)
        return grid.pick(character) or grid.pick(digits_typed(character))

    @on(ReasonTile.Picked)
    def _picked(self, picked: ReasonTile.Picked) -> None:
        """Open the card; a key that bounced picks twice, and one card is enough."""
        if self.in_front:
            card = self.session.take_spare(CardScreen) or CardScreen()
            card.about(picked.reason)
            self.app.push_screen(card)

    def action_stay(self) -> None:
        """There is nothing behind the grid."""

    def action_redeem(self) -> None:
        """A slip comes back."""
        from pos_recovery.tui.screens.redeem import RedeemScreen

        self.app.push_screen(self.session.take_spare(RedeemScreen) or RedeemScreen())

    def action_find(self) -> None:
        """Look through the slips."""
        from pos_recovery.tui.screens.find import FindScreen

        self.app.push_screen(FindScreen())

    def action_scanner(self) -> None:
        """Learn how the scanner types."""
        from pos_recovery.tui.screens.scanner import ScannerScreen

        self.app.push_screen(ScannerScreen())

    def action_again(self) -> None:
        """The last slip of this register, once more."""
        if self.session.last_code is None:
            self.say("Nothing has been printed since you signed in. F4 finds older slips.", severity="information")
            return
        from pos_recovery.opening.wiring import new_request_id

        self.request_once(requests.Again(self, self.session.last_code, new_request_id()))

    @on(replies.Answered)
    def _answered(self, answer: replies.Answered) -> None:
        from pos_recovery.counter.outcomes import Reprinted

        if isinstance(answer.outcome, Reprinted):
            from pos_recovery.tui.screens.paper import PaperScreen

            self.app.push_screen(PaperScreen((answer.outcome.story,), (answer.outcome.job,)))
        else:
            self.say(self.session.sentence(answer.outcome))
