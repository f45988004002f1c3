"""The ledger on PostgreSQL: the same tables, the same facts, and as little to be changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, Engine, insert, text
from sqlalchemy.exc import StatementError
from sqlalchemy.schema import SchemaItem

from db.connection.engine import open_engine, reading, sqlite_url, transaction
from db.connection.errors import FactExists, ServerEmpty, ServerOutdated, ServerReadOnly, StoreBroken, StoreTooNew
from db.statements import coupons, slip_fonts, staff
from db.tables.column_types import Ending, Entry, Kind, Role
from db.tables.facts import CouponFact, EventFact, RefusalFact, params
from db.tables.models import Coupon, CouponEvent, ExportRun, Reason, Refusal, Register, Store, Table
from db.upkeep import schema

FACTS = ("coupon", "coupon_event", "refusal", "export_run", "slip_font")
AT = datetime(2026, 11, 14, 21, 30, 15, 123456, tzinfo=timezone(timedelta(hours=13)))
DAY = date(2026, 11, 14)
COUPON = CouponFact(
    code="7KQ4M2XD9RTC", store="harbour", register="1", staff=1, reason="late", item="egg muffin", note="' \\ ☕ %s",
    remade=True, noticed_first=False, language="cs", issued_at=AT, business_date=DAY, expires_on=date(2027, 2, 12),
    cost_minor=2550, currency="CZK", request_id="1:1", clock_drift_s=0,
)  # fmt: skip
BARE = replace(COUPON, code="7KQ4M2XD9RTD", item=None, note=None, cost_minor=0, request_id="1:2", clock_drift_s=-90)
REDEEMED = EventFact(
    code=COUPON.code, n=1, kind=Kind.REDEEMED, at=AT + timedelta(hours=1), business_date=DAY, store="harbour",
    register="1", staff=1, request_id="1:3", ending=Ending.TURNED_AROUND, note="smiled", offline=True,
)  # fmt: skip
REVERSED = replace(
    REDEEMED, n=2, kind=Kind.REVERSED, at=AT + timedelta(hours=2), request_id="1:4", ending=None, note=None,
    offline=False, cost_minor=2550,
)  # fmt: skip
REFUSAL = RefusalFact(
    id="r1", kind="unknown", raw="?", code=None, at=AT, business_date=DAY, store="harbour", register="1", staff=None,
    entry=Entry.TYPED,
)  # fmt: skip
RUN = {"run": 1, "business_day": DAY, "marks": "{}", "manifest_sha256": "0" * 64, "at": AT}


_store = Store.__table__  # type: ignore[attr-defined]  # SQLModel adds it; its types do not say so
_register = Register.__table__  # type: ignore[attr-defined]
_reason = Reason.__table__  # type: ignore[attr-defined]
_coupon = Coupon.__table__  # type: ignore[attr-defined]
_event = CouponEvent.__table__  # type: ignore[attr-defined]
_refusal = Refusal.__table__  # type: ignore[attr-defined]
_run = ExportRun.__table__  # type: ignore[attr-defined]


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def fill(engine: Engine) -> None:
    """Two coupons, one of them redeemed and taken back; a refusal; a run."""
    with transaction(engine) as connection:
        connection.execute(insert(_store).values(id="harbour", name="Harbour St", timezone="UTC", currency="CZK"))
        connection.execute(insert(_register).values(store="harbour", id="1"))
        connection.execute(insert(_reason).values(id="late", name="Late"))
        staff.add(connection, "harbour", "Ana", Role.SHIFT_LEAD, "hash")
        connection.execute(insert(_coupon), [params(COUPON), params(BARE)])
        connection.execute(insert(_event), [params(REDEEMED), params(REVERSED)])
        slip_fonts.add(connection, COUPON.code, 1, [("/fonts/thai.ttf", 0, "0" * 64)])
        coupons.add_refusal(connection, REFUSAL)
        connection.execute(insert(_run), RUN)


@pytest.fixture
def server(postgres_url: str) -> Iterator[Engine]:
    """PostgreSQL with all our tables, and facts in them."""
    with opened(postgres_url) as engine:
        fill(engine)
        yield engine


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Engine]:
    """SQLite with the same."""
    url = sqlite_url(tmp_path / "ledger.sqlite")
    maker = open_engine(url, create=True)
    schema.upgrade(maker)
    maker.dispose()
    with opened(url) as engine:
        fill(engine)
        yield engine


# Tables


CATALOGUE = """
SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, character_maximum_length, collation_name,
       is_nullable, column_default) FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def described(engine: Engine) -> dict[tuple[str, str], str]:
    """Every column, index, constraint, trigger and function, by kind and name, as the server tells it."""
    with reading(engine) as connection:
        return {(kind, name): told for kind, name, told in connection.execute(text(CATALOGUE))}


