"""Migrations: from empty and from every earlier revision the same tables come out, and they are those of the models."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column, Engine, MetaData, TableClause, column, table, text
from sqlalchemy import Table as SqlTable

from db.connection.engine import open_engine, reading, sqlite_url, transaction
from db.connection.errors import StoreNotOurs, StoreOutdated, StoreTooNew
from db.tables import core_tables
from db.tables.column_types import Day, Text
from db.tables.models import Table
from db.upkeep import schema
from pos_recovery.opening.wiring import bring_up_to_date
from pos_recovery.system.locations import Home
from tests.till import Till


@contextmanager
def opened(path: Path, *, create: bool = False) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(path), create=create)
    try:
        yield engine
    finally:
        engine.dispose()


def described(engine: Engine) -> dict[str, str]:
    """Every table, index and trigger, by name, with the SQL that makes it."""
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT type || ' ' || name, sql FROM sqlite_master"))
        return {name: re.sub(r"\s+", " ", sql or "") for name, sql in rows}


def rows_of(path: Path, table: str) -> list[tuple[object, ...]]:
    with opened(path) as engine, reading(engine) as connection:
        return [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608  our table


def at_revision(path: Path, revision: str) -> Path:
    with opened(path, create=True) as engine:
        schema.upgrade(engine, revision)
    return path


def test_the_revisions_named_in_the_code_are_the_files() -> None:
    files = sorted(Path(schema.__file__).parents[1].glob("migrations/versions/0*.py"))
    named = [re.search(r'^revision = "(\w+)"', file.read_text(), re.MULTILINE) for file in files]
    assert tuple(found.group(1) for found in named if found) == schema.REVISIONS
    before = [re.search(r'^down_revision = (?:"(\w+)"|None)', file.read_text(), re.MULTILINE) for file in files]
    assert [found.group(1) for found in before if found] == [None, *schema.REVISIONS[:-1]]


@pytest.mark.parametrize("revision", schema.REVISIONS)
def test_from_empty_and_from_every_revision_the_same_tables_come_out(
    revision: str, tmp_path: Path, template: Home
) -> None:
    with opened(template.ledger) as engine:
        from_empty = described(engine)
    with opened(at_revision(tmp_path / "old.sqlite", revision)) as engine:
        assert schema.current(engine) == revision
        schema.upgrade(engine)
        assert schema.current(engine) == schema.HEAD
        assert described(engine) == from_empty


def test_the_tables_are_those_of_the_models(template: Home) -> None:
    with opened(template.ledger) as engine, reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Table.metadata) == []


def test_the_checks_are_those_of_the_models(template: Home) -> None:
    """Alembic does not compare CHECK constraints, so this does."""
    with opened(template.ledger) as engine:
        tables = described(engine)
    in_models = {
        (name, str(check.name), str(check.sqltext))
        for name, table in Table.metadata.tables.items()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    in_tables = {
        (name, found.group(1), found.group(2))
        for name in Table.metadata.tables
        for found in re.finditer(r"CONSTRAINT (\w+) CHECK \((.*?\)?)\)(?:,| \))", tables[f"table {name}"])
    }
    assert in_tables == in_models


def test_a_column_the_migrations_forgot_would_be_noticed(tmp_path: Path) -> None:
    """The twin: a database of the first revision differs from the models."""
    with opened(at_revision(tmp_path / "old.sqlite", "0001")) as engine, reading(engine) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    assert {difference[0] for difference in differences} == {"add_table", "add_column", "add_index"}


def differing(named: TableClause) -> set[str]:
    """The columns of a table that a statement names otherwise than its model has them, or not at all."""
    said = {each.name: type(each.type) for each in named.c}
    meant = {each.name: type(each.type) for each in Table.metadata.tables[named.name].c}
    return {name for name, _ in said.items() ^ meant.items()}


NAMED = list(core_tables.TABLES.values())


def demanded(model: SqlTable) -> tuple[frozenset[str], frozenset[str]]:
    """The columns of a model that may be empty, and its CHECKs."""
    checks = frozenset(str(each.sqltext) for each in model.constraints if isinstance(each, CheckConstraint))
    return frozenset(each.name for each in model.c if each.nullable), checks


def test_whoever_looks_at_rows_demands_what_the_models_do() -> None:
    models = Table.metadata.tables
    assert set(core_tables.TABLES) == set(models)
    none: frozenset[str] = frozenset()
    for name, model in models.items():
        looked_for = core_tables.MAY_BE_NULL.get(name, none), core_tables.CHECKS.get(name, none)
        assert looked_for == demanded(model), name


def test_a_check_that_was_forgotten_would_be_noticed() -> None:
    """The twin."""
    other = SqlTable("reason", MetaData(), Column("id", Text()), CheckConstraint("length(id) > 0"))
    assert demanded(other) == (frozenset({"id"}), frozenset({"length(id) > 0"}))


@pytest.mark.parametrize("named", NAMED, ids=[each.name for each in NAMED])
def test_statements_name_what_the_models_define(named: TableClause) -> None:
    assert differing(named) == set()


def test_a_column_that_statements_name_otherwise_would_be_noticed() -> None:
    """The twin: of another type, by another name, and one too few."""
    assert differing(table("reason", column("id", Text()), column("name", Day()))) == {"name"}
    assert differing(table("reason", column("id", Text()), column("title", Text()))) == {"name", "title"}
    assert differing(table("reason", column("id", Text()))) == {"name"}


def test_nothing_is_asked_of_alembic_to_know_the_revision(template: Home) -> None:
    with opened(template.ledger) as engine:
        assert schema.current(engine) == schema.HEAD
        schema.require_current(engine)


def test_a_newer_program_s_database_is_left_as_it_is(home: Home) -> None:
    with opened(home.ledger) as engine:
        with transaction(engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for ask in (schema.require_current, bring_up_to_date):
            with pytest.raises(StoreTooNew, match=f"tables 9999; this version knows {schema.HEAD}"):
                ask(engine)
        assert schema.current(engine) == "9999"
    assert list(home.folder.glob("*before*")) == []


def test_an_older_database_is_upgraded_after_a_whole_copy_is_put_beside_it(home: Home) -> None:
    till = Till.open(home)
    code = till.code()
    till.counter.close()
    with opened(home.ledger) as engine:
        with transaction(engine) as connection:  # back to what 0001 left
            for table in (
                "slip_font",
                "currency",
                "printer_letters",
                "print_request",
                "export_delivery",
                "export_balance",
                "export_run",
                "conflict",
            ):
                connection.execute(text(f"DROP TABLE {table}"))
            connection.execute(text("ALTER TABLE store DROP COLUMN day_starts"))
            connection.execute(text("DROP TABLE print_job"))
            connection.execute(text("DROP TABLE sign_in_lock"))
            connection.execute(text("DROP TABLE printer"))
            connection.execute(text("DROP INDEX ix_refusal_at"))
            connection.execute(text("ALTER TABLE refusal DROP COLUMN entry"))
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        with pytest.raises(StoreOutdated, match=f"tables 0001; this version has {schema.HEAD}"):
            schema.require_current(engine)
        home.ledger.chmod(0o644)
        (home.folder / "ledger.before-0006.sqlite.1a2b.part").write_bytes(b"of an upgrade that was killed")
        bring_up_to_date(engine)
        schema.require_current(engine)
    (copy,) = home.folder.glob("*before*")
    assert copy.name == f"ledger.before-{schema.HEAD}.sqlite"
    assert copy.stat().st_mode & 0o077 == 0 or os.name == "nt"  # PIN hashes are in it
    assert rows_of(copy, "alembic_version") == [("0001",)]
    assert rows_of(copy, "coupon") == rows_of(home.ledger, "coupon")
    assert rows_of(copy, "coupon")[0][0] == code


def test_an_upgrade_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = at_revision(tmp_path / "old.sqlite", "0001")
    with opened(path) as engine:
        with transaction(engine) as connection:
            connection.execute(text("CREATE TABLE sign_in_lock (in_the_way TEXT)"))
        before = described(engine)
        with pytest.raises(Exception, match="database could not do that"):
            schema.upgrade(engine)
        assert described(engine) == before
        assert schema.current(engine) == "0001"


def test_a_file_that_holds_none_of_our_tables_is_not_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with opened(path, create=True) as engine:
        with transaction(engine) as connection:
            connection.execute(text("CREATE TABLE recipes (name TEXT)"))
        with pytest.raises(StoreNotOurs, match="none of our tables"):
            bring_up_to_date(engine)
        assert list(described(engine)) == ["table recipes"]


def test_there_is_no_way_back() -> None:
    from importlib import import_module

    for file in Path(schema.__file__).parents[1].glob("migrations/versions/0*.py"):
        with pytest.raises(RuntimeError, match="copy made before"):
            import_module(f"db.migrations.versions.{file.stem}").downgrade()
