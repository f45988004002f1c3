"""A night's folder is believed only when all of it is as it was written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.night.columns import FORMAT
from pos_recovery.export.facts import manifest, table_files
from pos_recovery.export.verify import sums
from pos_recovery.export.verify.verdict import Verdict, in_words, told
from pos_recovery.export.verify.verify import verify
from tests.export import written_nights as nights
from tests.export.written_nights import Night, Row, chained, mend, recount, trade

pytestmark = pytest.mark.long

DATA = [*(f"{name}.{kind}" for name in manifest.KEYS for kind in ("csv", "parquet")), *manifest.OTHERS]
AGAIN = "running the export for that day once more writes the same bytes"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three nights in a chain; copy them, never write to them."""
    folder = tmp_path_factory.mktemp("honest") / "nights"
    trade(folder)
    return folder


@pytest.fixture
def folder(honest: Path, tmp_path: Path) -> Path:
    """Three nights in a chain."""
    return Path(shutil.copytree(honest, tmp_path / "nights"))


@pytest.fixture
def night(folder: Path) -> Path:
    """The second of them."""
    return sorted(folder.iterdir())[1]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Night]:
    return trade(tmp_path_factory.mktemp("written"))


@pytest.fixture
def three(written: list[Night], tmp_path: Path) -> list[Night]:
    """The same, to be changed and written again."""
    copies = deepcopy(written)
    for each in copies:
        each.folder = tmp_path / each.folder.name
    return copies


@pytest.fixture
def second(three: list[Night]) -> Night:
    """The second, to be changed and written by itself."""
    return three[1]


@pytest.mark.parametrize("old", [1, 3])
def test_nights_that_an_earlier_version_wrote_are_verified_still(tmp_path: Path, old: int) -> None:
    """Without byte order mark, `stores` and `people`; and nights of today go on from them."""
    told = trade(tmp_path, old=old)
    assert not (told[0].folder / "coupons.csv").read_bytes().startswith(table_files.BOM)
    assert (told[2].folder / "coupons.csv").read_bytes().startswith(table_files.BOM) is (old < 3)
    assert {each.name for each in told[0].folder.glob("people*")} == set()
    verdict = verify(tmp_path, recount)
    assert verdict.is_verified, verdict.problems
    assert verdict.nights == 3


def test_a_night_cannot_pass_as_one_of_another_format(night: Path) -> None:
    data = (night / manifest.NAME).read_bytes()
    (night / manifest.NAME).write_bytes(data.replace(b'"format": 3', b'"format": 1', 1))
    assert found(verify(night, recount)) == {(manifest.NAME, "manifest_shape")}


def codes(verdict: Verdict) -> set[str]:
    assert not verdict.is_verified or not verdict.problems
    return {each.code for each in verdict.problems}


def found(verdict: Verdict) -> set[tuple[str, str]]:
    return {(each.file, each.code) for each in verdict.problems}


def test_nights_as_they_were_written_are_verified(folder: Path) -> None:
    verdict = verify(folder, recount)
    assert verdict.problems == ()
    assert verdict.is_verified
    assert verdict.nights == 3
    assert verdict.rows["coupons"] == 36
    assert list(in_words(verdict))[-2].startswith(
        "Verified: 3 nights, 2026-11-20_000001 to 2026-11-22_000003; 36 coupons, "
    )
    newest = hashlib.sha256((max(folder.iterdir()) / manifest.NAME).read_bytes()).hexdigest()
    assert list(in_words(verdict))[-1] == f"SHA-256 of the newest manifest, to keep elsewhere: {newest}"
    assert told(verdict) == {
        "outcome": "verified", "nights": 3, "problems": [], "notes": [], "manifest_sha256": newest,
    }  # fmt: skip


def test_one_night_is_verified_by_itself_and_says_that_the_chain_was_not_looked_at(night: Path) -> None:
    verdict = verify(night, recount)
    assert verdict.is_verified
    assert verdict.notes == ("The chain was not looked at: for that, name the folder that the nights are in.",)


