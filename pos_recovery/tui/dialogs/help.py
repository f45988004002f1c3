"""The keys, on one page."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

# fmt: off
PAGES = (
    ("At the grid", (
        ("1 … 9", "what went wrong: opens its card"),
        ("F2", "a slip comes back; scan one at any time, on any screen"),
        ("F4", "find a slip; print, void, take a redemption back"),
        ("F6", "the last slip once more, marked as a copy"),
        ("F8", "the register learns how your scanner types"),
        ("F10", "sign out"),
    )),
    ("On a card", (
        ("Enter", "print; the coupon is on record before the paper moves"),
        ("r  a", "remade now; noticed first, or the guest asked"),
        ("+  l", "coupons for a party; the guest's language"),
        ("i  n", "the item; a note for whoever meets them next"),
    )),
    ("The paper", (
        ("y  n", "the slip is here and whole, or it is not"),
        ("w  p", "the code and QR on the screen; a copy of the slip"),
    )),
    ("A slip comes back", (
        ("Enter", "look it up; once more redeems it"),
        ("1  2  3", "turned around, still unhappy, did not say"),
        ("g", "a slip is refused: the drink all the same, as goodwill"),
    )),
)
# fmt: on


class HelpScreen(ModalScreen[None]):
    """What the keys do."""

    CSS_PATH = "../counter.tcss"
    BINDINGS = [Binding("escape,f1,enter", "dismiss", "Back", key_display="Esc", id="back", tooltip="Close this page")]

    def compose(self) -> ComposeResult:
        """Four short tables."""
        with VerticalScroll(id="dialog", classes="wide"):
            for title, keys in PAGES:
                yield Static(title, classes="heading")
                for key, does in keys:
                    yield Static(Content.assemble((f"{key:>8}  ", "bold $accent"), does))
            yield Static("Everything works with a mouse or a finger too. Esc closes this page.", classes="quiet")

    def on_click(self) -> None:
        """A touch closes it."""
        self.dismiss()
