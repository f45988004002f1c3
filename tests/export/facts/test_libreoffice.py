"""LibreOffice opens the CSV files of a night and its workbook, and nothing in them is a formula.

Asked for by hand, because the program is large: where neither `soffice` nor `libreoffice` is found these tests skip. On
Debian `apt-get install --no-install-recommends libreoffice-calc`, then `pytest tests/export/facts/test_libreoffice.py`.

It is opened as a person opens a file, with numbers of all kinds recognised, and what came of each cell is read from the
flat document it writes: its type, its value and its formula.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest

from pos_recovery.export.facts import manifest
from pos_recovery.export.facts.table_files import FORMULA
from tests.export.written_nights import neutral, trade

PROGRAM = shutil.which("soffice") or shutil.which("libreoffice")
pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="LibreOffice is not installed: apt-get install libreoffice-calc"),
    pytest.mark.timeout(400),
]
FIELD_SEPARATOR, QUOTE, UTF_8, FIRST_LINE, ENGLISH = 44, 34, 76, 1, 1033
_DETECT = "true"
"""Special numbers, so dates as well: all a spreadsheet may recognise is to be recognised."""
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


@dataclass(frozen=True)
class Cell:
    """What a spreadsheet made of a cell."""

    kind: str
    """`string`, `float`, `date`, `boolean`; empty where there is nothing."""
    text: str
    formula: str | None


def opened(folder: Path, *files: Path, quoted_is_text: bool) -> dict[str, list[list[Cell]]]:
    """The rows of some CSV files, by name, as LibreOffice understands them.

    Args:
        folder: For what it writes.
        files: Which.
        quoted_is_text: Whether the box "Format quoted field as text" is ticked. At first it is not.
    """
    tokens = (FIELD_SEPARATOR, QUOTE, UTF_8, FIRST_LINE, "", ENGLISH, str(quoted_is_text).lower(), _DETECT)
    convert(folder, *files, reading=[f"--infilter=CSV:{','.join(map(str, tokens))}"])
    return {file.stem: list(_rows(_document(folder, file))) for file in files}


def opened_book(folder: Path, file: Path) -> dict[str, list[list[Cell]]]:
    """The same of the sheets of a workbook."""
    convert(folder, file)
    sheets = _document(folder, file).iter(f"{_TABLE}table")
    return {str(sheet.get(f"{_TABLE}name")): list(_rows(sheet)) for sheet in sheets}


def convert(folder: Path, *files: Path, reading: Sequence[str] = ()) -> None:
    assert PROGRAM is not None
    words = [PROGRAM, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", *reading]
    words += ["--convert-to", "fods", "--outdir", str(folder), *map(str, files)]
    fonts = {"FONTCONFIG_FILE", "XDG_DATA_DIRS"}  # it does not start without any
    machine = {name: value for name, value in os.environ.items() if name not in fonts}
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, env=machine)
    assert done.returncode == 0, done.stderr


def _document(folder: Path, file: Path) -> ET.Element:
    return ET.parse(folder / f"{file.stem}.fods").getroot()  # noqa: S314  LibreOffice wrote it just now


def _rows(document: ET.Element) -> Iterator[list[Cell]]:
    for row in document.iter(f"{_TABLE}table-row"):
        cells: list[Cell] = []
        for each in row.iter(f"{_TABLE}table-cell"):
            text = "\n".join("".join(_spelled(line)) for line in each.iter(f"{_TEXT}p"))
            cell = Cell(each.get(f"{_OFFICE}value-type", ""), text, each.get(f"{_TABLE}formula"))
            cells += [cell] * min(int(each.get(f"{_TABLE}number-columns-repeated", "1")), 100)
        if any(cell.kind for cell in cells):
            yield cells


def _spelled(line: ET.Element) -> Iterator[str]:
    yield line.text or ""
    for part in line:
        yield "\t" if part.tag == f"{_TEXT}tab" else "".join(_spelled(part))
        yield part.tail or ""


def columns(rows: list[list[Cell]]) -> dict[str, list[Cell]]:
    """By the name in the first row."""
    first, *others = rows
    return {cell.text: [row[at] for row in others] for at, cell in enumerate(first) if cell.text}


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """With everything that a spreadsheet might take for a formula, and store 0042."""
    (told,) = trade(tmp_path / "nights", nights=1, coupons=200)
    return told.folder


@pytest.mark.parametrize("quoted_is_text", [False, True])
def test_no_cell_of_a_night_is_a_formula(night: Path, tmp_path: Path, quoted_is_text: bool) -> None:
    tables = opened(tmp_path, *sorted(night.glob("*.csv")), quoted_is_text=quoted_is_text)
    assert len(tables) == len(manifest.tables())
    assert [cell for rows in tables.values() for row in rows for cell in row if cell.formula is not None] == []


def test_what_people_wrote_is_text_and_whole(night: Path, tmp_path: Path) -> None:
    found = columns(opened(tmp_path, night / "coupons.csv", quoted_is_text=False)["coupons"])["Note"]
    written = [
        note.replace("\r\n", "\n") for note in pq.read_table(night / "coupons.parquet")["Note"].to_pylist() if note
    ]
    assert set(written) >= {"+1", "-1", "@x", "\ttab", "'quoted"}
    assert [cell.text for cell in found if cell.text] == [
        f"'{note}" if note.startswith(FORMULA) else note for note in written
    ]
    assert {cell.kind for cell in found} <= {"string", ""}


def test_numbers_are_numbers_dates_are_dates_and_codes_are_text(night: Path, tmp_path: Path) -> None:
    table = columns(opened(tmp_path, night / "coupons.csv", quoted_is_text=True)["coupons"])
    kinds = {name: {cell.kind for cell in cells if cell.kind} for name, cells in table.items()}
    assert {name for name, found in kinds.items() if found == {"float"}} == {
        "LocalHour", "OperatorID", "CostMinor", "ClockDriftSeconds", "CurrencyDecimals",
    }  # fmt: skip
    assert {name for name, found in kinds.items() if found == {"date"}} == {"BusinessDayDate", "ExpirationDate"}
    for name in ("CouponCode", "RetailStoreID", "WorkstationID", "ReasonCode", "CurrencyCode", "RequestID", "Cost"):
        assert kinds[name] == {"string"}, name
    assert "0042" in {cell.text for cell in table["RetailStoreID"]}


def test_without_the_tick_a_store_loses_its_zeros(night: Path, tmp_path: Path) -> None:
    table = columns(opened(tmp_path, night / "coupons.csv", quoted_is_text=False)["coupons"])
    assert "42" in {cell.text for cell in table["RetailStoreID"]}
    assert {cell.kind for cell in table["CouponCode"]} == {"string"}


def test_in_the_workbook_text_is_text_and_all_else_what_it_is(night: Path, tmp_path: Path) -> None:
    """Nothing has to be ticked, whatever the machine's decimal sign is.

    LibreOffice (7.4) makes a formula of its own, TRUE() or FALSE(), of a cell that is a boolean in the file.
    """
    (file,) = night.glob("*.xlsx")
    sheets = opened_book(tmp_path, file)
    assert list(sheets) == [name for name, _, _ in manifest.tables()]
    formulas = {cell.formula for rows in sheets.values() for row in rows for cell in row if cell.formula is not None}
    assert formulas <= {"of:=TRUE()", "of:=FALSE()"}
    coupons = columns(sheets["coupons"])
    assert {cell.text for cell in coupons["RetailStoreID"]} == {"0042", "東京"}
    plain = pq.read_table(night / "coupons.parquet").to_pylist()
    assert [cell.text for cell in coupons["Note"]] == [
        neutral(row["Note"] or "").replace("\r\n", "\n") for row in plain
    ]
    kinds = {name: {cell.kind for cell in cells if cell.kind} for name, cells in coupons.items()}
    by_type = {
        "string": "string", "datetime": "string", "integer": "float", "number": "float", "date": "date",
        "boolean": "float",
    }  # fmt: skip
    for field in manifest.tables()[0][2]:
        assert kinds[field.name] <= {by_type[field.type]}, field.name


def test_text_that_was_left_as_it_is_would_be_a_formula(tmp_path: Path) -> None:
    file = tmp_path / "naive.csv"
    with file.open("w", newline="", encoding="utf-8") as naive:
        csv.writer(naive).writerows([["Note"], ["=1+1"], ["+1"]])
    rows = opened(tmp_path, file, quoted_is_text=False)["naive"]
    assert rows[1][0].formula is not None
    assert [row[0].kind for row in rows[1:]] == ["float", "float"]
