"""Facts on their way from a database into files: where rows are cut, what stands in them, and what breaks the way.

What a night holds is for `test_closing`; here the statements are made for the purpose, and have more rows than one
piece.
"""

from __future__ import annotations

import pickle
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, Popen

import psycopg
import pyarrow.parquet as pq
import pytest

from db.connection.engine import open_engine, reading, sqlite_url
from db.connection.errors import ServerSilent, StoreBroken
from db.night.columns import Facts, Field, as_line
from pos_recovery.export.counts.queries import counting
from pos_recovery.export.facts import read_ledger, table_files
from pos_recovery.export.facts.table_files import GROUP_ROWS, Written

ROWS = 2 * GROUP_ROWS + 1
SAID = 'Two\nlines, "quoted", and no more.\rOr \\. three'
FIELDS = (
    Field("Number", "integer", "Counted from 1."),
    Field("Text", "string", "What was said.", optional=True),
    Field("At", "datetime", "Always the same."),
    Field("Flag", "boolean", "Whether it is even."),
)
AT = "2026-11-14T10:00:00.000000+01:00"
SELECTED = (
    'SELECT n AS "Number", {0} AS "Text", \'{1}\' AS "At", CASE n % 2 WHEN 0 THEN \'true\' ELSE \'false\' END AS "Flag"'
)
ON_SERVER = SELECTED + " FROM generate_series(1, {2}) n"
COUNTED = "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {2})"
IN_FILE = f"{COUNTED} {SELECTED} FROM g WHERE n <= {{2}}"


def facts(statement: str, text: str = "''", rows: int = ROWS) -> Facts:
    asked = statement.format(text, AT, rows)
    cells = [f'"{each.name}"' for each in FIELDS]
    lines = f"SELECT {as_line(FIELDS, cells)} FROM ({asked})"  # noqa: S608  of this file
    return Facts("said", "For a test.", FIELDS, asked, lines=lines)


def quoted(text: str) -> str:
    return f"'{text}'"


def written(url: str, folder: Path, asked: Facts) -> list[Written]:
    folder.mkdir()
    engine = open_engine(url)
    try:
        plain = read_ledger.write(engine, folder, asked)
    finally:
        engine.dispose()
    with counting(folder) as con:
        return [plain, table_files.write_parquet(con, folder, asked.name, asked.fields)]


def from_file(ledger: Path, folder: Path, asked: Facts) -> list[Written]:
    with closing(sqlite3.connect(ledger)) as made:
        made.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)")
    return written(sqlite_url(ledger), folder, asked)


