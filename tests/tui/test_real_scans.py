"""A scanner types into the real program in a real terminal, from every screen, while one core is kept busy.

Every screen gets every speed; the endings go round, so that over five screens every speed has had every ending, and
every screen has had all five. Slips that have to wait are scanned one at each speed into the same screen, and come up
in order. One program serves all of it: starting it, and signing in, would cost more than the scans.

Nothing here is timed: how soon the answer stands there is the business of `tests/bench/scanning.py`.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from pos_recovery.codes import printed
from pos_recovery.locations import Home
from pos_recovery.outcomes import Issued
from tests.busy_core import one_core_busy
from tests.till import LATE, LEAD, LEAD_PIN, MovableClock, Till, copy_of
from tests.tui.printers import CREEP_MM_S, Device, device
from tests.tui.terminal import Terminal, terminal

SPEEDS_S = (0.0, 0.001, 0.005, 0.01, 0.02)
ENDINGS = ("\r", "\n", "\r\n", "\t", "")
ENTER, ESC, DOWN, F1, F2, F4, F10 = "\r", "\x1b[27u", "\x1b[B", "\x1bOP", "\x1bOQ", "\x1bOS", "\x1b[21~"
"""Esc as newer terminals send it: nobody waits whether it begins an arrow."""
GOOD, USED = "✔  GOOD", "✘  ALREADY USED"
AT_THE_GRID = "What went wrong?"
IN_HAND = "y Yes"
"""Asked of paper that proves nothing, whether or not it stopped on the way."""
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
        text = f"https://cup.example/happy/c/{code.lower()}"
        self.shown.type_at([(character, every_s) for character in text + ending])

    def await_good(self, code: str, from_: str) -> None:
        """The right answer."""
        self.shown.wait_until(lambda: GOOD in self.screen and printed(code) in self.screen, f"GOOD for {code} {from_}")

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


@pytest.fixture(scope="module")
def counters(template: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Counter]]:
    """The program that serves all tests; another one where a test has left it anywhere but at the grid."""
    with ExitStack() as closing_later:
        running: list[Counter] = []

        def at_the_grid() -> Counter:
            if not running or AT_THE_GRID not in running[-1].rest() or "▌" in running[-1].screen:
                folder = tmp_path_factory.mktemp("counter") / "home"
                running.append(closing_later.enter_context(counter_open(template, folder)))
                running[-1].shown.wait_for(AT_THE_GRID)
            return running[-1]

        yield at_the_grid


@pytest.fixture
def counter(counters: Callable[[], Counter]) -> Counter:
    """At the grid, the lead signed in."""
    return counters()


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


def rounds(nth: int) -> list[tuple[float, str]]:
    """Every speed, each with another ending; the next place begins with the next ending."""
    return [(every_s, ENDINGS[(nth + speed) % len(ENDINGS)]) for speed, every_s in enumerate(SPEEDS_S)]


@pytest.mark.parametrize(("nth", "place"), list(enumerate(PLACES)), ids=str)
def test_a_scan_is_answered_from_every_screen_and_leaves_it_as_it_was(nth: int, place: Place, counter: Counter) -> None:
    counter.press(*place.keys)
    for words in place.words:
        counter.shown.wait_for(words)
    before, on_record = counter.rest(), counter.ledger()
    for every_s, ending in rounds(nth):
        code = counter.code()
        counter.scan(code, every_s, ending)
        counter.await_good(code, f"from {place.name} at {every_s} s and {ending!r}")
        counter.back(1)
        counter.shown.wait_for("Look up")
        if "Look up" not in before:
            counter.back(1)
        counter.shown.wait_until(lambda: counter.screen == before, f"{place.name} as it was:\n{before}\n; it")
        assert counter.ledger() == on_record
    counter.back(place.escapes)
    counter.shown.wait_for(AT_THE_GRID)


def test_a_refusal_makes_room_for_a_scan_and_gives_nothing_away(counter: Counter) -> None:
    for every_s, ending in rounds(1):
        counter.scan(counter.used, every_s, ending)
        counter.shown.wait_for(USED)
        counter.rest()
        on_record = counter.ledger()
        code = counter.code()
        counter.scan(code, every_s, ending)
        counter.await_good(code, f"from a refusal at {every_s} s and {ending!r}")
        assert counter.ledger() == on_record
        counter.back(2)


def test_guest_after_guest_is_served_by_a_scan_and_two_keys(counter: Counter) -> None:
    """Scans come where the ending of the last story still stands."""
    for guest, (every_s, ending) in zip(counter.guests, rounds(2), strict=False):
        on_record = counter.ledger()
        counter.scan(guest, every_s, ending)
        counter.await_good(guest, f"after a guest at {every_s} s and {ending!r}")
        assert counter.ledger() == on_record
        counter.shown.follow(ECHO_S)
        counter.press(ENTER)
        counter.shown.wait_for("✔  REDEEMED")
        counter.press("1")
        counter.shown.wait_for("Esc Back")
        assert counter.ledger() == on_record | {"coupon_event": on_record["coupon_event"] + 2}
    counter.back(1)


def scan_and_see_them_wait(counter: Counter, nth: int) -> list[str]:
    """A scan at every speed, none of them answered yet. Returns their codes."""
    codes = [counter.code() for _ in SPEEDS_S]
    for waiting, (code, (every_s, ending)) in enumerate(zip(codes, rounds(nth), strict=True), start=1):
        counter.scan(code, every_s, ending)
        counter.shown.wait_for(f"▣ {waiting} scanned")
        counter.shown.follow(ECHO_S)
    return codes


def see_them_come_up(counter: Counter, codes: list[str]) -> None:
    """One after another, in order."""
    for code in codes:
        counter.await_good(code, "when its turn had come")
        counter.rest()
        counter.back(1)


def test_while_somebody_is_served_scans_wait_and_confirm_nothing(counter: Counter) -> None:
    served = counter.guests[-1]
    counter.scan(served, 0.0, ENTER)
    counter.await_good(served, "first")
    on_record = counter.ledger()
    codes = scan_and_see_them_wait(counter, 3)
    assert printed(served) in counter.screen
    assert counter.ledger() == on_record
    counter.press(ENTER)
    counter.shown.wait_for("✔  REDEEMED")
    on_record = counter.ledger()
    last = next(code for code in counter.good if code not in codes)
    counter.scan(last, *rounds(3)[2])
    counter.shown.wait_for(f"▣ {len(codes) + 1} scanned")
    assert "✔  REDEEMED" in counter.screen
    assert counter.ledger() == on_record
    counter.press("3")
    see_them_come_up(counter, [*codes, last])
    counter.back(1)
    sign_out_and_in(counter)


def test_signed_out_scans_fill_no_pin_and_wait_for_somebody(counter: Counter) -> None:
    counter.press(F10)
    counter.shown.wait_for("Who are you?")
    on_record = counter.ledger()
    codes = scan_and_see_them_wait(counter, 4)
    assert "○ ○ ○ ○" in counter.screen
    assert "●" not in counter.screen.replace("● printer", "")
    sign_in(counter)
    see_them_come_up(counter, codes)
    assert counter.ledger() == on_record
    counter.back(1)
    sign_out_and_in(counter)


def sign_out_and_in(counter: Counter) -> None:
    """Takes the notices of waiting scans from the screen."""
    counter.shown.wait_for(AT_THE_GRID)
    counter.press(F10)
    sign_in(counter)
    counter.shown.wait_for(AT_THE_GRID)
    counter.shown.wait_for("given")


def test_while_a_slip_prints_scans_wait_and_answer_nothing_that_is_asked(counter: Counter) -> None:
    counter.press(F4)
    counter.shown.wait_for("Slips of today")
    counter.press("p")
    counter.shown.wait_for("Printing")
    on_record = counter.ledger()
    codes = scan_and_see_them_wait(counter, 0)
    assert "Printing" in counter.screen
    counter.printer.print_on()
    see_them_come_up(counter, codes)
    counter.back(1)
    counter.shown.wait_for(IN_HAND)
    for every_s, ending in rounds(1):
        code = counter.code()
        counter.scan(code, every_s, ending)
        counter.await_good(code, f"from the paper at {every_s} s and {ending!r}")
        counter.back(2)
        counter.shown.wait_for(IN_HAND)
    assert counter.ledger() == on_record
    counter.press("y")
    counter.shown.wait_for("Slips of today")
    counter.back(1)
    sign_out_and_in(counter)


SAID = "the 2 flat whites were cold; she was kind about it"
HOME, SEEN = "\x1b[H", len(SAID) // 2 + 1
"""The beginning of a field, and so much of a text as it shows."""


def test_what_a_person_types_arrives_whole_and_is_no_scan(counter: Counter) -> None:
    chance = Random(4)  # noqa: S311  a person with a seed
    counter.press("3", "n")
    counter.shown.type_at([(letter, chance.uniform(0.06, 0.14)) for letter in SAID])
    counter.shown.wait_for(SAID[-SEEN:])
    assert SLIP in counter.screen
    counter.press(HOME)
    counter.shown.wait_for(SAID[:SEEN])
    counter.back(2)


def test_believing_in_no_scanners_a_register_does_what_the_letters_say(template: Home, tmp_path: Path) -> None:
    """The twin."""
    with counter_open(template, tmp_path / "home", module="tests.tui.unbelieving") as counter:
        counter.press("3")
        before = counter.rest()
        counter.scan(counter.code(), 0.005, "")
        counter.shown.wait_until(lambda: counter.screen != before, "what the letters do")
        counter.rest()
        assert GOOD not in counter.screen
