"""A printer of letters in software: bytes in, lines out. It knows nothing of how they were made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image, ImageChops

_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
}
_WIDE, _TALL = 0x20, 0x10


@dataclass(frozen=True)
class PrintedLine:
    text: str
    wide: bool
    tall: bool
    bold: bool

    @property
    def columns(self) -> int:
        return len(self.text) * (2 if self.wide else 1)


@dataclass
class Paper:
    """What came out: lines, "[QR]" where a symbol stands, "[cut]"; and what the printer was told on the way."""

    lines: list[PrintedLine | str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    kanji: bool = True
    """As printers sold in China begin."""
    rasters: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Bytes per row, rows, dots."""
    native_qr: list[tuple[int, str, str]] = field(default_factory=list)
    """Module size in dots, level, text."""

    def texts(self) -> list[PrintedLine]:
        return [line for line in self.lines if isinstance(line, PrintedLine)]

    def picture(self, width_dots: int) -> Image.Image:
        """Every raster, one below the other, as a head of `width_dots` prints them: black on white, mode "1"."""
        image = Image.new("1", (width_dots, sum(rows for _, rows, _ in self.rasters)), 255)
        y = 0
        for width, rows, dots in self.rasters:
            strip = ImageChops.invert(Image.frombytes("1", (width * 8, rows), dots))
            image.paste(strip, ((width_dots - width * 8) // 2, y))
            y += rows
        return image

    def shown(self, columns: int) -> str:
        """For a golden: centred as on paper, wide letters spaced out; on the right how each line is set."""
        return "\n".join(_shown(line, columns) for line in self.lines) + "\n"


def _shown(line: PrintedLine | str, columns: int) -> str:
    if isinstance(line, str):
        return line.center(columns).rstrip()
    marks = "".join(mark for mark, on in (("W", line.wide), ("T", line.tall), ("B", line.bold)) if on)
    text = " ".join(line.text) if line.wide else line.text
    return f"{text.center(columns)} | {marks}".rstrip() if line.text else ""


class Reader:
    """Reads one job.

    Raises:
        AssertionError: a byte that no command begins with and no letter is; a job that ends in the middle of one.
    """

    def __init__(self, data: bytes, pages: Mapping[int, str] = _PAGES) -> None:
        """`pages` are those the printer has, by number; of any other number it takes no notice, as printers do."""
        self.data = data
        self.pages = pages
        self.at = 0
        self.paper = Paper()
        self.codec = "ascii"  # nobody may rely on the page a printer wakes up with
        self.mode = 0
        self.bold = False
        self.line = ""
        self.stored = ""
        self.module = 3
        self.level = "L"

    def read(self) -> Paper:
        while self.at < len(self.data):
            self.step()
        assert not self.line, "a line is left unprinted"
        return self.paper

    def take(self, count: int) -> bytes:
        taken = self.data[self.at : self.at + count]
        assert len(taken) == count
        self.at += count
        return taken

    def step(self) -> None:
        byte = self.take(1)[0]
        if byte == 0x0A:
            self.paper.lines.append(PrintedLine(self.line, bool(self.mode & _WIDE), bool(self.mode & _TALL), self.bold))
            self.line = ""
        elif byte == 0x1B:
            self.escape(self.take(1))
        elif byte == 0x1D:
            self.group(self.take(1))
        elif byte == 0x1C:
            assert self.take(1) == b"."
            self.paper.kanji = False
        else:
            assert byte >= 0x20, f"byte {byte:#x} at {self.at - 1} is a command"
            assert byte < 0x80 or not self.paper.kanji, "two bytes beyond ASCII would be one Chinese character"
            self.line += bytes([byte]).decode(self.codec or "latin-1", "replace")

    def escape(self, command: bytes) -> None:
        match command:
            case b"@":
                assert self.at == 2, "a reset in the middle of a slip"
            case b"a" | b"R":
                assert self.take(1) in {b"\0", b"\1"}
            case b"!":
                self.mode = self.take(1)[0]
            case b"E":
                self.bold = bool(self.take(1)[0])
            case b"t":
                number = self.take(1)[0]
                self.paper.pages.append(number)
                assert number in self.pages or self.pages is not _PAGES
                self.codec = self.pages.get(number, self.codec)
            case _:
                raise AssertionError(f"unknown ESC {command!r}")

    def group(self, command: bytes) -> None:
        match command:
            case b"V":
                assert self.take(2) == b"\x42\0"
                self.paper.lines.append("[cut]")
            case b"v":
                assert self.take(2) == b"0\0"
                width, rows = (int.from_bytes(self.take(2), "little") for _ in range(2))
                self.paper.rasters.append((width, rows, self.take(width * rows)))
                if self.paper.lines[-1:] != ["[QR]"]:
                    self.paper.lines.append("[QR]")
            case b"(":
                assert self.take(1) == b"k"
                self.symbol(self.take(int.from_bytes(self.take(2), "little")))
            case _:
                raise AssertionError(f"unknown GS {command!r}")

    def symbol(self, argument: bytes) -> None:
        function, value = argument[1], argument[2:]
        match function:
            case 65:
                assert value == b"2\0"
            case 67:
                self.module = value[0]
            case 69:
                self.level = "LMQH"[value[0] - 48]
            case 80:
                self.stored = value[1:].decode("ascii")
            case _:
                assert (function, value) == (81, b"0")
                assert not self.line, "a symbol has to begin a line"
                self.paper.native_qr.append((self.module, self.level, self.stored))
                self.paper.lines.append("[QR]")
