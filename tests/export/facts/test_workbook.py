"""The workbook of a night: the cells of its CSV files, the same bytes whenever it is written, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from xlsxwriter.worksheet import Worksheet

from pos_recovery.export.facts import manifest, workbook
from pos_recovery.export.facts.workbook import MOST_LETTERS, Cell, rows
from pos_recovery.export.verify.verdict import Verdict
from pos_recovery.export.verify.verify import verify
from tests.export.written_nights import mend, neutral, recount, trade

TABLES = {table[0]: table for table in manifest.tables()}
TEXTS = [
    "=1+1", "<r>rich</r>", "<r></is></c><c><f>1+1</f></c><c><is></r>", "http://example.com", "0042", "1e5", " ahead",
    "behind\n", "two\r\nlines", "_x0041_ _x00e9_", "\x01\x1f\x7f", "\ufffe\uffff", "&amp; <b> \"q\" 'q'", "☕️ é",
    "a" * MOST_LETTERS, "{=SUM(1)}", "TRUE", "2026-11-21",
]  # fmt: skip
SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night in which people wrote all of that; copy it."""
    (night,) = trade(tmp_path_factory.mktemp("written"), nights=1, coupons=len(TEXTS))
    for row, text in zip(night.rows["coupons"], TEXTS, strict=False):
        row["Note"] = neutral(text)
    night.write()
    return night.folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / written.name))


def book(folder: Path) -> Path:
    (found,) = folder.glob("*.xlsx")
    return found


def repacked(
    folder: Path, change: Callable[[str, bytes], bytes] = lambda _, data: data, how: int = ZIP_STORED
) -> Verdict:
    """What `verify` says once the parts of the workbook are others, and the manifest agrees."""
    path = book(folder)
    with ZipFile(path) as old:
        parts = {each: change(each, old.read(each)) for each in old.namelist()}
    with ZipFile(path, "w", how) as new:
        for name, data in parts.items():
            if data:
                new.writestr(name, data)
    mend(folder)
    return verify(folder, recount)


def sentences(verdict: Verdict) -> list[str]:
    assert {(each.file[-5:], each.code) for each in verdict.problems} <= {
        (".xlsx", "workbook"),
        (".xlsx", "unreadable"),
    }
    return [each.sentence for each in verdict.problems]


def test_whatever_people_wrote_the_workbook_has_the_cells_of_the_tables(folder: Path) -> None:
    assert verify(folder, recount).is_verified
    place = [each.name for each in TABLES["coupons"][2]].index("Note")
    told = [row[place] for row in rows(folder, TABLES["coupons"])]
    assert {each.text for each in told if each} >= {neutral(text) for text in TEXTS}
    stores = {row[1] for row in rows(folder, TABLES["coupons"])}
    assert Cell("inlineStr", "0042") in stores


