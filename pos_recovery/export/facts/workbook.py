"""The tables of a night as one workbook for Excel, with the cells of the CSV files: a sheet for each table.

Excel has no box to tick for a CSV file: it drops the zeros of store `0042`, and takes a file for one column where the
comma is decimal. Here text is text, whatever it begins with, numbers are numbers and dates are dates. A night of more
than `MOST_ROWS` has none: it would take as long as everything else, and is nothing to look at in a spreadsheet.

XlsxWriter writes it, pinned like DuckDB, and the traps are its (3.3.1). Text that begins with `<r>` and ends with
`</r>` it takes for XML of its own (hence `_sheet`). It packs by zlib, which another build of Python brings in another
make with other bytes (zlib-ng): so the parts are stored here as they are, and a closed night stays the same. Without a
date of ours it writes the current one.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from pos_recovery.export.facts.table_files import Written, kept, rows_of

if TYPE_CHECKING:
    from pathlib import Path

    from db.night.columns import Field
    from pos_recovery.export.facts.table_columns import Table

MOST_ROWS = 20_000
"""Of all tables together, which take four seconds; Excel has room for 1,048,576 in a sheet. Another number is another
format."""
MOST_LETTERS = 32_767
"""In a cell: "Excel specifications and limits". Longer text ends with an ellipsis there."""
_DIGITS = 15
"""That a number of Excel's holds; one with more is text."""
_FIRST_DATE, _DAY_ZERO = date(1900, 3, 1), date(1899, 12, 30)
"""Excel counts days, and a 29 February 1900 among them."""
_WRITTEN = datetime(2000, 1, 1)  # noqa: DTZ001  as the library wants it
_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)
"""Of a ZIP file."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one: its kind (`n`, `b`, `inlineStr`), and its number or its text."""

    kind: str
    text: str
    style: str = ""
    """How the number is shown."""


def is_for(written: Iterable[Written]) -> bool:
    """Whether a night with these files has one."""
    return sum(rows_of(written).values()) <= MOST_ROWS


def write(folder: Path, name: str, tables: Sequence[Table]) -> Written:
    """Write it beside the CSV files that it is made from; it is on the disk afterwards.

    Args:
        folder: The night's, and where it is made.
        name: Of the file.
        tables: Of the night.
    """
    packed, path = folder / f".{name}", folder / name
    _write(packed, folder, tables)
    with ZipFile(packed) as parts, ZipFile(path, "x", ZIP_STORED) as stored:
        for part in parts.infolist():
            like = ZipInfo(part.filename, _FIRST_MOMENT)
            like.create_system, like.external_attr = 0, 0
            with parts.open(part) as source, stored.open(like, "w") as target:
                shutil.copyfileobj(source, target)
    packed.unlink()
    return kept(path)


def rows(folder: Path, table: Table) -> Iterator[list[Cell | None]]:
    """What stands in a table's sheet by its CSV file, below the names; None: nothing.

    Raises:
        ValueError, csv.Error: It is none of ours.
    """
    name, _, fields = table
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as plain:
        for row in islice(csv.reader(plain, strict=True), 1, None):
            yield [_cell(field, text) for field, text in zip(fields, row, strict=True)]


def _write(path: Path, folder: Path, tables: Sequence[Table]) -> None:
    import xlsxwriter

    as_is = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    with xlsxwriter.Workbook(str(path), {**as_is, "constant_memory": True, "tmpdir": str(folder)}) as book:
        book.set_properties({"created": _WRITTEN})
        head = book.add_format({"bold": True})
        styles: dict[str, Any] = {}
        sheet_class = _sheet()
        for table in tables:
            sheet = book.add_worksheet(table[0], sheet_class)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(table[2]) - 1, 16)
            for place, field in enumerate(table[2]):
                sheet.write_string(0, place, field.name, head)
            for at, row in enumerate(rows(folder, table), start=1):
                for place, cell in enumerate(row):
                    if cell is not None:
                        _put(sheet, at, place, cell, styles.setdefault(cell.style, _style(book, cell.style)))


def _style(book: Any, style: str) -> Any:  # noqa: ANN401  the library has no types
    return book.add_format({"num_format": style}) if style else None


def _put(sheet: Any, at: int, place: int, cell: Cell, style: Any) -> None:  # noqa: ANN401  see above
    if cell.kind == "n":
        sheet.write_number(at, place, float(cell.text), style)
    elif cell.kind == "b":
        sheet.write_boolean(at, place, cell.text == "1")
    else:
        sheet.write_string(at, place, cell.text)


def _sheet() -> Any:  # noqa: ANN401  see above
    from xlsxwriter.worksheet import Worksheet

    class Sheet(Worksheet):  # type: ignore[misc]  # the library has no types
        def _xml_rich_inline_string(self, string: str, attributes: Sequence[tuple[str, object]] = ()) -> None:
            """What looks like XML is text, as everything is."""
            self._xml_inline_string(string, False, attributes)

    return Sheet


def _cell(field: Field, text: str) -> Cell | None:
    if not text:
        return None
    if field.type == "boolean":
        return Cell("b", "1" if text == "true" else "0")
    if field.type == "date" and (day := date.fromisoformat(text)) >= _FIRST_DATE:
        return Cell("n", str((day - _DAY_ZERO).days), "yyyy-mm-dd")
    if field.type in _NUMBERS and sum(each.isdigit() for each in text) <= _DIGITS:
        return Cell("n", text, _NUMBERS[field.type].format("0" * len(text.partition(".")[2])).rstrip("."))
    return Cell("inlineStr", _shortened(text))


_NUMBERS: Mapping[str, str] = {"integer": "", "number": "0.{}"}
"""How each is shown."""


def _shortened(text: str) -> str:
    """By Excel's count, which is of UTF-16."""
    if len(text.encode("utf-16-le")) <= 2 * MOST_LETTERS:
        return text
    return text.encode("utf-16-le")[: 2 * (MOST_LETTERS - 1)].decode("utf-16-le", "ignore") + "…"
