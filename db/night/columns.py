"""What a table of a night file is made of: its columns, and where its rows come from. Loads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "integer", "boolean", "date", "datetime", "number"]
"""Of the Frictionless Table Schema."""
TEXT: tuple[Type, ...] = ("string", "datetime", "number")
"""The types of columns that are in quotes in CSV."""
FORMAT = 3
"""Of the files of a night. A night is told for ever in the format it was told in first: a closed one never changes."""
SAME_BYTES = 3
"""The first format that this version writes byte for byte. Of older ones, which other libraries wrote, it tells the
same facts in the same columns, and CSV is the same; Parquet and the page are not."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a night file."""

    name: str
    type: Type
    description: str
    sql: str = ""
    optional: bool = False
    """Whether it can be absent: NULL, in CSV nothing (text: empty)."""
    from_people: bool = False
    """Text that somebody typed: in CSV an apostrophe keeps it from beginning like a formula."""
    varied: bool = False
    """Whether nearly every row has another value: a Parquet file needs no dictionary for it."""
    since: int = 1
    """The format of nights that has it first."""


DECIMALS = Field(
    "CurrencyDecimals",
    "integer",
    "Decimal places of the minor units in this row: an amount of them is to be divided by ten to the power of this.",
    since=2,
)
"""In every table of amounts."""


def of_format(fields: Iterable[Field], format_: int) -> tuple[Field, ...]:
    """The columns that a night of some format has: a closed night keeps those it was closed with."""
    return tuple(each for each in fields if each.since <= format_)


@dataclass(frozen=True, slots=True)
class Facts:
    """One file of facts."""

    name: str
    description: str
    fields: tuple[Field, ...]
    statement: str
    """Gives its rows, in their order. Of text and whole numbers only on SQLite; on PostgreSQL as COPY writes them."""
    format: int = FORMAT
    lines: str = ""
    """On SQLite: the same rows, each as a line of CSV, in bytes."""


def as_line(fields: Sequence[Field], cells: Sequence[str]) -> str:
    """The SQL expression for a line of CSV on SQLite, of those for its cells. `%w` doubles what quotes are in a text.

    Of the very expressions: of the columns of a subquery it takes a third more time.
    """
    line = ",".join('"%w"' if each.type in TEXT else "%s" for each in fields)
    return f"CAST(printf('{line}\r\n', {', '.join(cells)}) AS BLOB)"
