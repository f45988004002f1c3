"""Whether a night's workbook has the cells of its CSV files, and nothing else: no formula, no macro, no other sheet.

It believes nothing: what is packed, or is no part of ours, is not read; and a sheet is read cell by cell until it
differs. So the workbook says what the tables say, of which all else is proved.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from pos_recovery.export.facts import workbook
from pos_recovery.export.facts.flaws import Flaw, listed, shown
from pos_recovery.export.facts.workbook import Cell

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from pos_recovery.export.facts.table_columns import Table

_PARTS = (
    "[Content_Types].xml", "_rels/.rels", "docProps/app.xml", "docProps/core.xml", "xl/_rels/workbook.xml.rels",
    "xl/styles.xml", "xl/theme/theme1.xml", "xl/workbook.xml",
)  # fmt: skip
_SMALL = 1 << 20
"""Bytes of a part that is no sheet."""
_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_MAY_STAND = frozenset(
    f"{_SPACE}{name}" for name in (
        "worksheet", "dimension", "sheetViews", "sheetView", "pane", "selection", "sheetFormatPr", "cols", "col",
        "sheetData", "row", "c", "v", "is", "t", "pageMargins",
    )
)  # fmt: skip
"""What a sheet of ours is made of. A formula would be an `f`."""
_HEAD = re.compile(rb'<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?>\n<[a-z]+ ')
"""How a part begins: its first element at once."""
_MOST_COLUMNS = 100
_ESCAPED = re.compile("_x([0-9A-F]{4})_")
"""How a letter is written that XML does not have: ECMA-376, 22.9.2.19."""


class _Found(Exception):
    """What is wrong with it, in a sentence."""


def amiss(folder: Path, name: str, tables: Sequence[Table]) -> Flaw | None:
    """The first thing that is wrong with it. The CSV files are whole; the arguments are those of `workbook.write`."""
    from xml.etree.ElementTree import ParseError

    try:
        with (folder / name).open("rb") as file, ZipFile(file) as book:
            _look(book, folder, tables)
    except _Found as found:
        return Flaw(name, "workbook", str(found))
    except (
        BadZipFile, ParseError, csv.Error, OSError, ValueError, KeyError, RuntimeError, NotImplementedError,
    ) as error:  # fmt: skip
        return Flaw(name, "unreadable", f"It cannot be read as a workbook: {shown(error)}.")
    return None


def _look(book: ZipFile, folder: Path, tables: Sequence[Table]) -> None:
    sheets = [f"xl/worksheets/sheet{place}.xml" for place in range(1, len(tables) + 1)]
    parts = book.infolist()
    ours = sorted([*_PARTS, *sheets])
    if sorted(each.filename for each in parts) != ours:
        other = sorted({each.filename for each in parts} ^ set(ours))
        raise _Found(f"It does not have the parts that ours has: {listed([shown(each) for each in other])}.")
    if any(each.compress_type != ZIP_STORED for each in parts):
        raise _Found("It is packed, which ours never is.")
    if any(each.file_size > _SMALL for each in parts if each.filename not in sheets):
        raise _Found("It has a part that is far larger than ours.")
    with book.open("xl/workbook.xml") as part:
        named = [each.get("name") for each in _ends(part) if each.tag == f"{_SPACE}sheet"]
    if named != [table[0] for table in tables]:
        raise _Found("Its sheets are not the tables of the night.")
    for table, sheet in zip(tables, sheets, strict=True):
        with book.open(sheet) as part:
            _same(table, _rows(part), workbook.rows(folder, table))


def _same(table: Table, told: Iterator[list[Cell | None]], must: Iterator[list[Cell | None]]) -> None:
    name, _, fields = table
    head = [Cell("inlineStr", each.name) for each in fields]
    if next(told, None) != head:
        raise _Found(f"The first row of {name} does not name its columns.")
    for at, (one, other) in enumerate(zip_longest(told, must), start=1):
        if one is None or other is None:
            raise _Found(f"{name} has {'fewer' if one is None else 'more'} rows than {name}.csv.")
        if len(one) > len(fields):
            raise _Found(f"Row {at} of {name} has more cells than {name}.csv.")
        for field, here, there in zip_longest(fields, one, other):
            if not _is_same(here, there):
                raise _Found(f"{field.name} of row {at} of {name} is not what {name}.csv has.")


def _is_same(one: Cell | None, other: Cell | None) -> bool:
    """Numbers to the 15 digits that Excel has: XlsxWriter writes 16, so 8.29 as 8.289999999999999."""
    if one is None or other is None or one.kind != other.kind:
        return one is other
    if one.kind != "n":
        return one.text == other.text
    return f"{float(one.text):.15g}" == f"{float(other.text):.15g}"


def _rows(part: Any) -> Iterator[list[Cell | None]]:  # noqa: ANN401  a file in a ZIP file
    """Row after row, each cell in its place."""
    for each in _ends(part):
        if each.tag not in _MAY_STAND:
            raise _Found(f"It has something that ours never has: {shown(each.tag.rpartition('}')[2])}.")
        if each.tag == f"{_SPACE}row":
            row: list[Cell | None] = []
            for cell in each:
                place = _place(cell)
                if place < len(row):
                    raise _Found("Its cells are not in order.")
                row += [None] * (place - len(row))
                row.append(_cell(cell))
            yield row
            each.clear()


def _ends(part: Any) -> Iterator[Element]:  # noqa: ANN401  see above
    """Each element of a part at its end. What declares a document of another type, and words with it, is not ours."""
    from xml.etree.ElementTree import iterparse

    if not _HEAD.match(part.peek(100)):
        raise _Found("A part of it does not begin as ours does.")
    for _, each in iterparse(part, ("end",)):  # noqa: S314  no declaration can stand in it
        yield each


def _place(cell: Element) -> int:
    """Counted from 0, by its column: A, B … AA."""
    letters = str(cell.get("r", "")).rstrip("0123456789")
    place = 0
    for each in letters[:3]:
        place = 26 * place + ord(each) - ord("A") + 1
    if not 1 <= place <= _MOST_COLUMNS:
        raise _Found("It has a cell in no place of ours.")
    return place - 1


def _cell(cell: Element) -> Cell | None:
    kind = cell.get("t", "n")
    text = "".join(cell.itertext())
    if kind == "inlineStr":
        return Cell(kind, _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text))
    return Cell(kind, text) if text else None
