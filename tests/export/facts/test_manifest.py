"""What others make of a night: the tools that head office has read every file, with the right types."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from db.night.columns import FORMAT
from pos_recovery.export.facts import manifest, table_files
from pos_recovery.export.facts.table_columns import Table
from tests.export.written_nights import FIRST_DAY, Night, trade

Types = dict[str, tuple[str, ...]]
TABLES = manifest.tables()


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> list[Night]:
    return trade(tmp_path_factory.mktemp("nights"), nights=2)


@pytest.fixture(scope="module")
def folder(nights: list[Night]) -> Path:
    return nights[1].folder


def test_a_manifest_names_the_run_before_and_every_file(nights: list[Night]) -> None:
    first, second = (json.loads((each.folder / manifest.NAME).read_bytes()) for each in nights)
    assert first["previous"] is None
    assert second["previous"] == {"run": 1, "business_day": str(FIRST_DAY), "sha256": nights[1].basis.previous_manifest}
    assert {each["path"] for each in second["resources"]} | {manifest.NAME} == {
        each.name for each in nights[1].folder.iterdir()
    }
    assert [each["name"] for each in second["resources"]][:2] == ["coupons", "coupons-parquet"]


def test_a_night_written_again_has_the_same_bytes(nights: list[Night]) -> None:
    before = {each.name: each.read_bytes() for each in nights[1].folder.iterdir()}
    nights[1].write()
    assert {each.name: each.read_bytes() for each in nights[1].folder.iterdir()} == before


def test_every_key_and_every_column_that_may_be_empty_is_one_of_its_table() -> None:
    columns = {name: {each.name for each in fields} for name, _, fields in TABLES}
    assert columns.keys() == manifest.KEYS.keys()
    assert all(set(key) <= columns[name] for name, key in manifest.KEYS.items())
    assert all(column in columns[name] for name, column in manifest.MAY_BE_EMPTY)


def test_frictionless_finds_nothing_wrong(folder: Path) -> None:
    from frictionless import Package

    report = Package(str(folder / manifest.NAME)).validate()
    assert report.flatten(["name", "type", "message"]) == []
    assert len(report.tasks) == 19


def test_frictionless_would_find_a_wrong_cell(folder: Path, tmp_path: Path) -> None:
    """The twin: it does read the cells."""
    import shutil

    from frictionless import Package

    copied = Path(shutil.copytree(folder, tmp_path / "copy"))
    data = (copied / "coupons.csv").read_bytes()
    (copied / "coupons.csv").write_bytes(data.replace(b",false,", b",nein!,", 1))
    report = Package(str(copied / manifest.NAME)).validate()
    assert {"type-error", "hash-count"} <= {kind for (kind,) in report.flatten(["type"])}


def of_duckdb(path: Path) -> dict[str, str]:
    import duckdb

    with duckdb.connect() as con:
        told = con.execute("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM query_table(?))", [str(path)])
        return dict(told.fetchall())


def of_polars(path: Path) -> dict[str, str]:
    import polars as pl

    read: Callable[[Path], Any] = (
        pl.read_parquet if path.suffix == ".parquet" else lambda csv: pl.read_csv(csv, try_parse_dates=True)
    )
    return {name: str(kind) for name, kind in read(path).schema.items()}


def of_pandas(path: Path) -> dict[str, str]:
    import pandas as pd

    if path.suffix == ".parquet":
        return {name: str(kind) for name, kind in pd.read_parquet(path, dtype_backend="pyarrow").dtypes.items()}
    return {name: str(kind) for name, kind in pd.read_csv(path, dtype_backend="pyarrow").dtypes.items()}


PACKED: dict[Callable[[Path], dict[str, str]], Types] = {
    of_duckdb: {
        "string": ("VARCHAR",), "integer": ("BIGINT",), "boolean": ("BOOLEAN",), "date": ("DATE",),
        "datetime": ("TIMESTAMP WITH TIME ZONE",), "number": ("DECIMAL(18,3)",),
    },
    of_polars: {
        "string": ("String",), "integer": ("Int64",), "boolean": ("Boolean",), "date": ("Date",),
        "datetime": ("Datetime(time_unit='us', time_zone='UTC')",), "number": ("Decimal(precision=18, scale=3)",),
    },
    of_pandas: {
        "string": ("string[pyarrow]", "string"), "integer": ("int64[pyarrow]",), "boolean": ("bool[pyarrow]",),
        "date": ("date32[day][pyarrow]",), "datetime": ("timestamp[us, tz=UTC][pyarrow]",),
        "number": ("decimal128(18, 3)[pyarrow]",),
    },
}  # fmt: skip


@pytest.mark.parametrize("reader", PACKED)
@pytest.mark.parametrize("table", TABLES, ids=lambda each: str(each[0]))
def test_parquet_has_the_right_types(folder: Path, reader: Callable[[Path], dict[str, str]], table: Table) -> None:
    name, _, fields = table
    types = reader(folder / f"{name}.parquet")
    assert list(types) == [each.name for each in fields]
    wrong = {each.name: types[each.name] for each in fields if types[each.name] not in PACKED[reader][each.type]}
    assert wrong == {}


@pytest.mark.parametrize("reader", PACKED)
def test_csv_has_numbers_as_numbers(folder: Path, reader: Callable[[Path], dict[str, str]]) -> None:
    for name, _, fields in TABLES:
        types = reader(folder / f"{name}.csv")
        required = [each for each in fields if each.type == "integer" and not each.optional]
        assert list(types) == [each.name for each in fields]
        assert {types[each.name] for each in required} <= {"BIGINT", "Int64", "int64[pyarrow]"}


README = Path(__file__).parents[3] / "README.md"


def test_as_the_readme_reads_a_night_nothing_is_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block = README.read_text(encoding="utf-8").split("<!-- readers -->\n```python\n")[1].split("```")[0]
    monkeypatch.chdir(folder)
    load, *lines = [line for line in block.splitlines() if line]
    space: dict[str, Any] = {}
    exec(load, space)  # noqa: S102  ours
    for line in lines:
        table = eval(line, space)  # noqa: S307  ours
        assert table.columns[0] == "CouponCode", line
        assert set(table["RetailStoreID"]) == {"0042", "東京"}, line


def test_read_plainly_a_store_loses_its_zeros(tmp_path: Path) -> None:
    """The twin: where all of them are of digits, quotes do not help."""
    import pandas as pd
    import polars as pl

    file = tmp_path / "coupons.csv"
    file.write_bytes(table_files.csv_head(manifest.tables()[0][2][:2], FORMAT) + b'"2JQ0-0000-0001","0042"\r\n')
    assert list(pd.read_csv(file)["RetailStoreID"]) == list(pl.read_csv(file)["RetailStoreID"]) == [42]


def test_python_and_excel_know_the_letters_by_the_mark(folder: Path) -> None:
    for file in folder.glob("*.csv"):
        data = file.read_bytes()
        assert data.startswith(table_files.BOM)
        assert data.decode("utf-8-sig").startswith('"')
        assert table_files.BOM not in data[1:]
