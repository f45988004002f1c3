"""What is said of a serial scanner: what happened, that slips can be read all the same, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pos_recovery.rules.keyboard_layouts import described
from pos_recovery.rules.text_cleaning import clean
from pos_recovery.scanners.keyboard_wedge import AS_SENT, FallTogether, Learned, TypeNothing
from pos_recovery.scanners.serial_port import Why

if TYPE_CHECKING:
    from pos_recovery.scanners.keyboard_wedge import Habits, Lesson

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


ENDINGS = {
    "enter": "ends with Enter",
    "tab": "ends with Tab",
    "none": "ends with nothing",
    "other": "ends with a key",
}
AT_THE_SCANNER = (
    "Most slips are read all the same. To be sure of every one, set the scanner's keyboard language to the one of this "
    "machine: its handbook has a page of codes for that. Then scan the square again."
)
NOT_THE_CHART = (
    "That was another code, or only a part of this one. Nothing was changed. Scan the whole square from a hand's "
    "breadth away."
)


def types_like(habits: Habits) -> str:
    """How a scanner types, in words: layout, pace, ending, what it sends around a text."""
    told = [_keyboards(habits)]
    if habits.pace_ms:
        told.append(f"{habits.pace_ms:.0f} ms a letter")
    if habits.ending:
        told.append(ENDINGS[habits.ending])
    if habits.prefix:
        told.append(f"sends {shown(habits.prefix)} first")
    if habits.suffix:
        told.append(f"sends {shown(habits.suffix)} last")
    return ", ".join(told)


def _keyboards(habits: Habits) -> str:
    if not habits.keys:
        return "keys not learned"
    if habits.keys == AS_SENT:
        return "types what it reads"
    pair = described(habits.table or {})
    return f"types like a {pair[0]} scanner on a {pair[1]} keyboard" if pair else "types on a keyboard of its own"


def shown(text: str) -> str:
    """In quotes, as a person can read it."""
    return f"“{clean(text, 40)}”"


def lesson_words(lesson: Lesson) -> str:
    """What one scan of the chart taught."""
    if isinstance(lesson, Learned):
        return f"Your scanner {types_like(lesson.habits)}. Kept in the settings."
    if isinstance(lesson, FallTogether):
        pairs = "; ".join(" and ".join(group) for group in lesson.groups)
        return f"On this keyboard the scanner's {pairs} arrive as one letter. {AT_THE_SCANNER}"
    if isinstance(lesson, TypeNothing):
        dead = " and ".join(lesson.symbols)
        return f"What the scanner types for {dead} arrives as nothing on this keyboard. {AT_THE_SCANNER}"
    return NOT_THE_CHART
