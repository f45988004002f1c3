"""How a printer is, as far as it says so itself. Pure values; silence is a condition of its own and never "ready"."""

from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """One word for the badge; the worst thing a printer says of itself."""

    READY = "ready"
    NEAR_END = "near_end"
    """Ready, and the roll is nearly used up."""
    NO_PAPER = "no_paper"
    COVER_OPEN = "cover_open"
    CUTTER = "cutter"
    """The cutter is stuck; a person has to clear it."""
    TROUBLE = "trouble"
    """Another error: too hot, or one that only switching it off and on ends."""
    OFFLINE = "offline"
    """It says that it is offline and names no cause, as while its feed button is held."""
    NOT_ANSWERING = "not_answering"
    """Switched off, unplugged, mute, or busy with another host."""
    NO_PRINTER = "no_printer"
    """Something answers, and not as a printer does: another machine at its address, or another speed of the line."""
    NO_ROOM = "no_room"
    """The disk that a slip would be written to is full."""
    NOT_WRITABLE = "not_writable"
    """The file or folder that a slip would be written to is missing, or not ours to write."""
    NOT_ASKED = "not_asked"
    """Nobody has asked, or there is no way to ask: a spooler, a file."""

    @property
    def can_print(self) -> bool:
        """Whether a job sent now would come out."""
        return self in {Condition.READY, Condition.NEAR_END}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The flags of one moment, gathered from whatever the printer told."""

    offline: bool = False
    paper_out: bool = False
    near_end: bool = False
    cover_open: bool = False
    cutter: bool = False
    trouble: bool = False

    @property
    def condition(self) -> Condition:
        """The flags as one word. An open cover comes before missing paper: it has to be closed first."""
        for is_so, condition in (
            (self.cover_open, Condition.COVER_OPEN),
            (self.paper_out, Condition.NO_PAPER),
            (self.cutter, Condition.CUTTER),
            (self.trouble, Condition.TROUBLE),
            (self.offline, Condition.OFFLINE),
            (self.near_end, Condition.NEAR_END),
        ):
            if is_so:
                return condition
        return Condition.READY
