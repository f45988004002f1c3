"""A server at its worst: every way in which it cannot be used, reached for real.

Each says one sentence about what happened, what is safe and what to do, and repeats no row.
"""

from __future__ import annotations

import socket
import traceback
from collections.abc import Iterator
from typing import cast

import psycopg
import pytest
from psycopg import errors as server_says
from sqlalchemy import Connection, Engine, text

from db.connection.engine import open_engine, reading, transaction
from db.connection.errors import (
    FactExists,
    ServerBusy,
    ServerLacksIt,
    ServerReadOnly,
    ServerShut,
    ServerSilent,
    StoreBroken,
    StoreDamaged,
    StoreDiskTrouble,
    StoreError,
    StoreFull,
    translate_psycopg,
    translated,
)
from tests.postgres import LOCKED, Server


def said(error: StoreError) -> str:
    """The sentence, which is one line of whole sentences."""
    sentence = str(error)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def fails(url: str, kind: type[StoreError]) -> str:
    engine = open_engine(url, busy_timeout_s=1)
    with pytest.raises(kind) as failed, reading(engine):
        pass
    engine.dispose()
    assert type(failed.value) is kind
    return said(failed.value)


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


# Getting in


def test_a_server_that_is_not_there_is_said() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        sentence = fails(f"postgresql://till:secret@127.0.0.1:{nobody.getsockname()[1]}/chain", ServerSilent)
    assert sentence.startswith("The database server does not answer.")
    assert "refused" in sentence
    assert "secret" not in sentence


def test_a_server_that_says_nothing_is_waited_for_no_longer_than_agreed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        fails(f"postgresql://127.0.0.1:{mute.getsockname()[1]}/chain", ServerSilent)


def test_a_host_nobody_knows_is_said() -> None:
    assert "resolve host" in fails("postgresql://nowhere.invalid/chain", ServerSilent)


def test_a_database_the_server_does_not_have_is_said(postgres_server: Server) -> None:
    sentence = fails(postgres_server.url("chian"), ServerLacksIt)
    assert sentence.startswith("The server has no database of that name.")
    assert '"chian"' in sentence


def test_a_user_the_server_does_not_know_is_said(postgres_server: Server) -> None:
    assert "does not let us in" in fails(postgres_server.url("postgres", user="stranger"), ServerShut)


