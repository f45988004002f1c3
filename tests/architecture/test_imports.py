"""What a room loads when it is opened: looked at in a new process, because only there nothing is loaded yet."""

from __future__ import annotations

import json
import sys
from subprocess import run

import pytest

LOOK = "import json, sys; {statement}; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
HEAVY = {
    "sqlalchemy",
    "sqlmodel",
    "pydantic",
    "alembic",
    "textual",
    "PIL",
    "escpos",
    "qrcode",
    "argon2",
    "babel",
    "uniseg",
    "budoux",
    "duckdb",
    "matplotlib",
    "scipy",
    "jinja2",
    "fsspec",
    "s3fs",
    "adlfs",
    "paramiko",
    "aiohttp",
    "botocore",
}


def loaded(statement: str) -> set[str]:
    """Top-level names of everything that is loaded after a statement."""
    done = run([sys.executable, "-c", LOOK.format(statement=statement)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


ROOMS = {
    "import pos_recovery": HEAVY | {"db", "receipts", "argparse"},
    "import db": HEAVY | {"pos_recovery", "receipts"},
    "import receipts": HEAVY | {"pos_recovery", "db"},
    "import pos_recovery.counter.recovery, pos_recovery.counter.aftercare, pos_recovery.counter.today_board": HEAVY
    - {"sqlalchemy", "sqlmodel", "pydantic"},
    "import pos_recovery.scanners.serial_port": HEAVY | {"db", "serial"},
    "import pos_recovery.opening.wiring": {"textual", "alembic", "escpos", "PIL", "qrcode", "argon2", "babel"},
    "from pos_recovery.rules import business_days, codes, money, text_cleaning": HEAVY | {"db", "receipts"},
    "import pos_recovery.settings.settings_file": HEAVY | {"receipts"},
    "import pos_recovery.commands.arguments; pos_recovery.commands.arguments.parser()": HEAVY | {"db", "receipts"},
    "import pos_recovery.export.places.upload, pos_recovery.export.closing.systemd_timer": HEAVY
    | {"db", "receipts", "tenacity"},
    "import pos_recovery.commands.dispatch": HEAVY | {"db", "receipts"},
    "from db.statements import coupons, print_jobs, reference, staff; import db.upkeep.schema, db.night.marks": {
        "pos_recovery", "receipts", "textual", "alembic", "escpos", "PIL", "psycopg",
    },
    "import pos_recovery.export.closing.close_day, pos_recovery.export.verify.verify, pos_recovery.commands.export": {
        "textual", "duckdb", "matplotlib", "scipy", "jinja2", "fsspec", "escpos",
        "PIL", "s3fs", "adlfs", "paramiko", "aiohttp", "botocore",
    },
    "import pos_recovery.export.counts.night_counts, pos_recovery.export.verify.verify": {
        "textual", "sqlalchemy", "duckdb", "scipy", "numpy",
    },
    "import receipts.layout.page, receipts.escpos.raster_job, receipts.printers.open_printer": {
        "pos_recovery", "db", "sqlalchemy", "sqlmodel", "textual", "alembic", "budoux",
    },
}  # fmt: skip


@pytest.mark.parametrize("statement", ROOMS)
def test_a_room_loads_nothing_it_should_not_know_or_does_not_need_yet(statement: str) -> None:
    assert loaded(statement) & ROOMS[statement] == set()


def test_the_driver_of_a_server_is_loaded_when_one_is_opened_and_not_before() -> None:
    assert "psycopg" not in loaded(
        "from db.connection.engine import open_engine; open_engine('sqlite:///nowhere.sqlite')"
    )
    assert "psycopg" in loaded(
        "from db.connection.engine import open_engine; open_engine('postgresql://nowhere/nothing')"
    )


def test_what_speaks_to_a_kind_of_storage_is_loaded_for_such_an_address_and_no_other() -> None:
    ask = "from pos_recovery.export.places.addresses import check_place; check_place('{}')"
    kinds = {"s3fs", "adlfs", "paramiko", "aiohttp", "botocore"}
    assert loaded(ask.format("memory://nights")) & kinds == set()
    assert loaded(ask.format("sftp://127.0.0.1:1/nights")) & kinds == {"paramiko"}


@pytest.mark.parametrize("words", [["version"], ["--version"], ["--help"], ["issue", "--help"]], ids=" ".join)
def test_version_and_help_cost_nothing(words: list[str]) -> None:
    statement = f"sys.argv[1:] = {words}; from pos_recovery.__main__ import main; main()"
    assert loaded(statement) & (HEAVY | {"db", "receipts"}) == set()


def test_looking_at_what_is_loaded_would_notice() -> None:
    """The twin: the same look sees a room that does load the database."""
    assert {"sqlalchemy", "db"} <= loaded("import db.statements.coupons")