@pytest.mark.parametrize("revision", schema.REVISIONS)
def test_from_empty_and_from_every_revision_the_same_tables_come_out(
    revision: str, postgres_url: str, empty_postgres_url: str
) -> None:
    with opened(postgres_url) as engine:
        from_empty = described(engine)
    with opened(empty_postgres_url) as engine:
        schema.upgrade(engine, revision)
        assert schema.current(engine) == revision
        schema.upgrade(engine)
        assert schema.current(engine) == schema.HEAD
        assert described(engine) == from_empty


def in_the_models(item: SchemaItem, name: str | None, *_: object) -> bool:
    """The number of the recording transaction is no part of a row: nothing makes or reads one by it."""
    return not str(name).endswith("recorded_tx")


XID8 = "ignore:Did not recognize type 'xid8':sqlalchemy.exc.SAWarning"


def differences(engine: Engine, *, all_columns: bool = False) -> set[str]:
    told = {"compare_type": True, "compare_server_default": True}
    chosen = {} if all_columns else {"include_object": in_the_models}
    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={**told, **chosen})
        return {str(difference[0]) for difference in compare_metadata(context, Table.metadata)}


@pytest.mark.filterwarnings(XID8)
def test_the_tables_are_those_of_the_models(postgres_url: str) -> None:
    with opened(postgres_url) as engine:
        assert differences(engine) == set()
        assert differences(engine, all_columns=True) == {"remove_column", "remove_index"}


def test_a_column_the_migrations_forgot_would_be_noticed(empty_postgres_url: str) -> None:
    """The twin: a database of the first revision differs from the models."""
    with opened(empty_postgres_url) as engine:
        schema.upgrade(engine, "0001")
        assert differences(engine) == {"add_table", "add_column", "add_index"}


