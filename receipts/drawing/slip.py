"""The words of one slip, ready to be set in type: plain strings, already in the guest's language.

Nothing here decides anything. Dates are formatted, offers worded and codes drawn before a slip is made; a layout
takes every field as it stands. Refuses to import anything but the standard library, so that a screen can hold a slip
without loading fonts.
"""

from dataclasses import dataclass

TYPE_CHECKING = False  # type checkers take it for True by its name, and a screen is spared importing typing

if TYPE_CHECKING:
    from receipts.fonts.faces import Behind


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One coupon on paper: a front to hand over, and a second part that asks how we can do better.

    Every text may hold line breaks; they stay line breaks.
    """

    language: str
    """BCP 47 tag of the words, "en" or "pt-BR": it picks faces, line spacing and shaping."""
    headline: str
    apology: str
    offer: str
    """What it is good for. Its first sentence is set large; lines after that one are its terms, set smaller."""
    valid: str
    scan_hint: str
    code: str
    """As printed and as typed back: "7KQ4-M2XD-9RTC"."""
    qr_text: str
    """What the QR holds, to the letter; upper case keeps its modules large (alphanumeric mode), and a few small letters
    before it cost one version at the most."""
    store: str
    back_title: str
    back_text: str
    contact: tuple[str, ...]
    """Ready-made lines (a telephone number, a web site); empty: the back has none."""
    banner: str | None = None
    """Inverted bar at the top and bottom of both parts ("PRACTICE"); None: a real slip."""
    copy_mark: str | None = None
    """Set in the guest's sight on a reprint ("COPY 2"); None: the first paper of this coupon."""
    behind: "Behind" = ()
    """Fonts for what the shipped faces cannot draw, as `receipts.fonts.fallback` chose them; empty: those suffice."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that is set in type."""
        return (
            *(self.banner or "", self.copy_mark or "", self.headline, self.apology, self.offer, self.valid),
            *(self.scan_hint, self.code, self.store, self.back_title, self.back_text, *self.contact),
        )