def test_a_user_who_may_not_enter_is_said(postgres_server: Server) -> None:
    url = postgres_server.database()
    name = url.partition("@/")[2].partition("?")[0]
    postgres_server.admin(f"CREATE ROLE doorman_{name} LOGIN")
    postgres_server.admin(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    fails(postgres_server.url(name, user=f"doorman_{name}"), ServerShut)


def test_a_wrong_password_is_said(postgres_server: Server) -> None:
    postgres_server.admin(f"CREATE ROLE {LOCKED} LOGIN PASSWORD 'right'")
    engine = open_engine(postgres_server.url("postgres", user=f"{LOCKED}:right"))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT current_user")).scalar() == LOCKED
    engine.dispose()
    for password in (":wrong", ""):
        sentence = fails(postgres_server.url("postgres", user=f"{LOCKED}{password}"), ServerShut)
        assert "user and password" in sentence
        assert "wrong" not in sentence


def test_a_server_that_is_full_is_busy(postgres_server: Server) -> None:
    postgres_server.admin("CREATE ROLE lonely LOGIN CONNECTION LIMIT 1")
    url = postgres_server.url("postgres", user="lonely")
    with psycopg.connect(url):
        assert "others came first" in fails(url, ServerBusy)


@pytest.mark.parametrize("url", ["mysql://host/chain", "postgresql+psycopg2://u:secret@host/chain", "secret", ""])
def test_another_kind_of_database_is_a_mistake_of_the_caller(url: str) -> None:
    with pytest.raises(ValueError, match="database URL") as failed:
        open_engine(url)
    assert "secret" not in "".join(traceback.format_exception(failed.value))


# Inside


def test_a_connection_that_is_cut_is_said_and_the_next_one_works(engine: Engine) -> None:
    with pytest.raises(ServerSilent, match="may have been made as a whole"), transaction(engine) as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_of_two_transactions_that_cannot_both_hold_one_is_told_to_try_again(engine: Engine) -> None:
    serial = engine.execution_options(isolation_level="SERIALIZABLE")
    count = text("INSERT INTO reason SELECT CAST(:id AS text), count(*)::text FROM reason")

    def overtaken(one: Connection) -> None:
        one.execute(count, {"id": "one"})
        with transaction(serial) as other:
            other.execute(count, {"id": "other"})
        one.execute(text("SELECT * FROM reason"))

    with pytest.raises(ServerBusy) as failed, transaction(serial) as one:
        overtaken(one)
    assert said(failed.value).endswith("Try again in a moment.")
    assert "40001" in failed.value.detail


def test_a_lock_that_is_held_for_too_long_is_busy(engine: Engine) -> None:
    with transaction(engine) as holder:
        holder.execute(text("LOCK TABLE reason"))
        with pytest.raises(ServerBusy), transaction(engine) as waiting:
            waiting.execute(text("LOCK TABLE reason NOWAIT"))


def test_what_a_user_may_not_do_is_said(postgres_server: Server, postgres_url: str) -> None:
    postgres_server.admin("CREATE ROLE onlooker LOGIN")
    engine = open_engine(postgres_url.replace("postgres@", "onlooker@"))
    with pytest.raises(ServerShut, match="permission denied for table coupon"), reading(engine) as connection:
        connection.execute(text("SELECT * FROM coupon"))
    engine.dispose()


def test_writing_where_one_may_only_read_is_said(engine: Engine) -> None:
    with pytest.raises(ServerReadOnly) as failed, reading(engine) as connection:
        connection.execute(text("CREATE TABLE notes (note text)"))
    assert said(failed.value).startswith("The database may be read but not written.")


def test_a_row_that_is_there_already_is_a_lost_race(engine: Engine) -> None:
    row = text("INSERT INTO reason VALUES ('late', 'Late')")
    with transaction(engine) as connection:
        connection.execute(row)
    with pytest.raises(FactExists), transaction(engine) as connection:
        connection.execute(row)


def bare(connection: Connection) -> psycopg.Connection:
    """The driver's connection behind one of SQLAlchemy's."""
    return cast("psycopg.Connection", connection.connection.driver_connection)


SECRET = "argon2id-of-Ana"


def test_an_error_does_not_repeat_the_row(engine: Engine) -> None:
    """Logs print an error with all its causes; rows hold notes and PIN hashes."""
    with transaction(engine) as connection:
        connection.execute(text("INSERT INTO store VALUES ('harbour', 'Harbour St', 'UTC', 'CZK')"))
    with pytest.raises(StoreBroken, match="ck_staff_role") as failed, transaction(engine) as connection:
        connection.execute(text(f"INSERT INTO staff VALUES ('harbour', 1, 'Ana', 'owner', '{SECRET}', true)"))  # noqa: S608
    assert SECRET not in "".join(traceback.format_exception(failed.value))


def test_the_driver_s_own_error_would_repeat_it(engine: Engine) -> None:
    """The twin."""
    with engine.connect() as connection, pytest.raises(psycopg.errors.NotNullViolation, match=SECRET):
        bare(connection).execute("INSERT INTO staff VALUES ('harbour', 1, NULL, 'barista', %s, true)", [SECRET])


def test_an_error_of_the_bare_driver_is_told_the_same_way(engine: Engine) -> None:
    """COPY goes past SQLAlchemy."""
    with engine.connect() as connection, pytest.raises(StoreBroken, match=r"nowhere.+42P01"), translated():
        bare(connection).execute("COPY nowhere TO STDOUT")


def test_what_the_driver_does_not_send_is_no_fault_of_the_line(engine: Engine) -> None:
    with pytest.raises(StoreBroken, match="NUL"), transaction(engine) as connection:
        connection.execute(text("INSERT INTO reason VALUES ('late', :name)"), {"name": "a\0b"})


@pytest.mark.parametrize(
    ("says", "kind"),
    [
        (server_says.DiskFull, StoreFull),
        (server_says.IoError, StoreDiskTrouble),
        (server_says.DataCorrupted, StoreDamaged),
        (server_says.IndexCorrupted, StoreDamaged),
        (server_says.DeadlockDetected, ServerBusy),
        (server_says.OutOfMemory, ServerBusy),
        (server_says.ConnectionFailure, ServerSilent),
        (server_says.CannotConnectNow, ServerSilent),
        (server_says.QueryCanceled, ServerBusy),
        (server_says.ForeignKeyViolation, StoreBroken),
        (server_says.CheckViolation, StoreBroken),
        (server_says.SyntaxError, StoreBroken),
    ],
)
def test_what_cannot_be_had_here_is_told_by_its_number(says: type[psycopg.Error], kind: type[StoreError]) -> None:
    told = translate_psycopg(says("in its own words"), is_lost=True)
    assert type(told) is kind
    assert isinstance(told, StoreError)
    assert str(says.sqlstate) in said(told)
