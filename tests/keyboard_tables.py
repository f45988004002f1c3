"""Makes the shipped table of keyboards from xkeyboard-config: what arrives where a scanner types like another keyboard.

Run it from the root of a checkout, with one folder for each release of xkeyboard-config (its `rules/evdev.xml` lists
the layouts), the newest first; libxkbcommon compiles them:

    python -m tests.keyboard_tables 2.48=/usr/share/xkeyboard-config-2 2.35.1=/usr/share/X11/xkb

Nothing is parsed here that libxkbcommon can answer: each key is pressed with and without Shift and Caps Lock, and what
it types is asked. Dead keys stand in the table as the combining character of their accent.
"""

from __future__ import annotations

import ctypes
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

TABLE = Path("pos_recovery/layouts/keyboards.bin")
DIGITS, CAPITALS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SYMBOLS = DIGITS + CAPITALS
ESSENTIAL = SYMBOLS + "-/:.]\\"
"""What tells one table from another: what a slip, its address and a scanner's marks can hold."""
PLAIN = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./ "
SHIFTED = '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>? '
_CODES = [41, *range(2, 14), *range(16, 28), 43, *range(30, 41), *range(44, 54), 57]
KEYCODES = [code + 8 for code in _CODES]
"""Of those keys on a US keyboard: evdev's numbers, to which X adds 8."""
PRINTED = "".join(map(chr, range(32, 127)))
DEAD = {
    "grave": 0x300, "acute": 0x301, "circumflex": 0x302, "tilde": 0x303, "macron": 0x304, "breve": 0x306,
    "abovedot": 0x307, "diaeresis": 0x308, "hook": 0x309, "abovering": 0x30A, "doubleacute": 0x30B, "caron": 0x30C,
    "abovecomma": 0x313, "horn": 0x31B, "belowdot": 0x323, "cedilla": 0x327, "ogonek": 0x328,
}  # fmt: skip
COMMON = (
    "fr", "de", "cz", "es", "it", "pt", "br", "latam", "be", "ch", "ch:fr", "gb", "dk", "no", "se", "fi", "is", "ee",
    "fr:mac", "sk", "hu", "hr", "si", "rs:latin", "pl", "ro", "lt", "lv", "tr", "tr:f", "gr", "ru", "ua", "bg", "rs",
    "ara", "il", "ir", "in", "th", "vn", "jp", "kr", "ca", "ca:multix", "us:intl", "us:dvorak", "us:colemak", "fr:bepo",
    "de:neo",
)  # fmt: skip
"""Layouts (and variants) that are tried before all others, in this order: those of the languages a slip can speak and
of the countries with most cafés."""
SHIFT_LOCKED = {"fr", "be", "de", "ch", "ch:fr", "fr:mac"}
"""Where Windows locks the digits, too: Caps Lock is a Shift that stays."""
_SHORT = {"English (US)": "US", "English (UK)": "UK"}


