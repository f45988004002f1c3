"""Every fact lies behind exactly one mark, whatever was open while the mark was taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from db.connection.engine import open_engine, reading, sqlite_url, transaction
from db.connection.errors import FactExists, ServerReadOnly, StoreBusy
from db.night import marks
from db.statements import coupons
from db.tables.facts import RefusalFact
from db.upkeep import schema
from tests.postgres import Server


def refuse(connection: Connection, name: str) -> None:
    """A fact that needs no other row."""
    coupons.add_refusal(
        connection,
        RefusalFact(
            id=name, kind="unknown", raw="?", code=None, at=datetime(2026, 11, 14, tzinfo=UTC),
            business_date=date(2026, 11, 14), store="harbour", register="1", staff=None,
        ),
    )  # fmt: skip


def refuse_all(connection: Connection, *names: str) -> None:
    for name in names:
        refuse(connection, name)


def record(engine: Engine, *names: str) -> None:
    for name in names:
        with transaction(engine) as connection:
            refuse(connection, name)


def names_in(connection: Connection, condition: str) -> set[str]:
    return set(connection.execute(text(f"SELECT id FROM refusal WHERE {condition}")).scalars())  # noqa: S608  ours


class Reader:
    """Takes marks, one run after the other, and keeps what each run was told."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.marks: list[str | None] = [None]

    def run(self) -> set[str]:
        with reading(self.engine) as connection:
            self.marks.append(marks.take(connection))
            return self.told(connection, len(self.marks) - 1)

    def told(self, connection: Connection, number: int) -> set[str]:
        until = self.marks[number]
        assert until is not None
        return names_in(connection, marks.between("refusal", self.marks[number - 1], until))

    def again(self, number: int) -> set[str]:
        """What run `number`, counted from 1, would be told now."""
        with reading(self.engine) as connection:
            return self.told(connection, number)