def test_as_xlsxwriter_has_it_a_note_would_be_xml(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin."""
    monkeypatch.setattr(workbook, "_sheet", lambda: Worksheet)
    book(folder).unlink()
    workbook.write(folder, f"{folder.name}.xlsx", manifest.tables())
    mend(folder)
    assert len(sentences(verify(folder, recount))) == 1


def test_written_again_it_is_the_same_and_packed_by_nobody(folder: Path) -> None:
    before = book(folder).read_bytes()
    book(folder).unlink()
    workbook.write(folder, f"{folder.name}.xlsx", manifest.tables())
    assert book(folder).read_bytes() == before
    assert [each.name for each in folder.iterdir() if each.name.startswith(".")] == []
    with ZipFile(book(folder)) as parts:
        assert {(each.compress_type, each.date_time, each.create_system) for each in parts.infolist()} == {
            (ZIP_STORED, (1980, 1, 1, 0, 0, 0), 0)
        }


def test_text_that_is_too_long_for_a_cell_ends_with_an_ellipsis(tmp_path: Path) -> None:
    (night,) = trade(tmp_path, nights=1)
    night.rows["coupons"][0]["Note"] = "☕" * (MOST_LETTERS + 1)
    night.rows["coupons"][1]["Note"] = "😀" * MOST_LETTERS
    night.write()
    assert verify(night.folder, recount).is_verified
    place = [each.name for each in TABLES["coupons"][2]].index("Note")
    first, second, *_ = [row[place] for row in rows(night.folder, TABLES["coupons"])]
    assert first == Cell("inlineStr", "☕" * (MOST_LETTERS - 1) + "…")
    assert second == Cell("inlineStr", "😀" * (MOST_LETTERS // 2) + "…")


def test_numbers_that_excel_would_round_are_text(tmp_path: Path) -> None:
    (night,) = trade(tmp_path, nights=1)
    night.rows["daily"][0]["IssuedCostMinor"] = 2**62 - 1
    night.write()
    daily = list(rows(night.folder, TABLES["daily"]))
    assert Cell("inlineStr", str(2**62 - 1)) in daily[0]
    assert {each.file for each in verify(night.folder, recount).problems} == {"daily.csv"}, "as it was made up"


CHANGES: dict[str, Callable[[str, bytes], bytes]] = {
    "another store": lambda _, data: data.replace(b"<t>0042</t>", b"<t>42</t>", 1),
    "a number for the text": lambda _, data: data.replace(b't="inlineStr"><is><t>0042</t></is>', b"><v>0042</v>", 1),
    "a formula": lambda _, data: data.replace(b"<v>1</v>", b"<f>1+0</f><v>1</v>", 1),
    "a link": lambda _, data: data.replace(b"</sheetData>", b"</sheetData><hyperlinks/>", 1),
    "a row less": lambda name, data: (
        data[: data.rindex(b"<row ")] + data[data.index(b"</sheetData>") :] if name == SHEET else data
    ),
    "a row more": lambda _, data: data.replace(b"</sheetData>", b'<row r="99"/></sheetData>', 1),
    "a cell more": lambda _, data: data.replace(b"</row></sheetData>", b'<c r="BZ9"><v>1</v></c></row></sheetData>', 1),
    "a cell in no place": lambda _, data: data.replace(b' r="A2"', b' r="ZZZ2"', 1),
    "a cell out of order": lambda _, data: data.replace(b' r="C2"', b' r="A2"', 1),
    "other names": lambda _, data: data.replace(b"<t>CouponCode</t>", b"<t>Code</t>", 1),
    "other sheets": lambda _, data: data.replace(b'name="coupons"', b'name="refunds"', 1),
    "a declaration": lambda name, data: (
        data.replace(b"\n<", b'\n<!DOCTYPE a [<!ENTITY b "c">]><', 1) if name == SHEET else data
    ),
    "no XML": lambda name, data: data[:-9] if name == SHEET else data,
    "no number": lambda _, data: data.replace(b"<v>1</v>", b"<v>one</v>", 1),
    "a part less": lambda name, data: b"" if name == "xl/styles.xml" else data,
    "a part of any size": lambda name, data: b"x" * (2 << 20) if name == "xl/theme/theme1.xml" else data,
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_workbook_that_says_anything_else_is_found(folder: Path, change: str) -> None:
    assert len(sentences(repacked(folder, CHANGES[change]))) == 1


def test_a_workbook_packed_or_with_a_macro_is_found(folder: Path) -> None:
    (sentence,) = sentences(repacked(folder, how=ZIP_DEFLATED))
    assert sentence.startswith("It is packed, which ours never is.")
    with ZipFile(book(folder), "a") as parts:
        parts.writestr("xl/vbaProject.bin", b"macro")
    mend(folder)
    (sentence,) = sentences(verify(folder, recount))
    assert "xl/vbaProject.bin" in sentence


def test_a_file_that_is_no_workbook_is_found(folder: Path) -> None:
    book(folder).write_bytes(b"PK\x05\x06 nothing")
    mend(folder)
    (sentence,) = sentences(verify(folder, recount))
    assert sentence.startswith("It cannot be read as a workbook")


def test_a_night_of_very_many_rows_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 20)
    (night,) = trade(tmp_path, nights=1)
    assert list(night.folder.glob("*.xlsx")) == []
    assert verify(night.folder, recount).is_verified
    monkeypatch.undo()
    assert [each.code for each in verify(night.folder, recount).problems] == ["manifest_shape"], "it cannot be left out"


def test_a_night_of_the_first_format_has_none(tmp_path: Path) -> None:
    first, second = trade(tmp_path, nights=2, old=1)
    assert [len(list(each.folder.glob("*.xlsx"))) for each in (first, second)] == [0, 1]