def test_a_night_of_nothing_is_verified(tmp_path: Path) -> None:
    trade(tmp_path, nights=2, coupons=0)
    assert verify(tmp_path, recount).problems == ()


def test_a_folder_may_have_any_name(folder: Path, tmp_path: Path) -> None:
    odd = folder.rename(tmp_path / "it's [a] *folder*? ü")
    assert verify(odd, recount).is_verified


def test_a_night_that_was_copied_under_another_name_is_verified_by_itself(night: Path) -> None:
    copied = night.rename(night.with_name("from-head-office"))
    verdict = verify(copied, recount)
    assert verdict.is_verified
    assert "By its manifest this is the night 2026-11-21_000002." in verdict.notes


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def link(path: Path) -> None:
    elsewhere = path.rename(path.parent.parent.parent / path.name)
    path.symlink_to(elsewhere)


DAMAGE = [(flip, "sha256"), (cut, "bytes"), (Path.unlink, "missing"), (link, "not_a_file")]


@pytest.mark.parametrize(("damage", "code"), DAMAGE)
def test_damage_to_any_file_is_found(night: Path, damage: Callable[[Path], object], code: str) -> None:
    for name in DATA:
        damage(night / name)
    verdict = verify(night, recount)
    assert found(verdict) == {(name, code) for name in DATA}
    assert all(AGAIN in each.sentence for each in verdict.problems)


@pytest.mark.parametrize("damage", [flip, cut, Path.unlink, link])
def test_damage_to_the_manifest_is_found(night: Path, damage: Callable[[Path], object]) -> None:
    damage(night / manifest.NAME)
    (problem,) = verify(night, recount).problems
    assert problem.file == manifest.NAME


def test_a_file_that_is_renamed_is_missing_and_the_new_name_is_not_ours(night: Path) -> None:
    (night / "events.csv").rename(night / "Events.csv")
    verdict = verify(night, recount)
    assert found(verdict) == {("events.csv", "missing"), ("", "extra")}
    assert "Events.csv" in verdict.problems[0].sentence


def test_a_file_that_is_not_in_the_manifest_is_found(night: Path) -> None:
    (night / "coupons (1).csv\x1b[31m").write_text("x")
    (problem,) = verify(night, recount).problems
    assert problem.code == "extra"
    assert "\x1b" not in problem.sentence


@pytest.mark.parametrize(
    "path", ["../coupons.csv", "/etc/passwd", "a/coupons.csv", "..", "", "coupons.csv\0", "C:\\x", 7, None]
)
def test_a_manifest_that_names_a_file_elsewhere_is_refused(night: Path, path: object) -> None:
    package = json.loads((night / manifest.NAME).read_bytes())
    package["resources"][0]["path"] = path
    (night / manifest.NAME).write_text(json.dumps(package, indent=1))
    assert found(verify(night, recount)) == {(manifest.NAME, "unsafe_path")}


def test_a_night_that_is_a_link_is_not_followed(folder: Path, night: Path, tmp_path: Path) -> None:
    night.rename(tmp_path / "elsewhere")
    night.symlink_to(tmp_path / "elsewhere")
    assert "not_a_folder" in codes(verify(folder, recount))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="There are no named pipes on this platform.")
@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["coupons.csv", manifest.NAME])
def test_a_pipe_is_not_waited_for(night: Path, name: str) -> None:
    (night / name).unlink()
    os.mkfifo(night / name)
    assert found(verify(night, recount)) == {(name, "not_a_file")}


def test_a_folder_is_no_file(night: Path) -> None:
    (night / "report.html").unlink()
    (night / "report.html").mkdir()
    assert found(verify(night, recount)) == {("report.html", "not_a_file")}


def test_a_folder_without_nights_is_not_verified(tmp_path: Path) -> None:
    assert codes(verify(tmp_path)) == {"no_nights"}
    assert codes(verify(tmp_path / "not there")) == {"unreadable"}
    assert list(in_words(verify(tmp_path)))[-1] == "Not verified."


