"""Bytes to ESC/POS commands, for any split of the bytes; what a printer's receive buffer and reader are together.

Pulled, not pushed: bytes wait here until the machine reads on, and raster data is handed out row by row as it comes
in, because a printer prints the beginning of a band before it has the end. A half-received command stays half received
until the rest comes, whoever sends it. An unknown command is counted and its two bytes skipped, as printers do; what
would have been its arguments then prints as letters. Refuses to know what a command means.

Lengths: Epson's ESC/POS command reference (`GS v 0`, `GS ( L`, `GS k` …) and the manuals of common clones.
"""

import re
from collections.abc import Callable, Generator
from typing import NamedTuple

_LONGEST_BODY = 1 << 20
"""Bytes kept of one command's data; `GS 8 L` may announce 4 GB. The rest is read and dropped."""


class Text(NamedTuple):
    """Characters in whatever code page is selected."""

    data: bytes


class Rows(NamedTuple):
    """Whole rows of one raster band, as many as were ready and wanted."""

    width_bytes: int
    doubled: int
    """Bit 0: twice as wide, bit 1: twice as high."""
    data: bytes


class Command(NamedTuple):
    """Any other command: its code (`ESC a`, `GS ( L`, `LF` as bytes) and what follows the code or its lengths."""

    code: bytes
    args: bytes


Token = Text | Rows | Command


class _Raster(NamedTuple):
    width_bytes: int
    doubled: int
    rows: int


class _Unknown(NamedTuple):
    code: bytes


_Reading = Generator[int, bytes, Command | _Raster | _Unknown]

_NULS = re.compile(rb"\0+")
_TEXT = re.compile(rb"[\x20-\xff]+")
_CONTROLS = frozenset((b"\t", b"\n", b"\x0c", b"\r", b"\x18"))
_NUL = b"\0"

# Commands whose arguments have one length, by that length; a space separates the codes after ESC, GS and FS.
_FIXED = {
    b"\x1b": {
        0: b"2 < @ L S i m v \x0c",
        1: b"! % - 3 = ? A E G J K M R T U V a d e r t u {",
        2: b"$ B \\ c f",
        3: b"p",
        8: b"W",
    },
    b"\x1d": {
        0: b": c",
        1: b"! / B E H I T a b f h j r w",
        2: b"$ L P W \\",
        3: b"^ z",
        4: b"g",
    },
    b"\x1c": {0: b"& .", 1: b"! - C W", 2: b"? S p", 74: b"2"},
}
_LENGTHS = {
    lead + code: length for lead, rows in _FIXED.items() for length, codes in rows.items() for code in codes.split(b" ")
} | {b"\x1b ": 1}