@pytest.mark.parametrize("rows", [0, 1, GROUP_ROWS, ROWS])
def test_both_databases_give_the_same_files_however_many_rows(postgres_url: str, tmp_path: Path, rows: int) -> None:
    words = "'Said ' || n || 'ä'"
    here = from_file(tmp_path / "ledger", tmp_path / "file", facts(IN_FILE, words, rows))
    there = written(postgres_url, tmp_path / "server", facts(ON_SERVER, words, rows))
    assert here == there
    assert [each.rows for each in there] == [rows, rows]
    assert pq.ParquetFile(tmp_path / "server" / "said.parquet").num_row_groups == -(-rows // GROUP_ROWS)


def test_a_line_that_ends_within_a_text_stays_as_it_is(postgres_url: str, tmp_path: Path) -> None:
    written(postgres_url, tmp_path / "server", facts(ON_SERVER, quoted(SAID), 2))
    from_file(tmp_path / "ledger", tmp_path / "file", facts(IN_FILE, quoted(SAID), 2))
    plain = (tmp_path / "server" / "said.csv").read_bytes()
    assert plain == (tmp_path / "file" / "said.csv").read_bytes()
    assert plain.endswith(f'2,"{SAID.replace(chr(34), chr(34) * 2)}","{AT}",true\r\n'.encode())
    assert pq.read_table(tmp_path / "server" / "said.parquet")["Text"].to_pylist() == [SAID] * 2


def test_a_server_that_fails_midway_is_not_taken_for_the_end(postgres_url: str, tmp_path: Path) -> None:
    """Rows have come, and so has the end of them: only the answer behind it says that it was none."""
    late = f"CAST(1 / ({ROWS} - n) AS TEXT)"
    with pytest.raises(StoreBroken, match="division by zero"):
        written(postgres_url, tmp_path / "n", facts(ON_SERVER, late))
    assert (tmp_path / "n" / "said.csv").read_bytes().count(b"\r\n") > GROUP_ROWS


def test_a_server_that_goes_away_midway_is_not_taken_for_the_end(postgres_url: str, tmp_path: Path) -> None:
    away = f"CASE WHEN n = {ROWS} THEN CAST(pg_terminate_backend(pg_backend_pid()) AS TEXT) ELSE '' END"
    with pytest.raises(ServerSilent):
        written(postgres_url, tmp_path / "n", facts(ON_SERVER, away, 2 * ROWS))


def ours(job: tuple[str, Path, Facts]) -> Iterator[None]:
    """Work: as a night does it."""
    url, folder, asked = job
    read_ledger.write(open_engine(url), folder, asked)
    yield None


def left_to_libpq(job: tuple[str, Path, Facts]) -> Iterator[None]:
    """Work: the rows are asked for, and libpq waits for each."""
    url, _, asked = job
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY ({asked.statement}) TO STDOUT"):
            while connection.pgconn.get_copy_data(0)[0] > 0:
                pass
        yield None


@pytest.mark.usefixtures("work_is_found")
@pytest.mark.skipif(sys.platform == "win32", reason="as the one of its kind in test_worker_process")
@pytest.mark.parametrize(
    ("work", "goes_on"),
    [
        pytest.param(ours, True, id="while a server is waited for other threads go on"),
        pytest.param(left_to_libpq, False, id="twin: while libpq waits nothing else happens"),
    ],
)
def test_waiting_for_a_server(
    work: Callable[[tuple[str, Path, Facts]], Iterator[object]], goes_on: bool, postgres_url: str, tmp_path: Path
) -> None:
    """A later row waits for a lock that we hold. The other thread is the one that ends a process with who asked."""
    held = f"CASE WHEN n = {ROWS} THEN CAST(pg_advisory_xact_lock(7) AS TEXT) ELSE '' END"
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with (
        closing(psycopg.connect(postgres_url, autocommit=True)) as holder,
        Popen([sys.executable, "-m", "pos_recovery.export.verify.worker_process"], stdin=PIPE, stdout=PIPE) as process,
    ):
        holder.execute("SELECT pg_advisory_lock(7)")
        assert process.stdin
        pickle.dump((work, (postgres_url, tmp_path, facts(ON_SERVER, held))), process.stdin)
        process.stdin.flush()
        while holder.execute(waiting).fetchone() != (1,):
            assert process.poll() is None
        for _ in range(1_000):  # until it has read all that has come
            holder.execute(waiting)
        process.stdin.close()
        try:
            if goes_on:
                assert process.wait(timeout=20) == 1
            else:
                for _ in range(1_000):
                    holder.execute(waiting)
                assert process.poll() is None
        finally:
            process.kill()


def test_a_night_that_is_given_up_gives_the_server_back(postgres_url: str, tmp_path: Path) -> None:
    """The disk is full, say, while rows come: nothing goes on behind it."""
    engine = open_engine(postgres_url)
    with (
        reading(engine) as connection,
        closing(read_ledger.from_postgresql(connection, facts(ON_SERVER, rows=100 * ROWS))) as rows,
    ):
        assert next(rows)
    engine.dispose()
    with closing(psycopg.connect(postgres_url)) as other:
        ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while other.execute(ours).fetchone() != (0,):
            other.rollback()


@pytest.mark.parametrize(
    ("column", "none"), [('n AS "Number"', 'NULL AS "Number"'), (f"'{AT}'", "''"), (f"'{AT}'", "'yesterday'")]
)
def test_what_cannot_be_read_again_is_no_file(column: str, none: str, postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(StoreBroken, match=r"is absent|Conversion Error"):
        written(postgres_url, tmp_path / "n", facts(ON_SERVER.replace(column.replace(AT, "{1}"), none)))