# What the manifest may not be


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "manifest_unreadable"),
        (b"\xff\xfe", "manifest_unreadable"),
        (b"[" * 500_000, "manifest_unreadable"),
        (b'{"a":' * 100_000, "manifest_unreadable"),
        (b"9" * 1_000_000, "manifest_unreadable"),
        (b"[]", "manifest_shape"),
        (b"null", "manifest_shape"),
        (b"{}", "format"),
        (b'{"format": true}', "format"),
        (b'{"format": 4}', "format"),
        (b'{"format": 0}', "format"),
        (b'{"format": 3}', "manifest_shape"),
        (b'{"format": 2}', "manifest_shape"),
        (b'{"format": 1}', "manifest_shape"),
        (b'{"format": 1, "run": 1e400}', "manifest_shape"),
        (b'{"format": 1, "run": -1}', "manifest_shape"),
        (b'{"format": 1, "run": ' + b"9" * 4000 + b"}", "manifest_shape"),
        (b'{"format": 1, "run": 1, "business_day": "2026-13-01"}', "manifest_shape"),
        (b'{"format": 1, "run": 1, "business_day": "2026-11-01", "previous": []}', "manifest_shape"),
        (b'{"format": 1, "run": 1, "business_day": "2026-11-01", "resources": {}}', "manifest_shape"),
        (b" " * (1 << 21), "too_big"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused_in_words(night: Path, data: bytes, code: str) -> None:
    (night / manifest.NAME).write_bytes(data)
    assert found(verify(night, recount)) == {(manifest.NAME, code)}


@pytest.mark.parametrize(
    "change",
    [
        lambda package: package.update(created="2026-11-22T04:00:00Z"),
        lambda package: package["resources"][0]["schema"]["fields"][0].update(type="integer"),
        lambda package: package["resources"][0]["schema"]["fields"].pop(),
        lambda package: package["resources"][0].update(encoding="latin-1"),
        lambda package: package["resources"][0].update(rows=True),
        lambda package: package["resources"][0].update(rows="12"),
        lambda package: package["resources"][0].update(bytes=2**80),
        lambda package: package["resources"][0].update(hash="md5:00"),
        lambda package: package["resources"].reverse(),
        lambda package: package["resources"].pop(),
        lambda package: package["resources"].append(package["resources"][0]),
        lambda package: package["previous"].update(sha256="0" * 63),
    ],
)
def test_a_manifest_that_says_anything_else_than_ours_is_refused(night: Path, change: Callable[[Row], object]) -> None:
    package = json.loads((night / manifest.NAME).read_bytes())
    change(package)
    (night / manifest.NAME).write_bytes(json.dumps(package, ensure_ascii=False, indent=1).encode() + b"\n")
    assert found(verify(night, recount)) == {(manifest.NAME, "manifest_shape")}


def test_a_manifest_is_read_as_it_was_written(night: Path) -> None:
    data = (night / manifest.NAME).read_bytes()
    link, told_of = manifest.read(data)
    assert link.name == night.name
    assert manifest._manifest(link, told_of) == data


# Damage that somebody has given a proper hash


def test_rows_that_are_only_in_one_of_the_two_files_are_found(night: Path) -> None:
    lines = (night / "coupons.csv").read_bytes().splitlines(keepends=True)
    (night / "coupons.csv").write_bytes(b"".join(lines[:-1]))
    mend(night)
    assert found(verify(night, recount)) == {("coupons.csv", "rows")}
    mend(night, lambda name, count: count - (name == "coupons.csv"))
    assert found(verify(night, recount)) == {("coupons.parquet", "rows")}


@pytest.mark.parametrize(
    ("table", "column", "value", "code"),
    [
        ("coupons", "CostMinor", "12x", "type"),
        ("coupons", "CostMinor", "1e3", "differs"),
        ("coupons", "CostMinor", "9" * 30, "type"),
        ("coupons", "CostMinor", "", "differs"),
        ("coupons", "CostMinor", "999999", "differs"),
        ("coupons", "RemadeFlag", "yes", "differs"),
        ("coupons", "RemadeFlag", "1", "differs"),
        ("coupons", "BusinessDayDate", "2026-02-30", "type"),
        ("coupons", "BeginDateTime", "yesterday", "type"),
        ("coupons", "BeginDateTime", "2026-11-21T25:00:00+01:00", "type"),
        ("coupons", "Cost", "NaN", "type"),
        ("coupons", "Cost", "1e99", "type"),
        ("coupons", "Cost", "0.0001", "differs"),
        ("coupons", "CouponCode", "\xff", "differs"),
        ("coupons", "Note", "another", "differs"),
        ("events", "OfflineFlag", "true", "differs"),
        ("balances", "Opening", "1.0", "differs"),
        ("exceptions", "Expected", "0.126", "differs"),
    ],
)
def test_a_cell_of_the_csv_file_alone_cannot_be_changed(
    night: Path, table: str, column: str, value: str, code: str
) -> None:
    fields = next(fields for name, _, fields in manifest.tables() if name == table)
    rows = pa.csv.read_csv(
        night / f"{table}.csv",
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types={each.name: pa.string() for each in fields}, strings_can_be_null=False
        ),
    ).to_pylist()
    rows[0][column] = value
    quoted = {each.name: each.type in ("string", "datetime", "number") for each in fields}

    def cell(name: str, text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quoted[name] else text

    lines = [",".join(cell(*each) for each in row.items()) for row in rows]
    (night / f"{table}.csv").write_bytes(
        table_files.csv_head(fields, FORMAT) + b"".join(f"{line}\r\n".encode() for line in lines)
    )
    mend(night)
    verdict = verify(night, recount)
    assert found(verdict) == {(f"{table}.csv", code)}


def test_text_that_a_spreadsheet_would_take_for_a_formula_must_be_neutral(night: Path) -> None:
    data = (night / "refusals.csv").read_bytes()
    assert b'"\'+1"' in data
    (night / "refusals.csv").write_bytes(data.replace(b'"\'+1"', b'"+1"'))
    mend(night)
    assert found(verify(night, recount)) == {("refusals.csv", "differs")}


@pytest.mark.parametrize("data", [b"", b"\0" * 5_000, b"PAR1" * 5_000, b'"', b'"' * 10_001, b"[" * 200_000])
def test_rubbish_with_a_proper_hash_is_found(night: Path, data: bytes) -> None:
    for name in ("coupons.csv", "events.parquet", "daily.csv"):
        (night / name).write_bytes(data)
    mend(night)
    assert {each.file for each in verify(night, recount).problems} == {"coupons.csv", "events.parquet", "daily.csv"}


@pytest.mark.parametrize(
    "data", [b"", b"null", b"\xff", b"[" * 200_000, b'{"rows": ' + b"9" * 5_000 + b"}", b" " * (5 << 20)]
)
def test_a_summary_that_is_none_is_found(night: Path, data: bytes) -> None:
    (night / "summary.json").write_bytes(data)
    mend(night)
    assert {each.file for each in verify(night, recount).problems} == {"summary.json"}


def test_columns_that_are_not_those_of_the_manifest_are_found(night: Path) -> None:
    data = (night / "events.csv").read_bytes()
    (night / "events.csv").write_bytes(data.replace(b'"EventNumber","EventType"', b'"EventType","EventNumber"', 1))
    table = pq.read_table(night / "coupons.parquet")
    pq.write_table(table.rename_columns(["Code", *table.column_names[1:]]), night / "coupons.parquet")
    daily = pq.read_table(night / "daily.parquet")
    place = daily.schema.get_field_index("Issued")
    pq.write_table(daily.set_column(place, "Issued", daily.column(place).cast(pa.int32())), night / "daily.parquet")
    mend(night)
    assert found(verify(night, recount)) == {
        ("events.csv", "header"),
        ("coupons.parquet", "schema"),
        ("daily.parquet", "schema"),
    }


def test_a_parquet_file_that_unpacks_to_far_more_than_the_csv_file_is_not_unpacked(night: Path) -> None:
    table = pq.read_table(night / "coupons.parquet")
    place = table.schema.get_field_index("Note")
    bomb = table.set_column(place, table.schema.field("Note"), pa.array(["x" * 10_000_000] * len(table)))
    pq.write_table(bomb, night / "coupons.parquet", compression="zstd", use_dictionary=False)
    assert (night / "coupons.parquet").stat().st_size < 100_000
    mend(night)
    assert found(verify(night, recount)) == {("coupons.parquet", "too_big")}


def test_a_date_that_no_calendar_has_is_found(night: Path) -> None:
    table = pq.read_table(night / "coupons.parquet")
    place = table.schema.get_field_index("ExpirationDate")
    never = pa.array([2**31 - 1] * len(table), pa.int32()).cast(pa.date32())
    pq.write_table(table.set_column(place, table.schema.field(place), never), night / "coupons.parquet")
    mend(night)
    assert found(verify(night, recount)) == {("coupons.csv", "differs")}


@pytest.mark.parametrize(
    ("old", "new"), [(b'false,"late"', b"false,late"), (b'\r\n"', b'\r\n\r\n"'), (b",1,", b", 1,")], ids=repr
)
def test_a_csv_file_that_says_the_same_in_another_form_is_found(night: Path, old: bytes, new: bytes) -> None:
    data = (night / "coupons.csv").read_bytes()
    assert old in data
    (night / "coupons.csv").write_bytes(data.replace(old, new, 1))
    mend(night)
    assert {each.file for each in verify(night, recount).problems} == {"coupons.csv"}


def test_more_rows_than_were_announced_are_not_read(night: Path) -> None:
    (night / "refusals.csv").write_bytes((night / "refusals.csv").read_bytes() + b'"' + b"x" * 3_000_000 + b'"\r\n')
    mend(night)
    assert {each.file for each in verify(night, recount).problems} == {"refusals.csv"}


# Numbers that do not add up, in both files of a table alike, and with proper hashes


def changed(night: Night, table: str, change: Callable[[list[Row]], object]) -> set[tuple[str, str]]:
    change(night.rows[table])
    night.write()
    return found(verify(night.folder, recount))


def add(column: str, by: int = 1) -> Callable[[list[Row]], None]:
    def change(rows: list[Row]) -> None:
        rows[0][column] += by

    return change


@pytest.mark.parametrize(
    ("table", "change", "expected"),
    [
        ("balances", add("Closing"), {("balances.csv", "balance"), ("summary.json", "summary")}),
        ("balances", add("ClosingCostMinor"), {("balances.csv", "balance"), ("summary.json", "summary")}),
        (
            "balances", add("Redeemed"),
            {("balances.csv", "balance"), ("balances.csv", "sums"), ("summary.json", "summary")},
        ),
        ("balances", add("EarlierRedeemed"), {("balances.csv", "sums")}),
        ("balances", add("EarlierVoided", -1), {("balances.csv", "sums")}),
        ("balances", add("Expired", 2**62), {("balances.csv", "balance"), ("summary.json", "summary")}),
        ("coupons", add("CostMinor"), {("balances.csv", "sums"), ("daily.csv", "daily"), ("coupons.csv", "sums")}),
        ("daily", add("TurnedAround"), {("daily.csv", "daily"), ("summary.json", "summary")}),
        ("daily", add("IssuedCostMinor"), {("daily.csv", "daily")}),
        ("daily", add("CurrencyDecimals"), {("", "sums")}),
        ("coupons", add("CurrencyDecimals", 2**61), {("", "sums")}),
        ("balances", add("CurrencyDecimals", 2**61), {("", "sums"), ("summary.json", "summary")}),
    ],
)  # fmt: skip
def test_a_number_changed_in_one_table_alone_is_found(
    second: Night, table: str, change: Callable[[list[Row]], object], expected: set[tuple[str, str]]
) -> None:
    assert changed(second, table, change) == expected


def test_a_row_left_out_of_one_table_alone_is_found(second: Night) -> None:
    assert {("balances.csv", "sums"), ("daily.csv", "daily"), ("summary.json", "summary")} <= changed(
        second, "coupons", lambda rows: rows.pop()
    )


def test_a_balance_left_out_is_found(three: list[Night]) -> None:
    three[1].rows["balances"].pop()
    chained(three)
    assert {("balances.csv", "sums"), ("balances.csv", "opening")} <= found(verify(three[1].folder.parent, recount))


def test_a_balance_that_no_longer_holds_names_the_store_and_both_sums(second: Night) -> None:
    changed(second, "balances", add("Closing"))
    sentence = next(each.sentence for each in verify(second.folder, recount).problems if each.code == "balance")
    assert sentence.startswith("Opening and all that moved do not come to Closing, in coupons: store 0042 (EUR): ")


@pytest.mark.parametrize(
    ("table", "change", "code"),
    [
        ("coupons", lambda rows: rows.append(rows[-1]), "key"),
        ("coupons", lambda rows: rows.reverse(), "key"),
        ("events", lambda rows: rows.insert(0, rows[0]), "key"),
        ("refusals", lambda rows: rows.append(rows[0]), "key"),
        ("exceptions", lambda rows: rows[0].update(ExceptionID="E0009"), "key"),
        ("daily", lambda rows: rows.append(rows[0]), "key"),
        ("balances", lambda rows: rows.append(rows[0]), "key"),
        ("stores", lambda rows: rows.append(rows[0]), "key"),
        ("people", lambda rows: rows.reverse(), "key"),
        ("stores", lambda rows: rows.pop(), "spoken_of"),
        ("people", lambda rows: rows.pop(), "spoken_of"),
        ("people", lambda rows: rows.append(rows[-1] | {"OperatorID": 99}), "spoken_of"),
        ("balances", lambda rows: rows[0].update(BusinessDayDate=nights.FIRST_DAY), "day"),
        ("refusals", lambda rows: rows[0].update(DatedAheadFlag=True), "ahead"),
        ("refusals", lambda rows: rows[0].update(BusinessDayDate=nights.FIRST_DAY + timedelta(days=99)), "ahead"),
        ("refusals", lambda rows: rows[0].update(LateFlag=True), "late"),
        ("refusals", lambda rows: rows[0].update(BusinessDayDate=nights.FIRST_DAY + timedelta(days=9)), "day"),
        ("events", lambda rows: rows[0].update(CouponKnownFlag=not rows[0]["CouponKnownFlag"]), "known"),
    ],
)
def test_a_row_that_cannot_be_is_found(
    second: Night, table: str, change: Callable[[list[Row]], object], code: str
) -> None:
    assert (f"{table}.csv", code) in changed(second, table, change)


@pytest.mark.parametrize(
    "change",
    [
        lambda told_: told_.update(format=1),
        lambda told_: told_["dated_ahead"].update(coupons=1),
        lambda told_: told_["rows"].update(people=0),
        lambda told_: told_.update(run=True),
        lambda told_: told_["rows"].update(coupons=99),
        lambda told_: told_["rows"].update(coupons=12.0),
        lambda told_: told_["late"].update(coupons=0),
        lambda told_: told_["figures"].update(given=99),
        lambda told_: told_.update(figures=[]),
        lambda told_: told_["balance"]["EUR"]["closing"].update(cost_minor=0),
        lambda told_: told_["balance"].pop("JPY"),
        lambda told_: told_["money"]["EUR"].update(minor_units=7),
        lambda told_: told_["money"]["EUR"].update(currency_decimals=3),
        lambda told_: told_["money"]["EUR"].update(outstanding_coupons=0),
        lambda told_: told_.update(money="none"),
        lambda told_: told_["hours"].pop(),
        lambda told_: told_["exceptions"].update(goodwill=9),
        lambda told_: told_["exceptions"].update(copies=1),
    ],
)
def test_a_summary_that_says_something_else_than_the_tables_is_found(
    honest: Path, three: list[Night], change: Callable[[Row], object]
) -> None:
    folder = sorted(honest.iterdir())[1]
    place, _ = manifest.read((folder / manifest.NAME).read_bytes())
    with sums.opened(folder) as con:
        assert not list(sums.summary_amiss(con, place, json.dumps(three[1].summary).encode()))
        change(three[1].summary)
        (flaw,) = sums.summary_amiss(con, place, json.dumps(three[1].summary).encode())
    assert (flaw.file, flaw.code) == ("summary.json", "summary")


def test_without_a_recount_the_hours_are_not_checked(second: Night) -> None:
    """The twin: what finds a changed hour is the recount."""
    second.rows["daily"][0]["IssuedCostMinor"] += 1
    second.write()
    assert verify(second.folder, recount=None).is_verified
    assert found(verify(second.folder, recount)) == {("daily.csv", "daily")}


# The chain


def test_a_night_that_was_changed_as_a_whole_breaks_the_chain(three: list[Night]) -> None:
    chained(three)
    three[1].summary["stores_left_out"] = 7
    three[1].write()
    assert verify(three[1].folder, recount).is_verified  # by itself it is of one mind
    verdict = verify(three[0].folder.parent, recount)
    (problem,) = verdict.problems
    assert (problem.night, problem.file, problem.code) == ("", "", "chain")  # nobody can tell which of the two it was
    assert {each.folder.name in problem.sentence for each in three[1:]} == {True}
    assert "Export both days again into another folder, and compare" in problem.sentence


def sha256(night: Path) -> str:
    return hashlib.sha256((night / manifest.NAME).read_bytes()).hexdigest()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_night_whose_manifest_somebody_kept_the_hash_of_is_found(folder: Path, place: int) -> None:
    kept = sorted(folder.iterdir())[place]
    verdict = verify(folder, recount, expected=sha256(kept))
    assert verdict.is_verified
    assert verdict.notes == (f"{kept.name} has the manifest that was expected.",)
    assert verify(kept, recount, expected=sha256(kept)).is_verified


def test_a_newest_night_that_was_taken_away_is_missed_by_who_kept_its_hash(folder: Path) -> None:
    newest = max(folder.iterdir())
    kept = sha256(newest)
    shutil.rmtree(newest)
    verdict = verify(folder, recount, expected=kept)
    assert codes(verdict) == {"expected"}
    assert kept in verdict.problems[0].sentence
    assert verify(folder, recount).is_verified, "the twin: by the chain alone nobody misses it"


def test_a_newest_night_that_was_changed_as_a_whole_is_found_by_who_kept_its_hash(three: list[Night]) -> None:
    chained(three)
    kept = sha256(three[2].folder)
    three[2].summary["stores_left_out"] = 7
    three[2].write()
    assert codes(verify(three[0].folder.parent, recount, expected=kept)) == {"expected"}
    assert codes(verify(three[2].folder, recount, expected=kept)) == {"expected"}
    assert verify(three[0].folder.parent, recount).is_verified, "the twin"


def test_where_no_manifest_can_be_read_there_is_no_hash_to_keep(night: Path) -> None:
    (night / manifest.NAME).unlink()
    assert told(verify(night, recount))["manifest_sha256"] is None


def test_nights_with_swapped_names_are_found(folder: Path) -> None:
    one, other, _ = sorted(folder.iterdir())
    one.rename(folder / "aside")
    other.rename(one)
    (folder / "aside").rename(other)
    verdict = verify(folder, recount)
    assert [(each.night, each.code) for each in verdict.problems] == [(one.name, "name"), (other.name, "name")]


def test_a_night_of_another_name_is_still_a_night(folder: Path, night: Path) -> None:
    night.rename(folder / "old")
    verdict = verify(folder, recount)
    assert [(each.night, each.code) for each in verdict.problems] == [("old", "name")]


def test_a_missing_night_is_found(folder: Path, night: Path) -> None:
    shutil.rmtree(night)
    (problem,) = verify(folder, recount).problems
    assert problem.code == "missing_night"
    assert problem.sentence.startswith("Run 2 between 2026-11-20_000001 and 2026-11-22_000003: not here")


def test_that_earlier_nights_are_not_here_is_only_noted(folder: Path) -> None:
    shutil.rmtree(min(folder.iterdir()))
    verdict = verify(folder, recount)
    assert verdict.is_verified
    assert verdict.notes == (
        "The nights before 2026-11-21_000002 are not here, so the chain was looked at from there on.",
    )


def test_a_night_that_is_here_twice_is_found(folder: Path, night: Path) -> None:
    shutil.copytree(night, folder / "copy")
    assert codes(verify(folder, recount)) == {"name", "twice"}


def test_a_night_that_does_not_open_with_what_the_night_before_closed_with_is_found(three: list[Night]) -> None:
    for unit in ("", "CostMinor"):
        three[2].rows["balances"][0][f"Opening{unit}"] += 5
        three[2].rows["balances"][0][f"Closing{unit}"] += 5
    three[2].summary = nights.summary(three[2], three[1].basis.day)
    chained(three)
    assert verify(three[2].folder, recount).is_verified
    assert found(verify(three[0].folder.parent, recount)) == {("balances.csv", "opening")}


def test_the_first_night_opens_with_nothing(three: list[Night]) -> None:
    for unit in ("", "CostMinor"):
        three[0].rows["balances"][0][f"Opening{unit}"] += 5
        three[0].rows["balances"][0][f"Closing{unit}"] += 5
    three[0].summary = nights.summary(three[0], None)
    three[0].write()
    assert found(verify(three[0].folder, recount)) == {("balances.csv", "opening")}


@pytest.mark.parametrize(
    "change",
    [{"previous_day": None, "previous_manifest": None}, {"previous_day": nights.FIRST_DAY + timedelta(days=1)}],
)
def test_a_night_that_names_no_earlier_one_is_found(three: list[Night], change: Row) -> None:
    three[1].basis = replace(three[1].basis, **change)
    three[1].write()
    assert (manifest.NAME, "chain") in found(verify(three[1].folder, recount))


def test_two_runs_of_one_day_one_after_the_other_are_found(three: list[Night]) -> None:
    last = three[2]
    chained(three[:2])
    last.basis = replace(last.basis, day=nights.FIRST_DAY + timedelta(days=1))
    last.folder = last.folder.with_name(last.basis.name)
    last.write()
    assert {"order", "chain"} <= codes(verify(last.folder.parent, recount))


def test_what_a_run_that_was_cut_short_left_over_is_noted_and_not_counted(folder: Path) -> None:
    (folder / ".2026-11-23_000004.part1234").mkdir()
    (folder / "readme.txt").write_text("ours")
    verdict = verify(folder, recount)
    assert verdict.is_verified
    assert verdict.nights == 3
    assert ["left over" in each for each in verdict.notes] == [True, False]


# Any byte


@pytest.fixture(scope="module")
def scratch(honest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Path]]:
    """Gives the second night as it was written, each time it is asked."""
    source = sorted(honest.iterdir())[1]
    target = tmp_path_factory.mktemp("scratch") / source.name

    def fresh() -> Path:
        shutil.rmtree(target, ignore_errors=True)
        return Path(shutil.copytree(source, target))

    yield fresh
    shutil.rmtree(target, ignore_errors=True)


