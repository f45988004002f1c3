"""A slip comes back: is it good, what went wrong last time, and how did the story end?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from pos_recovery.rules.text_cleaning import RAW_LIMIT, clean
from pos_recovery.tui.base.counter_screen import CounterScreen
from pos_recovery.tui.content.verdict import Verdict, may_give, may_redeem, verdict_of
from pos_recovery.tui.messages import replies, requests
from pos_recovery.tui.widgets.field import Field

if TYPE_CHECKING:
    from pos_recovery.counter.outcomes import Story

SECOND_TONE_S = 0.25
LONG_S = 0.5
"""Until whoever waits for an answer is told that it takes a moment."""
ENDINGS = ("turned_around", "still_unhappy", "did_not_say")


class RedeemScreen(CounterScreen):
    """Type a code; Enter looks it up, Enter again redeems it, one key ends the story."""

    BINDINGS = [
        Binding(
            "enter",
            "confirm",
            "Redeem",
            key_display="Enter",
            id="redeem.confirm",
            tooltip="Serve the drink and redeem the slip",
        ),
        Binding("g", "goodwill", "Goodwill", id="redeem.goodwill", tooltip="Give the drink anyway; it is on record"),
        Binding("1", "end(0)", "Turned around", id="redeem.turned", tooltip="The guest left happy"),
        Binding("2", "end(1)", "Still unhappy", id="redeem.unhappy", tooltip="The guest did not"),
        Binding("3", "end(2)", "Did not say", id="redeem.silent", tooltip="Nobody could tell"),
        Binding("escape", "back", "Back", key_display="Esc", id="back", tooltip="Another code, then the counter"),
    ]
    DEEDS: ClassVar[frozenset[str]] = frozenset({"g", "1", "2", "3"})
    """Keys that put something on record: they wait until it is certain that no scanner pressed them."""

    def __init__(self, raw: str = "", *, listed: bool = False) -> None:
        """`raw` is looked up at once: it was scanned, or it is a slip of a list, and no guest stands there with it."""
        super().__init__()
        self._raw = raw
        self._is_listed = listed
        self._is_typed = False
        self._to_scan_again = ""
        """What stands in the box because it was scanned and could not be looked up: once more, it is no typing."""
        self._asked: requests.Request | None = None
        """What this slip waits for. An answer to anything else is another slip's."""
        self._asked_in = ""
        """The mode to go back to if it is not granted."""
        self._outcome: object = None
        """What was answered last."""
        self._goodwill_given: int | None = None
        """By this lead today; None: nobody knows."""
        self._request_id = ""
        self._ending_request_id = ""
        self.mode = "asking" if raw else "typing"
        """`typing`, `asking`, `good`, `refused`, `serving`, `served` or `done`."""
        self._story: Story | None = None
        self._keeps_code = False
        """Whether going back leaves the code in the box: one wrong letter should not cost all twelve."""

    def compose_body(self) -> ComposeResult:
        """The code box, the verdict, and its keys for fingers."""
        with VerticalScroll(id="redeem", can_focus=False):
            yield Label("A slip comes back", classes="heading")
            yield Field(id="code", placeholder="scan the slip, or type its code as you read it", max_length=300)
            yield Static("", id="verdict")
            yield Static("", id="story", markup=False)
            yield Static("", id="next", markup=False)
        with Horizontal(id="redeem-keys", classes="buttons"):
            yield Button("Enter  Redeem", id="confirm", variant="success")
            yield Button("g  Goodwill", id="goodwill", variant="warning")
            yield Button("1  Turned around", id="end-0", variant="success")
            yield Button("2  Still unhappy", id="end-1")
            yield Button("3  Did not say", id="end-2")
            yield Button("Look up", id="look", variant="primary")
            yield Button("Esc  Back", id="leave")

    def begin(self) -> None:
        """The box has the focus."""
        super().begin()
        for button in self.query(Button):
            button.can_focus = False
        raw = self._raw
        self._start()
        if raw:
            self._look_up(raw, typed=False)

    @property
    def busy(self) -> bool:
        """A redemption is on its way to the ledger, and somebody must see whether it was made."""
        return self.mode == "serving"

    @property
    def holds_scans(self) -> bool:
        """A guest is being served: another slip waits until this one has had its ending."""
        return not self.is_mounted or self.mode in {"asking", "good", "serving", "served"} or bool(self._to_scan_again)

    def shows_scan(self, text: str) -> bool:
        """A scanner that sends twice, or a lead who scans again to be sure: the slip is on the screen already."""
        return self.holds_scans and text == self._raw

    def scanned(self, text: str) -> None:
        """A slip was scanned: it takes the place of what was there."""
        if self.mode != "typing":
            self._start()
        self._is_listed = False
        self._look_up(text, typed=False)

    def _start(self, raw: str = "") -> None:
        self.mode = "typing"
        self._asked, self._story, self._to_scan_again = None, None, ""
        box = self.query_one("#code", Input)
        box.disabled = False
        box.value = raw
        box.focus()
        self._show(Verdict("", "", "", "Lower case, spaces and hyphens do not matter."))

    def _show(self, verdict: Verdict) -> None:
        headline = self.query_one("#verdict", Static)
        headline.update(Content(verdict.headline))
        headline.set_classes(f"-{verdict.kind}" if verdict.kind else "")  # of the screen, it would style all of it anew
        self.query_one("#story", Static).update(verdict.story)
        self.query_one("#next", Static).update(verdict.advice)
        for name, modes in {
            "end-0": {"served"},
            "end-1": {"served"},
            "end-2": {"served"},
            "look": {"typing"},
            "leave": {"typing", "good", "refused", "served", "done"},  # not while an answer is on its way
        }.items():
            self.query_one(f"#{name}", Button).display = self.mode in modes
        self.query_one("#confirm", Button).display = self._may_redeem
        self.query_one("#goodwill", Button).display = self._may_give
        self.refresh_bindings()

    @property
    def _may_give(self) -> bool:
        """Goodwill is a lead's remedy; everybody else is told to call one."""
        return self.mode == "refused" and may_give(self.session, self._goodwill_given)

    @property
    def _may_redeem(self) -> bool:
        return self.mode == "good" and may_redeem(self.session)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002  textual's own
        """Only keys that mean something now are shown and taken."""
        return {
            "confirm": self._may_redeem,
            "goodwill": self._may_give,
            "end": self.mode == "served",
            "back": self.mode not in {"asking", "serving"},
        }.get(action, True)

    @on(Input.Submitted, "#code")
    def _submitted(self, submitted: Input.Submitted) -> None:
        self._look_up_typed(submitted.value)

    def _look_up_typed(self, text: str) -> None:
        if text.strip():
            self._is_listed = False
            self._look_up(text, typed=text != self._to_scan_again)

    def _look_up(self, raw: str, *, typed: bool) -> None:
        from pos_recovery.opening.wiring import new_request_id

        self._raw, self._is_typed = raw, typed
        self._request_id, self._ending_request_id = new_request_id(), new_request_id()
        self.mode, self._to_scan_again = "asking", ""
        box = self.query_one("#code", Input)
        box.value = clean(raw, RAW_LIMIT)
        box.disabled = True
        self.set_focus(None)
        request = requests.LookUp(self, raw, typed=typed)
        self.post_message(request)
        self._wait_for(request)

    def _wait_for(self, request: requests.Request) -> None:
        """Nothing else may be pressed until the answer is there; if it takes long, that is said."""
        self._asked = request
        asyncio.get_running_loop().call_later(LONG_S, self._say_it_takes_long, request)

    def _say_it_takes_long(self, request: requests.Request) -> None:
        if request is self._asked and self.mode in {"asking", "serving"} and self.is_running:
            self._show(Verdict("", "…  One moment", "", "The answer comes by itself; nothing need be pressed."))

    @on(replies.Answered)
    def _answered(self, answer: replies.Answered) -> None:
        from pos_recovery.counter import outcomes

        if answer.to is not self._asked:
            return
        self._asked = None
        outcome = answer.outcome
        if isinstance(outcome, outcomes.Found):
            self.mode, self._story = "good", outcome.story
        elif isinstance(outcome, outcomes.Redeemed):
            self.mode, self._story = "served", outcome.story
        elif isinstance(outcome, outcomes.Goodwill | outcomes.Ended):
            self.mode = "done"
        elif isinstance(outcome, outcomes.SlipRefusal):
            self.mode = "refused"
            self._keeps_code = isinstance(outcome, outcomes.Mistyped) and self._is_typed
            if not self._is_listed:  # whoever looks through a list refuses nobody
                self.post_message(requests.Refused(self, outcome, self._raw, typed=self._is_typed))
        else:
            self._not_granted()
            self.say(self.session.sentence(outcome))
            return
        self._goodwill_given = answer.goodwill_given
        self._outcome = outcome
        self._say_code(getattr(outcome, "story", None))
        verdict = self._show_outcome()
        if self.mode in {"good", "refused"}:
            self._chime()
        if self.mode == "done" and self.session.waiting_scans:
            self.say(verdict.headline, severity="information")  # the next slip comes up at once

    def _say_code(self, story: Story | None) -> None:
        """Nobody can read what a scanner on another keyboard typed: the slip's own code stands there instead."""
        from pos_recovery.rules.codes import printed, symbols_in

        if story is not None and story.code not in symbols_in(self._raw):
            self.query_one("#code", Input).value = printed(story.code)

    def _show_outcome(self) -> Verdict:
        """What was answered last."""
        verdict = verdict_of(self._outcome, self.session, self._goodwill_given, typed=self._is_typed)
        self._show(verdict)
        return verdict

    def _not_granted(self) -> None:
        """Nothing was recorded: as before, with the same request if it is tried again."""
        if self.mode == "serving":
            self.mode = self._asked_in
            self._show_outcome()

    def _chime(self) -> None:
        """The answer for the ears, where the store wants it: one tone is good, two are not."""
        counter = self.session.counter
        if counter is not None and counter.settings.sound:
            self.app.bell()
            if self.mode == "refused":
                self.set_timer(SECOND_TONE_S, self.app.bell)

    @on(replies.GoodwillKnown)
    def _goodwill_known(self, known: replies.GoodwillKnown) -> None:
        """How much goodwill is left, for a refusal that was said before anybody asked the ledger."""
        if self.mode == "refused" and known.given != self._goodwill_given:
            self._goodwill_given = known.given
            self._show_outcome()

    @on(replies.Fault)
    def _ask_again(self, fault: replies.Fault) -> None:
        """A fault is not a refusal of the guest: back to the box, with the code still in it; or back to the answer."""
        if fault.to is not self._asked:
            return
        self._asked = None
        if self.mode == "asking":
            self._start(clean(self._raw, RAW_LIMIT))
            self._to_scan_again = "" if self._is_typed else self.query_one("#code", Input).value
        else:
            self._not_granted()

    def action_confirm(self) -> None:
        """Redeem."""
        self._serve(goodwill=False)

    def action_goodwill(self) -> None:
        """Give the drink all the same."""
        self._serve(goodwill=True)

    def _serve(self, *, goodwill: bool) -> None:
        request = requests.Redeem(self, self._raw, self._request_id, typed=self._is_typed, goodwill=goodwill)
        if self.request_once(request):
            self._asked_in, self.mode = self.mode, "serving"
            self._wait_for(request)

    def action_end(self, which: int) -> None:
        """How it ended. Tried again after a fault, it is the same request again: one slip has one ending."""
        from db.tables.column_types import Ending

        if self._story is not None:
            ending = Ending(ENDINGS[which])
            request = requests.End(self, self._story.code, self._ending_request_id, ending)
            if self.request_once(request):
                self._asked = request

    def action_back(self) -> None:
        """From an answer to another code; from an empty box to the counter. Not before the answer, by touch either."""
        if not self.check_action("back", ()):
            return
        keeps, self._keeps_code = self._keeps_code, False
        if self.mode in {"typing", "done"}:
            self.dismiss()
        else:
            self._start(self._raw if keeps else "")

    @on(Button.Pressed)
    def _touched(self, event: Button.Pressed) -> None:
        event.stop()
        name = event.button.id or ""
        if name.startswith("end-"):
            self.action_end(int(name.removeprefix("end-")))
        elif name == "look":
            self._look_up_typed(self.query_one("#code", Input).value)
        else:
            {"confirm": self.action_confirm, "goodwill": self.action_goodwill, "leave": self.action_back}[name]()