class Reader:
    """A receive buffer and the place in it where reading goes on."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._part = bytearray()
        self._reading: _Reading | None = None
        self._wanted = 0
        self._raster: _Raster | None = None
        self.unknown = 0
        """Commands skipped because nobody knows them."""

    def __len__(self) -> int:
        """Bytes that wait to be read; a half-read row or command is in the printer's other memory and not counted."""
        return len(self._waiting)

    def put(self, data: bytes) -> None:
        """Append what was received."""
        self._waiting += data

    def clear(self) -> None:
        """Forget every byte, and that a command was half read."""
        self._waiting.clear()
        self._part.clear()
        self._reading = self._raster = None

    @property
    def rows_ready(self) -> int:
        """Whole rows of the present band that `take` could hand out now."""
        if self._raster is None:
            return 0
        return min(self._raster.rows, (len(self._part) + len(self._waiting)) // self._raster.width_bytes)

    @property
    def bytes_missing(self) -> int:
        """How much more data the band being read still swallows; 0 between bands."""
        if self._raster is None:
            return 0
        there = len(self._part) + len(self._waiting)
        return max(0, self._raster.rows * self._raster.width_bytes - there)

    def take(self, rows: int) -> Token | None:
        """The next command, or at most `rows` rows of a band; None: more bytes, or more rows, are needed."""
        while True:
            if self._raster is not None:
                return self._take_rows(self._raster, rows)
            if self._reading is None:
                if not self._waiting:
                    return None
                blank = _NULS.match(self._waiting)
                if blank is not None:  # a flush is thousands of them, and they mean nothing
                    del self._waiting[: blank.end()]
                    continue
                text = _TEXT.match(self._waiting)
                if text is not None:
                    data = text[0]
                    del self._waiting[: len(data)]
                    return Text(data)
                self._reading = _command()
                self._wanted = next(self._reading)
            if not self._gathered(self._wanted):
                return None
            data = bytes(self._part)
            self._part.clear()
            try:
                self._wanted = self._reading.send(data)
            except StopIteration as read:
                self._reading = None
                if isinstance(read.value, Command):
                    return read.value
                self._begin(read.value)

    def _begin(self, found: _Raster | _Unknown) -> None:
        if isinstance(found, _Unknown):
            self.unknown += 1
        elif found.width_bytes and found.rows:
            self._raster = found

    def _gathered(self, count: int) -> bool:
        missing = count - len(self._part)
        if missing:
            self._part += self._waiting[:missing]
            del self._waiting[:missing]
        return len(self._part) == count

    def _take_rows(self, raster: _Raster, rows: int) -> Rows | None:
        count = min(rows, self.rows_ready)
        if count <= 0:
            if rows > 0:
                self._gathered(raster.width_bytes)
            return None
        rest = count * raster.width_bytes - len(self._part)
        data = bytes(self._part) + bytes(memoryview(self._waiting)[:rest])
        self._part.clear()
        del self._waiting[:rest]
        self._raster = raster._replace(rows=raster.rows - count) if raster.rows > count else None
        return Rows(raster.width_bytes, raster.doubled, data)


def _command() -> _Reading:
    """Read one command: yields how many bytes it needs next and is sent them."""
    lead = yield 1
    if lead == b"\x10":
        return (yield from _real_time())
    if lead in _CONTROLS:
        return Command(lead, b"")
    if lead not in _FIXED:
        return _Unknown(lead)
    code = lead + (yield 1)
    length = _LENGTHS.get(code)
    if length is not None:
        return Command(code, (yield length))
    rule = _RULES.get(code)
    if rule is None:
        return _Unknown(code)
    return (yield from rule(code))


def _real_time() -> _Reading:
    """DLE commands were obeyed when they arrived; here they only take up room."""
    code = b"\x10" + (yield 1)
    if code not in {b"\x10\x04", b"\x10\x05", b"\x10\x14"}:
        return _Unknown(code)
    n = (yield 1)[0]
    more = {(0x04, 7): 1, (0x04, 8): 1, (0x14, 1): 2, (0x14, 2): 2, (0x14, 3): 5, (0x14, 7): 1, (0x14, 8): 7}
    return Command(code, bytes((n,)) + (yield more.get((code[1], n), 0)))


def _body(length: int) -> Generator[int, bytes, bytes]:
    kept = bytearray()
    while length:
        piece = yield min(length, 4096)
        length -= len(piece)
        if len(kept) < _LONGEST_BODY:
            kept += piece
    return bytes(kept)


def _terminated(by: bytes, longest: int) -> Generator[int, bytes, bytes]:
    kept = bytearray()
    while len(kept) < longest:
        byte = yield 1
        if byte == by:
            break
        kept += byte
    return bytes(kept)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _with_function(code: bytes) -> _Reading:
    code += yield 1
    length = _number((yield 2))
    return Command(code, (yield from _body(length)))


def _with_long_function(code: bytes) -> _Reading:
    function = yield 1
    if function != b"L":
        return _Unknown(code + function)
    length = _number((yield 4))
    return Command(b"\x1d(L", (yield from _body(length)))


def _bit_image(code: bytes) -> _Reading:
    head = yield 3
    per_column = {0: 1, 1: 1, 32: 3, 33: 3}.get(head[0], 0)
    return Command(code, head[:1] + (yield from _body(_number(head[1:]) * per_column)))


def _tabs(code: bytes) -> _Reading:
    return Command(code, (yield from _terminated(_NUL, 32)))


def _own_letters(code: bytes) -> _Reading:
    height, first, last = yield 3
    for _ in range(first, last + 1):
        width = (yield 1)[0]
        yield from _body(height * width)
    return Command(code, b"")


def _downloaded_image(code: bytes) -> _Reading:
    x, y = yield 2
    return Command(code, (yield from _body(x * y * 8)))


def _counter(code: bytes) -> _Reading:
    kind = yield 1
    lengths = {b"0": 2, b"1": 6, b"2": 2}
    if kind in lengths:
        return Command(code + kind, (yield lengths[kind]))
    if kind != b";":
        return _Unknown(code + kind)
    for _ in range(5):
        yield from _terminated(b";", 8)
    return Command(code + kind, b"")


def _column_image(code: bytes) -> _Reading:
    head = yield 6
    return Command(code, (yield from _body(_number(head[2:4]) * _number(head[4:6]))))


def _cut(code: bytes) -> _Reading:
    how = yield 1
    return Command(code, how + (yield 1 if how[0] in {65, 66, 97, 98, 103, 104} else 0))


def _barcode(code: bytes) -> _Reading:
    system = yield 1
    if system[0] <= 6:  # noqa: PLR2004  (0 to 6 end with NUL, 65 to 79 announce their length)
        return Command(code, system + (yield from _terminated(_NUL, 255)))
    if system[0] not in range(65, 80):
        return _Unknown(code + system)
    length = (yield 1)[0]
    return Command(code, system + (yield from _body(length)))


def _raster(code: bytes) -> _Reading:
    kind = yield 1
    if kind != b"0":
        return _Unknown(code + kind)
    head = yield 5
    return _Raster(_number(head[1:3]), head[0] & 3, _number(head[3:5]))


def _user_memory(code: bytes) -> _Reading:
    head = yield 8
    return Command(code, (yield from _body(_number(head[6:8]) if head[:1] == b"1" else 0)))


def _stored_images(code: bytes) -> _Reading:
    count = (yield 1)[0]
    for _ in range(count):
        size = yield 4
        yield from _body(_number(size[:2]) * _number(size[2:]) * 8)
    return Command(code, b"")


_RULES: dict[bytes, Callable[[bytes], _Reading]] = {
    b"\x1b(": _with_function,
    b"\x1d(": _with_function,
    b"\x1c(": _with_function,
    b"\x1d8": _with_long_function,
    b"\x1b*": _bit_image,
    b"\x1bD": _tabs,
    b"\x1b&": _own_letters,
    b"\x1d*": _downloaded_image,
    b"\x1dC": _counter,
    b"\x1dQ": _column_image,
    b"\x1dV": _cut,
    b"\x1dk": _barcode,
    b"\x1dv": _raster,
    b"\x1cg": _user_memory,
    b"\x1cq": _stored_images,
}
