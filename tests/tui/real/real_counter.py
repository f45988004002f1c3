"""The program at work in a real terminal, a lead signed in, one core kept busy: where scanners type into it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pos_recovery.counter.outcomes import Issued
from pos_recovery.rules.codes import printed
from pos_recovery.system.locations import Home
from tests.busy_core import one_core_busy
from tests.till import LATE, LEAD, LEAD_PIN, MovableClock, Till, copy_of
from tests.tui.printers import CREEP_MM_S, Device, device
from tests.tui.real.keyboards import Keyboard, old
from tests.tui.real.terminal import Terminal, terminal

ENTER, ESC, DOWN, F1, F2, F4, F10 = "\r", "\x1b[27u", "\x1b[B", "\x1bOP", "\x1bOQ", "\x1bOS", "\x1b[21~"
"""Esc as newer terminals send it: nobody waits whether it begins an arrow."""
GOOD, USED = "✔  GOOD", "✘  ALREADY USED"
AT_THE_GRID = "What went wrong?"
NO_PAPER = "No paper"
IN_HAND = "y Yes"
"""Asked of paper that stopped on the way. Of a slow printer that answers all along, nobody is asked."""
SLIPS, GUESTS = 10, 6
ANSWER_S, PIECES_S = 2.0, 0.15
"""How long a key may be without any answer on a bad day, and how long an answer may pause."""
ECHO_S = 0.35
"""After a scan, an Enter sooner than that is the scanner's."""


@dataclass
class Counter:
    """The program at work, and a second way to its ledger."""

    shown: Terminal
    home: Home
    printer: Device
    good: list[str]
    """Codes of good slips, which stay good."""
    guests: list[str]
    """Codes of good slips to be redeemed."""
    used: str
    _next: int = field(default=0)

    def ledger(self) -> dict[str, int]:
        """How much is on record."""
        tables = ("coupon", "coupon_event", "refusal", "print_job")
        with closing(sqlite3.connect(self.home.ledger)) as ledger:
            return {table: ledger.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608  ours

    def code(self) -> str:
        """A good slip's; the same comes again only after all the others."""
        self._next += 1
        return self.good[self._next % len(self.good)]

    @property
    def screen(self) -> str:
        """What is shown, without the time of day in its first line."""
        first, *lines = self.shown.text.splitlines()
        return "\n".join([re.sub(r"\d\d:\d\d$", "", first).rstrip(), *lines])

    def rest(self) -> str:
        """Wait until the screen does not change any more."""
        self.shown.follow_until_quiet(PIECES_S)
        return self.screen

    def press(self, *keys: str) -> None:
        """Keys of a person, each answered before the next."""
        for key in keys:
            self.shown.type(key)
            self.shown.follow_until_quiet(PIECES_S, starts_within=ANSWER_S)

    def scan(self, code: str, every_s: float, ending: str) -> None:
        """Caps lock is on, so that the letters are hot-keys: t, p, c, u, e, x, a, m, l and y among them."""
        self.type(f"https://cup.example/happy/c/{code.lower()}{ending}", every_s)

    def type(self, text: str, every_s: float, keyboard: Keyboard = old) -> None:
        """Type a text, endings and all, so many seconds a key."""
        self.shown.type_at([(stroke, every_s) for stroke in keyboard(text)])

    def await_good(self, code: str, from_: str) -> None:
        """The right answer."""
        self.shown.wait_until(lambda: GOOD in self.screen and printed(code) in self.screen, f"GOOD for {code} {from_}")

    def leave_answer(self, before: str, after: str) -> None:
        """From an answer back to the screen the scan came upon, which must look as it did."""
        self.back(1)
        self.shown.wait_for("Look up")
        if "Look up" not in before:
            self.back(1)
        self.shown.wait_until(lambda: self.screen == before, f"after {after}, the screen as it was:\n{before}\n; it")

    def back(self, times: int) -> None:
        """Esc, each answered before the next."""
        for _ in range(times):
            self.press(ESC)


@contextmanager
def counter_open(template: Home, folder: Path, *, module: str = "pos_recovery") -> Iterator[Counter]:
    """A lead has signed in who has given all that the cap allows; the printer is slow and proves nothing."""
    home = copy_of(template, folder)
    till = Till.open(home, MovableClock(datetime.now(UTC)))
    codes = [issued(till) for _ in range(SLIPS + GUESTS + 1)]
    *others, used = codes
    till.redeem(used)
    till.counter.close()
    with device(speed_mm_s=CREEP_MM_S, process_id=False) as printer:
        settings = home.settings.read_text(encoding="utf-8")
        for key, value in {"printer": f'"{printer.url}"', "cap": str(len(codes)), "sign_out_after_s": "3600"}.items():
            settings = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", settings)
        home.settings.write_text(settings, encoding="utf-8")
        with terminal(home.folder, module=module) as shown, one_core_busy():
            counter = Counter(shown, home, printer, others[:SLIPS], others[SLIPS:], used)
            sign_in(counter)
            shown.wait_for("● printer ready")
            shown.wait_for(f"{len(codes)} given")
            yield counter


def issued(till: Till) -> str:
    """The code of a new coupon without paper: no slip waits at the printer."""
    given = till.counter.recovery.issue(LATE, LEAD, till.request(), print_slips=False)
    assert isinstance(given, Issued)
    return given.stories[0].code


def sign_in(counter: Counter) -> None:
    counter.shown.wait_for("1 Ana")
    counter.press(LEAD_PIN + ENTER)


@dataclass(frozen=True)
class Place:
    """A screen, or a field on it, as a person gets there from the grid."""

    name: str
    keys: tuple[str, ...]
    words: tuple[str, ...]
    """What is then on the screen."""
    escapes: int
    """Back to the grid."""

    def __str__(self) -> str:
        return self.name.replace(" ", "_")


SLIP, DRAWN = "Enter Print", "▀▀▀▀▀▀▀▀"
"""A card, and the picture of its slip."""
USED_ROW = 9
"""Where the used slip stands in the list. All were issued at the same time, so they are in the order of their codes,
and those are drawn from a seed."""
PLACES = (
    Place("the grid", (), ("Sold out",), 0),
    Place("a card", ("3",), (SLIP, DRAWN), 1),
    Place("the note", ("3", "n", *"milk"), ("milk", DRAWN), 2),
    Place("the item", ("3", "i", *"latte"), ("latte", DRAWN), 2),
    Place("another language", ("3", "l"), (SLIP, DRAWN), 1),
    Place("a lead's PIN over the cap", ("3", ENTER), ("a shift lead can agree", "1 Ana"), 2),
    Place("the slips of today", (F4, DOWN, DOWN), ("✔ used",), 1),
    Place("the search box", (F4, "/", "2"), ("✔ used",), 2),
    Place("a question before voiding", (F4, DOWN, "v"), ("Void the slip",), 2),
    Place("a question before taking back", (F4, *[DOWN] * USED_ROW, "t"), ("Scanned by mistake",), 2),
    Place("the help", (F1,), ("At the grid",), 1),
    Place("help over a card", ("3", F1), ("At the grid",), 2),
    Place("the code box", (F2,), ("Look up",), 1),
)