class _Names(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libxkbcommon.so.0")
    pointer, number = ctypes.c_void_p, ctypes.c_uint32
    for name, result, *arguments in (
        ("xkb_context_new", pointer, ctypes.c_int),
        ("xkb_context_include_path_append", ctypes.c_int, pointer, ctypes.c_char_p),
        ("xkb_context_set_log_level", None, pointer, ctypes.c_int),
        ("xkb_keymap_new_from_names", pointer, pointer, ctypes.POINTER(_Names), ctypes.c_int),
        ("xkb_keymap_mod_get_index", number, pointer, ctypes.c_char_p),
        ("xkb_keymap_unref", None, pointer),
        ("xkb_state_new", pointer, pointer),
        ("xkb_state_unref", None, pointer),
        ("xkb_state_update_mask", ctypes.c_int, pointer, *[number] * 6),
        ("xkb_state_key_get_one_sym", number, pointer, number),
        ("xkb_keysym_to_utf32", number, number),
        ("xkb_keysym_get_name", ctypes.c_int, number, ctypes.c_char_p, ctypes.c_size_t),
    ):
        function = getattr(library, str(name))
        function.restype, function.argtypes = result, arguments
    return library


Level = Mapping[str, str]
"""What arrives for each character of a US keyboard; empty: nothing."""


@dataclass(frozen=True)
class Layout:
    """One layout or variant of xkeyboard-config."""

    name: str
    """As `cz` or `cz:qwerty`."""
    description: str
    typed: Level
    locked: Level
    """The same under Caps Lock."""


def layouts(root: Path, every: int = 1) -> Iterator[Layout]:
    """All of a release, in its own order, or one in so many. The one that is somebody's own (`custom`) is left out."""
    library = _library()
    context = library.xkb_context_new(1)  # without the usual folders
    library.xkb_context_set_log_level(context, 10)
    assert library.xkb_context_include_path_append(context, str(root).encode())
    listed = ET.parse(root / "rules" / "evdev.xml").iterfind(".//layoutList/layout")  # noqa: S314  our own disk
    items = [(layout, item) for layout in listed for item in (layout, *layout.iterfind("variantList/variant"))]
    for layout, item in items[::every]:
        name = layout.findtext("configItem/name") or ""
        variant = "" if item is layout else item.findtext("configItem/name") or ""
        description = item.findtext("configItem/description") or name
        levels = _levels(context, name, variant)
        if levels and name != "custom":
            yield Layout(f"{name}:{variant}".rstrip(":"), _SHORT.get(description, description), *levels)


def _levels(context: int, layout: str, variant: str) -> tuple[Level, Level] | None:
    library = _library()
    names = _Names(b"evdev", b"pc105", layout.encode(), variant.encode(), b"")
    keymap = library.xkb_keymap_new_from_names(context, ctypes.byref(names), 0)
    if not keymap:
        return None
    state = library.xkb_state_new(keymap)
    shift, lock = (1 << library.xkb_keymap_mod_get_index(keymap, name) for name in (b"Shift", b"Lock"))
    levels = []
    for locked in (0, lock):
        level: dict[str, str] = {}
        for held, characters in ((0, PLAIN), (shift, SHIFTED)):
            library.xkb_state_update_mask(state, held, 0, locked, 0, 0, 0)
            for character, code in zip(characters, KEYCODES, strict=True):
                level.setdefault(character, _typed(library.xkb_state_key_get_one_sym(state, code)))
        levels.append(level)
    library.xkb_state_unref(state)
    library.xkb_keymap_unref(keymap)
    return levels[0], levels[1]


def _typed(keysym: int) -> str:
    library = _library()
    buffer = ctypes.create_string_buffer(64)
    library.xkb_keysym_get_name(keysym, buffer, len(buffer))
    name = buffer.value.decode()
    if name.startswith("dead_"):
        return chr(DEAD.get(name.removeprefix("dead_"), 0)).strip("\0")
    number = library.xkb_keysym_to_utf32(keysym)
    return chr(number) if number >= 32 else ""


# ------------------------------------------------------------------ tables


Pairs = Mapping[str, str]
"""What arrives, for each character sent."""


@dataclass
class Table:
    """What was sent, for each character that arrives."""

    scanner: str
    machine: str
    sent: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    """What else may have been sent, where a keyboard does not keep symbols apart."""

    def takes(self, pairs: Pairs) -> bool:
        """Whether nothing in it contradicts `pairs`, of what a slip can hold."""
        return all(self.sent.get(pairs[sent], sent) == sent for sent in ESSENTIAL if pairs.get(sent))

    def add(self, pairs: Pairs) -> None:
        """What this way of typing adds; what is there already stays."""
        for sent, arrived in pairs.items():
            if arrived:
                self.sent.setdefault(arrived, sent)

    def note_others(self, pairs: Pairs) -> None:
        """Which symbols arrive alike, in this way of typing."""
        for sent in SYMBOLS:
            arrived = pairs.get(sent)
            if arrived and self.sent[arrived] != sent and sent not in self.others.get(arrived, ""):
                self.others[arrived] = self.others.get(arrived, "") + sent

    def essential(self) -> set[tuple[str, str]]:
        """What tells it from others."""
        return {(arrived, sent) for arrived, sent in self.sent.items() if sent in ESSENTIAL} | set(self.others.items())


def _ways(level: Level) -> Iterator[Pairs]:
    """A text in capitals, as it is printed, and one in small letters."""
    rest = {sign: level.get(sign, "") for sign in ESSENTIAL + PRINTED if not sign.isalpha()}
    for case in (str.upper, str.lower):
        letters = {letter: level.get(case(letter), "") for letter in CAPITALS}
        yield {**letters, **rest}


def _turned(level: Level) -> Level:
    """What arrives where every key is locked to its Shift."""
    other = {**dict(zip(PLAIN, SHIFTED, strict=True)), **dict(zip(SHIFTED, PLAIN, strict=True))}
    return {sent: level[other[sent]] for sent in level}


def _reversed(level: Level, *, locked: bool) -> Level:
    """What arrives on a US machine from a scanner that is set to this layout. Levels above Shift type nothing there."""
    found: dict[str, str] = {}
    for key, sent in level.items():
        if len(sent) == 1 and sent.isascii():
            found.setdefault(sent, key.swapcase() if locked else key)
    return found


def ways(layout: Layout) -> Iterator[tuple[str, Level]]:
    """Both ways round, with and without Caps Lock; by name."""
    yield "a US scanner", layout.typed
    yield "a US scanner under Caps Lock", layout.locked
    yield "a scanner set to it", _reversed(layout.typed, locked=False)
    yield "a scanner set to it under Caps Lock", _reversed(layout.typed, locked=True)


def _tables_of(layout: Layout) -> Iterator[Table]:
    sets: list[tuple[str, str, list[Level]]] = [("US", layout.description, [layout.typed, layout.locked])]
    if layout.name in SHIFT_LOCKED:
        sets[0][2].append(_turned(layout.typed))
    back = _reversed(layout.typed, locked=False)
    if all(symbol in back or symbol.lower() in back for symbol in SYMBOLS):
        sets.append((layout.description, "US", [back, _reversed(layout.typed, locked=True)]))
    for scanner, machine, levels in sets:
        made: list[Table] = []
        for level in levels:
            own: list[Table] = []
            for pairs in _ways(level):
                if len({pairs.get(symbol) for symbol in SYMBOLS} - {"", None}) < 24:
                    continue  # no text can be read through it
                table = next((each for each in made if each.takes(pairs)), None)
                if table is None:
                    table = Table(scanner, machine)
                    made.append(table)
                table.add(pairs)
                table.note_others(pairs)
                own.append(table)
            for table in own:  # an address may begin in small letters and go on in capitals
                for pairs in _ways(level):
                    table.add(pairs)
        yield from made


def _rank(table_of: tuple[Layout, int, Table]) -> tuple[int, int, int]:
    """Common before rare, whole layouts before variants, a plain way of typing before Caps Lock."""
    layout, number, _ = table_of
    common = COMMON.index(layout.name) if layout.name in COMMON else len(COMMON)
    return (common, ":" in layout.name, number)


def tables(roots: Iterable[Path]) -> list[Table]:
    """Each that says something of its own, the commonest first."""
    found: list[tuple[Layout, int, Table]] = []
    for root in roots:
        for layout in layouts(root):
            found += [(layout, number, table) for number, table in enumerate(_tables_of(layout))]
    kept: list[Table] = []
    known: list[set[tuple[str, str]]] = [{(each, each.upper()) for each in PRINTED}]
    for _, _, table in sorted(found, key=_rank):
        essential = table.essential()
        if not any(essential <= other for other in known):
            known.append(essential)
            kept.append(table)
    return kept


def written(kept: Iterable[Table], versions: str) -> str:
    """As it is shipped: a line a table; scanner, machine, what arrives, what was sent; both in one order."""
    lines = [versions]
    for table in kept:
        order = {sent: place for place, sent in enumerate(ESSENTIAL + PRINTED)}
        pairs = sorted(table.sent.items(), key=lambda pair: order[pair[1]])
        pairs += [(arrived, sent) for arrived, many in table.others.items() for sent in many]
        lines.append("\t".join((table.scanner, table.machine, *map("".join, zip(*pairs, strict=True)))))
    return "\n".join(lines)


if __name__ == "__main__":
    given = [argument.partition("=") for argument in sys.argv[1:]]
    made = tables(Path(root) for _, _, root in given)
    text = written(made, "xkeyboard-config " + ", ".join(version for version, _, _ in given))
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(zlib.compress(text.encode(), 9))
    sys.stdout.write(f"{len(made)} tables, {len(text.encode())} bytes, {TABLE.stat().st_size} as shipped\n")