FEW = settings(
    max_examples=max(1, settings().max_examples // 10),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
changes = st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from("rid"), st.binary(min_size=1, max_size=40))


def altered(data: bytes, change: tuple[float, str, bytes]) -> bytes:
    """Some bytes replaced, put in or taken out at a place."""
    at, how, put = int(change[0] * len(data)), change[1], change[2]
    return data[:at] + (b"" if how == "d" else put) + data[at + (0 if how == "i" else len(put)) :]


@given(name=st.sampled_from([*DATA, manifest.NAME]), change=changes)
@FEW
def test_any_change_to_any_file_is_a_problem_in_words(
    scratch: Callable[[], Path], name: str, change: tuple[float, str, bytes]
) -> None:
    night = scratch()
    data = (night / name).read_bytes()
    mutated = altered(data, change)
    (night / name).write_bytes(mutated)
    assert verify(night, recount).is_verified == (mutated == data)


@given(name=st.sampled_from(DATA), change=changes)
@FEW
def test_no_change_with_a_proper_hash_breaks_the_reader(
    scratch: Callable[[], Path], name: str, change: tuple[float, str, bytes]
) -> None:
    night = scratch()
    (night / name).write_bytes(altered((night / name).read_bytes(), change))
    mend(night)
    verdict = verify(night, recount)
    assert all(each.sentence.isprintable() for each in verdict.problems)