@pytest.fixture
def server(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path / "ledger.sqlite"), create=True)
    schema.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["server", "file"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Both, one after the other."""
    found: Engine = request.getfixturevalue(request.param)
    return found


def test_each_fact_is_told_once_in_the_run_after_it_was_recorded(engine: Engine) -> None:
    reader = Reader(engine)
    assert reader.run() == set()
    record(engine, "a", "b")
    assert reader.run() == {"a", "b"}
    assert reader.run() == set()
    record(engine, "c")
    assert reader.run() == {"c"}
    assert [reader.again(number) for number in (1, 2, 3, 4)] == [set(), {"a", "b"}, set(), {"c"}]


def test_a_run_is_told_the_same_again_for_ever(engine: Engine) -> None:
    reader = Reader(engine)
    record(engine, "a")
    reader.run()
    with pytest.raises(FactExists):
        record(engine, "b", "a")  # a lost race leaves no trace in what follows
    with pytest.raises(FactExists), transaction(engine) as connection:
        refuse_all(connection, "never", "b")
    record(engine, "c")
    assert reader.run() == {"b", "c"}
    record(engine, "d")
    assert [reader.again(1), reader.again(2)] == [{"a"}, {"b", "c"}]


def test_the_first_range_begins_with_the_first_fact_of_each_table(engine: Engine) -> None:
    record(engine, "a")
    with reading(engine) as connection:
        until = marks.take(connection)
        for table in marks.FACTS:
            ask = text(f"SELECT count(*) FROM {table} WHERE {marks.between(table, None, until)}")  # noqa: S608  ours
            assert connection.execute(ask).scalar() == (table == "refusal")


def test_a_transaction_that_is_open_during_a_run_is_told_whole_in_the_next(server: Engine) -> None:
    reader = Reader(server)
    with transaction(server) as slow:
        refuse(slow, "slow 1")
        record(server, "quick")
        assert reader.run() == {"quick"}
        refuse(slow, "slow 2")
    assert reader.again(1) == {"quick"}
    record(server, "later")
    assert reader.run() == {"slow 1", "slow 2", "later"}
    assert reader.run() == set()


def test_a_run_that_looks_while_a_transaction_ends_sees_none_of_it(server: Engine) -> None:
    """What a run reads and the mark it keeps are of one snapshot."""
    reader = Reader(server)
    with reading(server) as connection:
        reader.marks.append(marks.take(connection))
        record(server, "meanwhile")
        assert reader.told(connection, 1) == set()
        assert names_in(connection, "true") == set()
    assert reader.again(1) == set()
    assert reader.run() == {"meanwhile"}


def test_by_the_highest_number_an_open_transaction_would_be_skipped(server: Engine) -> None:
    """The twin: the next run begins behind the highest number it saw, and the slow one's is lower."""

    def highest() -> int:
        with reading(server) as connection:
            return int(connection.execute(text("SELECT max(recorded_tx)::text FROM refusal")).scalar_one())

    with transaction(server) as slow:
        refuse(slow, "slow")
        record(server, "quick")
        mark = highest()
    record(server, "later")
    with reading(server) as connection:
        assert names_in(connection, f"recorded_tx > '{mark}'::xid8") == {"later"}


@pytest.fixture
def standby(postgres_server: Server, postgres_url: str) -> Iterator[Engine]:
    """What follows `server`, a moment later."""
    with postgres_server.standby() as second:
        engine = open_engine(second.url(postgres_url.partition("@/")[2].partition("?")[0]))
        yield engine
        engine.dispose()


def test_on_a_standby_no_mark_is_taken(standby: Engine) -> None:
    with pytest.raises(ServerReadOnly, match="which transactions are open"), reading(standby) as connection:
        marks.take(connection)


def test_by_a_standby_s_snapshot_an_open_transaction_would_be_skipped(server: Engine, standby: Engine) -> None:
    """The twin: it is open, and its fact not there, and the snapshot says it has been seen."""
    seen = text("SELECT pg_visible_in_snapshot(CAST(CAST(:number AS text) AS xid8), pg_current_snapshot())")
    with transaction(server) as slow:
        refuse(slow, "slow")
        number = slow.execute(text("SELECT pg_current_xact_id()::text")).scalar()
        with transaction(server) as quick:
            quick.execute(text("SET LOCAL synchronous_commit = remote_apply"))
            refuse(quick, "quick")
        for engine, is_seen in ((server, False), (standby, True)):
            with reading(engine) as connection:
                assert names_in(connection, "true") == {"quick"}
                assert connection.execute(seen, {"number": number}).scalar() is is_seen


def test_on_a_file_nobody_writes_behind_a_transaction_that_is_open(file: Engine, tmp_path: Path) -> None:
    """Why the rowid will do there: whoever comes second gets the higher number and is seen later."""
    reader = Reader(file)
    impatient = open_engine(sqlite_url(tmp_path / "ledger.sqlite"), busy_timeout_s=0)
    with transaction(file) as slow:
        refuse(slow, "slow")
        with pytest.raises(StoreBusy):
            record(impatient, "quick")
        assert reader.run() == set()
    record(impatient, "quick")
    assert reader.run() == {"slow", "quick"}
    impatient.dispose()


def test_the_range_of_a_run_is_found_by_its_index(server: Engine) -> None:
    reader = Reader(server)
    with transaction(server) as connection:
        refuse_all(connection, *map(str, range(500)))
    reader.run()
    record(server, "one more")
    reader.run()
    after, until = reader.marks[-2:]
    assert until is not None
    with transaction(server) as connection:
        connection.execute(text("ANALYZE refusal"))
        ask = f"EXPLAIN SELECT * FROM refusal WHERE {marks.between('refusal', after, until)}"  # noqa: S608  ours
        plan = "\n".join(connection.execute(text(ask)).scalars())
    assert "Index Scan using ix_refusal_recorded_tx" in plan


@pytest.mark.parametrize(
    ("table", "after", "until"),
    [
        ("staff", None, '{"staff": 1}'),
        ("refusal", None, "{}"),
        ("refusal", None, "[]"),
        ("refusal", None, '{"refusal": "1 OR true"}'),
        ("refusal", None, '{"snapshot": "1:2:3\' OR true --"}'),
        ("refusal", '{"refusal": 1}', '{"snapshot": "1:2:"}'),
        ("refusal", '{"refusal": 10}', '{"refusal": 9}'),
        ("refusal", '{"snapshot": "9:10:"}', '{"snapshot": "8:9:"}'),
    ],
)
def test_what_is_no_mark_comes_into_no_statement(table: str, after: str | None, until: str) -> None:
    with pytest.raises(ValueError, match="mark"):
        marks.between(table, after, until)
