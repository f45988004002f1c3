"""What a room loads when it is opened: looked at in a new process, because only there nothing is loaded yet."""

from __future__ import annotations

import json
import os
import sys
from subprocess import run

import pytest

from pos_recovery.system.locations import HOME_VARIABLE, PIN_VARIABLE, Home
from tests.till import LEAD_PIN

LOOK = "import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"
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
    "jinja2",
    "fsspec",
    "obstore",
    "paramiko",
}
BUILDS_TABLES = {"sqlmodel", "pydantic", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql", "alembic", "psycopg"}
"""The tables are built of these; statements on them are not."""
DRAWS = {"PIL", "uharfbuzz", "uniseg", "bidi", "qrcode", "escpos", "receipts.drawing.page", "receipts.fonts.faces"}
"""What a slip is laid out and drawn with."""
OF_HEAD_OFFICE = {
    "pos_recovery.export.closing.close_day",
    "pos_recovery.backup.make",
    "duckdb",
    "jinja2",
    "fsspec",
}


def loaded(statement: str) -> set[str]:
    """The names of all modules that are loaded after a statement."""
    return told(LOOK.format(statement=statement))


def told(script: str, **environment: str) -> set[str]:
    """What a script in a new process says last: names, as a JSON list."""
    done = run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


ROOMS = {
    "import pos_recovery": HEAVY | {"db", "receipts", "argparse"},
    "import db": HEAVY | {"pos_recovery", "receipts"},
    "import receipts": HEAVY | {"pos_recovery", "db"},
    "import pos_recovery.counter.recovery, pos_recovery.counter.aftercare, pos_recovery.counter.today_board": HEAVY
    - {"sqlalchemy"},
    "import pos_recovery.scanners.serial_port": HEAVY | {"db", "serial"},
    "import pos_recovery.opening.wiring": BUILDS_TABLES | DRAWS | {"textual", "argon2", "babel"},
    "from pos_recovery.rules import business_days, codes, money, text_cleaning": HEAVY | {"db", "receipts"},
    "import pos_recovery.settings.settings_file": HEAVY | {"receipts"},
    "import pos_recovery.commands.arguments; pos_recovery.commands.arguments.parser()": HEAVY | {"db", "receipts"},
    "import pos_recovery.export.places.upload, pos_recovery.export.closing.systemd_timer": HEAVY
    | {"db", "receipts", "tenacity"},
    "import pos_recovery.commands.dispatch": HEAVY | {"db", "receipts"},
    "from db.statements import coupons, print_jobs, reference, staff; import db.upkeep.schema, db.night.marks": {
        "pos_recovery", "receipts", "textual", *BUILDS_TABLES,
    },
    "import pos_recovery.export.closing.close_day, pos_recovery.export.verify.verify, pos_recovery.commands.export": {
        "textual", "duckdb", "jinja2", "fsspec", "escpos", "PIL", "obstore", "paramiko",
    },
    "import pos_recovery.export.counts.night_counts, pos_recovery.export.verify.verify": {
        "textual", "sqlalchemy", "duckdb",
    },
    "import pos_recovery.tui.app, pos_recovery.tui.screens.sign_in": HEAVY - {"textual"} | DRAWS,
    "import receipts.printers.open_printer, receipts.transport.tcp": DRAWS | {"pos_recovery", "db"},
    "import receipts.drawing.page, receipts.escpos.raster_job, receipts.printers.open_printer": {
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
    ask = "from pos_recovery.export.places.open_place import check_place; check_place('{}')"
    kinds = {"obstore", "paramiko", "fsspec"}
    assert loaded(ask.format("memory://nights")) & kinds == {"fsspec"}
    assert loaded(ask.format("sftp://127.0.0.1:1/nights")) & kinds == {"paramiko"}
    assert loaded(ask.format("s3://bucket/nights")) & kinds == {"obstore"}


@pytest.mark.parametrize("words", [["version"], ["--version"], ["--help"], ["issue", "--help"]], ids=" ".join)
def test_version_and_help_cost_nothing(words: list[str]) -> None:
    statement = f"sys.argv[1:] = {words}; from pos_recovery.__main__ import main; main()"
    assert loaded(statement) & (HEAVY | {"db", "receipts"}) == set()


COMMAND = """
import json, sys
sys.argv[1:] = {words}
from pos_recovery.__main__ import main
assert main() == 0
print(json.dumps(sorted(sys.modules)))
"""


def loaded_by_command(home: Home, *words: str) -> set[str]:
    """The names of all modules that a command of a register has loaded when it is done."""
    here = {HOME_VARIABLE: str(home.folder), PIN_VARIABLE: LEAD_PIN}
    return told(COMMAND.format(words=list(words)), **here)


def test_a_command_that_gives_a_coupon_builds_no_tables(home: Home) -> None:
    kept_out = BUILDS_TABLES | OF_HEAD_OFFICE | {"textual"}
    assert loaded_by_command(home, "issue", "late", "--no-print") & (kept_out | DRAWS | {"babel"}) == set()
    assert loaded_by_command(home, "issue", "late") & kept_out == set()


REGISTER = """
import asyncio, json, sys
from pos_recovery.system.locations import find_home
from pos_recovery.tui.app import RegisterApp

async def look():
    app = RegisterApp(find_home(None))
    async with app.run_test() as pilot:
        while app.session.printer is None:
            await pilot.pause(0.01)
        {then}
        print(json.dumps(sorted(sys.modules)))

asyncio.run(look())
"""
UNTIL_IT_DRAWS = """
        await pilot.press("2")
        while not {"receipts.drawing.preview", "escpos.printer.dummy"} <= set(sys.modules):
            await pilot.pause(0.01)
"""


def test_a_register_that_nobody_has_touched_has_loaded_nothing_that_comes_after_sign_in(home: Home) -> None:
    there = told(REGISTER.format(then=""), **{HOME_VARIABLE: str(home.folder)})
    assert {"textual", "sqlalchemy", "receipts.printers.open_printer"} <= there
    assert there & (BUILDS_TABLES | DRAWS | OF_HEAD_OFFICE | {"babel", "argon2"}) == set()


def test_a_register_that_somebody_touches_has_loaded_what_draws_a_slip(home: Home) -> None:
    """The twin: while the PIN is typed."""
    there = told(REGISTER.format(then=UNTIL_IT_DRAWS.strip()), **{HOME_VARIABLE: str(home.folder)})
    assert there >= DRAWS
    assert there & (BUILDS_TABLES | OF_HEAD_OFFICE) == set()


def test_looking_at_what_is_loaded_would_notice() -> None:
    """The twin: the same look sees a room that does load the database."""
    assert {"sqlalchemy", "db"} <= loaded("import db.statements.coupons")
