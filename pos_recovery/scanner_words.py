"""What is said of a serial scanner: what happened, that slips can be read all the same, what to do."""

from __future__ import annotations

from pos_recovery.scanner import Why

SAFE = "Slips work: type the code, or use a scanner that types."
NOISE = (
    f"The scanner's line carries what nobody scanned. {SAFE} "
    "Check its plug, and its speed: `baud=` in the line `scanner` of the settings."
)
BACK = "The scanner is back."
HEARD = "It can be heard."
PERHAPS_THE_REGISTER = "If that is the register, all is well."
"""To whoever asks while a register may be open: it lets nobody else have its scanner."""

WORDS = {
    Why.MISSING: ("The scanner is not there.", "Plug it in, and it goes on by itself."),
    Why.NOT_ALLOWED: ("The scanner may not be used.", "This login must be in the group of its port, often dialout."),
    Why.TAKEN: ("Another program uses the scanner.", "Close that one, and the scanner goes on by itself."),
    Why.NOT_A_PORT: ("The scanner's address is no serial port.", "See the line `scanner` in the settings."),
    Why.OTHER: ("The scanner cannot be heard.", "Unplug it and plug it in again; it goes on by itself."),
}
"""What happened, and what to do."""


def trouble(why: Why) -> str:
    """The whole sentence."""
    happened, to_do = WORDS[why]
    return f"{happened} {SAFE} {to_do}"


def how_it_is(why: Why | None) -> str:
    """The same to somebody who looks it over from beside the register. None: nothing keeps it from being heard."""
    if why is None:
        return HEARD
    return f"{WORDS[why][0]} {PERHAPS_THE_REGISTER}" if why is Why.TAKEN else trouble(why)
