"""Which tables a database has, and bringing them up to date.

Asking is cheap (one row by plain SQL); only upgrading imports Alembic, which takes longer to load than the register
takes to paint. `REVISIONS` is written by hand and a test holds it against the files.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, text

from db.connection.engine import is_server, reading, transaction
from db.connection.errors import (
    ServerEmpty,
    ServerOutdated,
    StoreDamaged,
    StoreError,
    StoreNotOurs,
    StoreOutdated,
    StoreTooNew,
    of_file,
    translated,
)

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010")
HEAD = REVISIONS[-1]
_HAS_VERSION = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'",
    "postgresql": "SELECT to_regclass('alembic_version')",
}
"""Not SQLAlchemy's inspector: it asks more than one question, and the register asks this before it paints."""


def current(engine: Engine) -> str | None:
    """The database's revision; None when it has no tables of ours.

    Raises:
        StoreError: It cannot be read.
    """
    with reading(engine) as connection:
        if connection.execute(text(_HAS_VERSION[engine.dialect.name])).scalar() is None:
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def require_current(engine: Engine) -> None:
    """Check that this program and the database fit together.

    Raises:
        StoreTooNew: A newer program wrote it.
        StoreOutdated: An older one did; `upgrade` mends that.
        StoreNotOurs: It is a file and holds tables, and none of ours.
        StoreDamaged: It is a file and was emptied, or says of its tables what no revision is.
        ServerEmpty: It is a server's and holds none.
    """
    found = current(engine)
    if found == HEAD:
        return
    if found is None:
        if is_server(engine):
            raise ServerEmpty
        raise StoreNotOurs if _holds_anything(engine) else StoreDamaged("(It is empty.)")
    if found not in REVISIONS:
        raise unknown(found)
    outdated = ServerOutdated if is_server(engine) else StoreOutdated
    raise outdated(f"(tables {found}; this version has {HEAD})")


def unknown(found: object) -> StoreError:
    """What a revision means that is none of ours: a later one, or damage. They are four digits and counted up."""
    if isinstance(found, str) and re.fullmatch("[0-9]{4}", found) and found > HEAD:
        return StoreTooNew(f"(tables {found}; this version knows {HEAD})")
    return StoreDamaged("(It does not say which tables it has.)")


def _holds_anything(engine: Engine) -> bool:
    """Whether a file has any table, whoever made it."""
    with reading(engine) as connection:
        return connection.execute(text("SELECT 1 FROM sqlite_master LIMIT 1")).scalar() is not None


def file_of(engine: Engine) -> Path:
    """The file of a SQLite engine."""
    with reading(engine) as connection:
        files = {name: file for _, name, file in connection.execute(text("PRAGMA database_list"))}
    return Path(files["main"])  # a connection that has altered a table has a "temp" as well


def copy_before_upgrade(engine: Engine) -> Path:
    """Put a whole copy of the file beside it, named by the revision it will be upgraded to. Returns its path.

    It is for the owner's eyes alone, whoever may read the ledger: PIN hashes fall to anybody who can copy them. What a
    copy that was killed left behind is taken away, so one program may do this at a time.

    SQLite only: a server is copied by whoever keeps it, with its own tools.

    Raises:
        StoreError: No copy could be made; the upgrade should wait.
    """
    path = file_of(engine)
    target = path.with_name(f"{path.stem}.before-{HEAD}{path.suffix}")
    unfinished = target.with_name(f"{target.name}.part")
    for left in path.parent.glob(f"{path.stem}.before-*.part*"):
        left.unlink(missing_ok=True)
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            owner = path.stat()
            os.chown(unfinished, owner.st_uid, owner.st_gid)
        with translated(), closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as copy:
            source.backup(copy)
        return unfinished.replace(target)
    except OSError as error:
        raise of_file(error, unfinished) from error
    finally:
        unfinished.unlink(missing_ok=True)


def upgrade(engine: Engine, to: str = HEAD) -> None:
    """Run the migrations up to `to`, all in one transaction: either all of them hold or none.

    Raises:
        StoreError: Nothing was changed.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.set_main_option("path_separator", "os")
    with transaction(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
