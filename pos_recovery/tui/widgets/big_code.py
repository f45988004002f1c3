"""A code in letters as high as four lines, in its three groups: to be read and written down from behind the machine."""

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from pos_recovery.tui.content.session import Session

WIDTH, HEIGHT = 5, 7
"""Of a letter, in dots; two dots, one above the other, stand in a cell."""
_GROUP = 4
_LETTERS = {
    "0": "0e11131519110e", "1": "040c040404040e", "2": "0e11010204081f", "3": "1f02040201110e",
    "4": "02060a121f0202", "5": "1f101e0101110e", "6": "0608101e11110e", "7": "1f010204080808",
    "8": "0e11110e11110e", "9": "0e11110f01020c", "A": "0e1111111f1111", "B": "1e11111e11111e",
    "C": "0e11101010110e", "D": "1c12111111121c", "E": "1f10101e10101f", "F": "1f10101e101010",
    "G": "0e11101711110f", "H": "1111111f111111", "J": "0702020202120c", "K": "11121418141211",
    "M": "111b1515111111", "N": "11111915131111", "P": "1e11111e101010", "Q": "0e11111115120d",
    "R": "1e11111e141211", "S": "0f10100e01011e", "T": "1f040404040404", "V": "11111111110a04",
    "W": "1111111515150a", "X": "11110a040a1111", "Y": "1111110a040404", "Z": "1f01020408101f",
}  # fmt: skip
"""Seven rows of five dots each, the top one first: the shapes of character displays, where 0 has its stroke."""
_HALVES = " ▀▄█"


def large(code: str) -> str:
    """Twelve letters of the code's alphabet in three groups of four, each letter 5 cells wide and 4 lines high."""
    groups = [code[start : start + _GROUP] for start in range(0, len(code), _GROUP)]
    return "\n\n".join("\n".join(_lines(group)) for group in groups)


def spaced(code: str) -> str:
    """The same in letters of a usual height, apart from each other."""
    return "\n\n".join("  ".join(code[start : start + _GROUP]) for start in range(0, len(code), _GROUP))


def _lines(letters: str) -> list[str]:
    rows = ["  ".join(f"{row:0{WIDTH}b}" for row in dots) for dots in _rows(letters)]
    rows.append(" " * len(rows[0]))
    return ["".join(map(_cell, upper, lower)) for upper, lower in zip(rows[::2], rows[1::2], strict=True)]


def _rows(letters: str) -> list[tuple[int, ...]]:
    return list(zip(*(bytes.fromhex(_LETTERS[letter]) for letter in letters), strict=True))


def _cell(upper: str, lower: str) -> str:
    return _HALVES[(upper == "1") + 2 * (lower == "1")]


class BigCode(Widget):
    """Shows one code."""

    code: reactive[str] = reactive("", layout=True)
    """Twelve letters; empty: nothing to show."""

    def render(self) -> Content:
        """Three lines, of large letters where the terminal has pieces of them."""
        draw = large if Session.of(self.app).abilities.pictures else spaced
        return Content(draw(self.code))