def test_the_checks_are_those_of_the_models(postgres_url: str) -> None:
    """By name: the server writes them down in its own words."""
    in_models = {
        f"{name}.{check.name}"
        for name, table in Table.metadata.tables.items()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    with opened(postgres_url) as engine:
        told = described(engine)
    assert {name for (kind, name), how in told.items() if kind == "constraint" and how.startswith("CHECK")} == in_models


@pytest.mark.parametrize("table", ["store", "register", "staff", "reason", *FACTS[:3]])
def test_what_rows_are_found_by_is_compared_byte_by_byte(postgres_url: str, table: str) -> None:
    """In many a language `~` sorts before letters, and a month's range of codes would be empty."""
    asked = text(
        "SELECT attname, collname FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation"
        " WHERE attrelid = CAST(:name AS regclass) AND attnum > 0"
    )
    with opened(postgres_url) as engine, reading(engine) as connection:
        collations = {row.attname: row.collname for row in connection.execute(asked, {"name": table})}
    keys = {"id", "code", "store", "register", "reason", "request_id"} & set(collations)
    assert {collations[name] for name in keys} == {"C"}


def test_an_upgrade_that_fails_leaves_what_was_there(empty_postgres_url: str) -> None:
    with opened(empty_postgres_url) as engine:
        schema.upgrade(engine, "0001")
        with transaction(engine) as connection:
            connection.execute(text("CREATE TABLE sign_in_lock (in_the_way TEXT)"))
        before = described(engine)
        with pytest.raises(StoreBroken, match="already exists"):
            schema.upgrade(engine)
        assert described(engine) == before
        assert schema.current(engine) == "0001"


def test_a_database_and_a_program_that_do_not_fit_together_are_told(postgres_url: str, empty_postgres_url: str) -> None:
    with opened(empty_postgres_url) as engine:
        assert schema.current(engine) is None
        with pytest.raises(ServerEmpty, match="holds none of our tables"):
            schema.require_current(engine)
        schema.upgrade(engine, "0005")
        with pytest.raises(ServerOutdated, match=f"tables 0005; this version has {schema.HEAD}"):
            schema.require_current(engine)
    with opened(postgres_url) as engine:
        schema.require_current(engine)
        with transaction(engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(StoreTooNew, match=f"tables 9999; this version knows {schema.HEAD}"):
            schema.require_current(engine)


# Facts


CHANGES = {
    "update": "UPDATE {table} SET {column} = {column}",
    "upsert": "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET {column} = DEFAULT",
    "merge": "MERGE INTO {table} USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table}",
    "truncate all": "TRUNCATE {table} CASCADE",
}
KEYS = {
    "coupon": "code",
    "coupon_event": "code, n",
    "refusal": "id",
    "export_run": "run",
    "slip_font": "code, copy, place",
}


def everything(engine: Engine) -> list[object]:
    with reading(engine) as connection:
        return [connection.execute(text(f"SELECT * FROM {table}")).all() for table in FACTS]  # noqa: S608  our tables


@pytest.mark.parametrize("table", FACTS)
def test_a_fact_cannot_be_changed_by_any_statement(server: Engine, table: str) -> None:
    before = everything(server)
    column = {"export_run": "marks", "slip_font": "file"}.get(table, "store")
    for change in CHANGES.values():
        statement = change.format(table=table, key=KEYS[table], column=column)
        refused = pytest.raises(
            StoreBroken, match=f"{table} rows are facts and are never changed|referenced in a foreign key"
        )
        with refused, transaction(server) as connection:
            connection.execute(text(statement))
        assert everything(server) == before


def test_without_its_trigger_a_truncate_would_forget_every_redemption(server: Engine) -> None:
    """The twin: TRUNCATE fires no trigger for rows."""
    with transaction(server) as connection:
        connection.execute(text("DROP TRIGGER coupon_event_no_truncate ON coupon_event"))
        connection.execute(text("TRUNCATE coupon_event"))
    with reading(server) as connection:
        assert coupons.events(connection, [COUPON.code]) == {}


@pytest.mark.parametrize(
    ("fact", "bogus"),
    [
        (REDEEMED, {"kind": "stolen"}),
        (REDEEMED, {"kind": "REDEEMED"}),
        (REDEEMED, {"ending": "meh"}),
        (REDEEMED, {"n": 0}),
        (COUPON, {"code": "SHORT"}),
        (COUPON, {"cost_minor": -1}),
        (COUPON, {"reason": "nobody's"}),
        (COUPON, {"register": "nowhere"}),
        (COUPON, {"staff": 99}),
        (REFUSAL, {"entry": "guessed"}),
    ],
)
def test_a_fact_of_a_kind_nobody_knows_is_refused(
    server: Engine, fact: CouponFact | EventFact | RefusalFact, bogus: dict[str, object]
) -> None:
    fresh = {"id": "r2"} if isinstance(fact, RefusalFact) else {"code": "000000000000", "request_id": "fresh"}
    table = {CouponFact: _coupon, EventFact: _event, RefusalFact: _refusal}[type(fact)]
    with transaction(server) as connection, connection.begin_nested() as fine:
        connection.execute(insert(table), {**params(fact), **fresh})
        fine.rollback()
    with pytest.raises(StoreBroken, match="violates"), transaction(server) as connection:
        connection.execute(insert(table), {**params(fact), **fresh, **bogus})


@pytest.mark.parametrize(
    ("table", "taken"),
    [
        (_coupon, params(COUPON)),
        (_coupon, {**params(COUPON), "code": "000000000000"}),
        (_event, params(REDEEMED)),
        (_event, {**params(REDEEMED), "n": 3}),
        (_refusal, params(REFUSAL)),
        (_run, RUN),
    ],
)
def test_a_key_that_is_taken_is_a_lost_race(server: Engine, table: object, taken: dict[str, object]) -> None:
    with pytest.raises(FactExists), transaction(server) as connection:
        connection.execute(insert(table), taken)  # type: ignore[arg-type]  # SQLModel hides that it is a table


# Reading


def read(engine: Engine) -> list[object]:
    """The facts, by every way to read them that is not SQLite's alone."""
    since, until = AT - timedelta(days=1), AT + timedelta(days=1)
    codes = [BARE.code, COUPON.code]
    with reading(engine) as connection:
        return [
            coupons.find(connection, codes),
            sorted(coupons.of_codes(connection, codes), key=lambda coupon: coupon.code),
            coupons.find_by_request(connection, "1:2"),
            coupons.event_by_request(connection, "1:3"),
            coupons.events(connection, codes),
            coupons.events_of_day(connection, DAY),
            coupons.of_day(connection, DAY),
            coupons.of_day(connection, DAY, containing="RTD"),
            sorted(coupons.matching(connection, "7KQ"), key=lambda coupon: coupon.code),
            sorted(coupons.of_months(connection, "7", since, until), key=lambda coupon: coupon.code),
            sorted(coupons.good_containing(connection, "4M2", "7", DAY), key=lambda coupon: coupon.code),
            coupons.guesses(connection, "harbour", "1", since, until, 5),
            staff.everyone(connection, "harbour"),
        ]


def test_the_same_facts_are_read_from_both_databases(server: Engine, file: Engine) -> None:
    found = read(server)
    assert found == read(file)
    assert found[:6] == [
        BARE, [COUPON, BARE], BARE, REDEEMED, {COUPON.code: (REDEEMED, REVERSED)}, (REDEEMED, REVERSED),
    ]  # fmt: skip
    assert repr(found) == repr(read(file))  # equal is not the same: a StrEnum equals its value, and zones their offset


def test_an_instant_comes_back_aware_and_in_utc_whatever_zones_it_met(server: Engine) -> None:
    with transaction(server) as connection:
        connection.execute(text("SET LOCAL TIME ZONE 'Asia/Kathmandu'"))
        coupon = coupons.find(connection, [COUPON.code])
    assert coupon is not None
    assert coupon.issued_at == AT
    assert coupon.issued_at.tzinfo is UTC


def test_a_time_without_a_zone_cannot_be_recorded(server: Engine) -> None:
    naive = replace(REFUSAL, id="r2", at=datetime(2026, 11, 14))  # noqa: DTZ001
    with pytest.raises(StatementError, match="without a zone"), transaction(server) as connection:
        coupons.add_refusal(connection, naive)


def test_a_look_sees_one_snapshot_and_changes_nothing(server: Engine) -> None:
    with reading(server) as looking:
        before = looking.execute(text("SELECT count(*) FROM refusal")).scalar()
        with transaction(server) as writing:
            coupons.add_refusal(writing, replace(REFUSAL, id="r2"))
        assert looking.execute(text("SELECT count(*) FROM refusal")).scalar() == before
    with pytest.raises(ServerReadOnly), reading(server) as looking:
        coupons.add_refusal(looking, replace(REFUSAL, id="r3"))


def test_a_plain_transaction_would_see_what_was_recorded_meanwhile(server: Engine) -> None:
    """The twin; and the connection that was for reading only is an ordinary one again."""
    with reading(server):
        pass
    with transaction(server) as looking:
        before = looking.execute(text("SELECT count(*) FROM refusal")).scalar_one()
        with transaction(server) as writing:
            coupons.add_refusal(writing, replace(REFUSAL, id="r2"))
        assert looking.execute(text("SELECT count(*) FROM refusal")).scalar() == before + 1


def test_a_transaction_that_does_not_end_well_leaves_nothing(server: Engine) -> None:
    def half_way(connection: Connection) -> None:
        coupons.add_refusal(connection, replace(REFUSAL, id="r2"))
        raise RuntimeError("half-way")

    before = everything(server)
    with pytest.raises(RuntimeError, match="half-way"), transaction(server) as connection:
        half_way(connection)
    assert everything(server) == before
