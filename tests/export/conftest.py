"""Head offices, on both databases."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from db.connection.engine import open_engine, reading, transaction
from db.tables.models import Table
from tests.export.offices import HeadOffice
from tests.export.sftp_server import Sftp, serving
from tests.till import Till


@pytest.fixture
def work_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process beside (`worker_process`) imports the work of a test from where it is."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (Path(__file__).parents[2], *sys.path))))


@pytest.fixture
def office(till: Till, tmp_path: Path) -> HeadOffice:
    """Of the register's own ledger."""
    return HeadOffice(till.counter.engine, till.counter.home.ledger, tmp_path / "head office", till.clock)


@pytest.fixture
def sftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sftp]:
    """A server this user knows."""
    (tmp_path / "me" / ".ssh").mkdir(parents=True)
    (tmp_path / "served").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    with serving(tmp_path / "served") as server:
        (tmp_path / "me" / ".ssh" / "known_hosts").write_text(server.known_host())
        yield server


@pytest.fixture
def hub(postgres_url: str) -> Iterator[Engine]:
    """An empty PostgreSQL database with our tables."""
    engine = open_engine(postgres_url)
    yield engine
    engine.dispose()


@pytest.fixture
def moved(hub: Engine) -> Callable[[Till], Engine]:
    """Brings everything that a till has on record to the hub, which had nothing yet."""

    def bring(till: Till) -> Engine:
        with reading(till.counter.engine) as here, transaction(hub) as there:
            for table in Table.metadata.sorted_tables:
                rows = [dict(row._mapping) for row in here.execute(select(table))]
                if rows:
                    there.execute(insert(table), rows)
        return hub

    return bring
