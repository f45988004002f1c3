"""Statements on what this register knows of its printers. The connection comes first; nothing here commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert as upsert

from db.tables import core_tables
from db.tables.column_types import Proof, member
from db.tables.facts import PrinterFact

_printer = core_tables.printer
_GET = select(_printer).where(_printer.c.url == bindparam("url"))
_NEW = upsert(_printer)
_KEEP = _NEW.on_conflict_do_update(
    index_elements=["url"],
    set_={"proof": _NEW.excluded.proof, "torn": _NEW.excluded.torn, "updated_at": _NEW.excluded.updated_at},
)
_letters = core_tables.printer_letters
_PAGES = select(_letters.c.pages).where(_letters.c.url == bindparam("url"))
_NEW_PAGES = upsert(_letters)
_KEEP_PAGES = _NEW_PAGES.on_conflict_do_update(
    index_elements=["url"],
    set_={"pages": _NEW_PAGES.excluded.pages, "updated_at": _NEW_PAGES.excluded.updated_at},
)


def get(connection: Connection, url: str) -> PrinterFact:
    """What is known of the printer at `url`; nothing, when nothing was ever sent to it."""
    row = connection.execute(_GET, {"url": url}).first()
    if row is None:
        return PrinterFact(proof=None, torn=False)
    return PrinterFact(proof=member(Proof, row.proof) if row.proof else None, torn=row.torn)


def keep(connection: Connection, url: str, known: PrinterFact, now: datetime) -> None:
    """Remember this of the printer."""
    connection.execute(_KEEP, {"url": url, "proof": known.proof, "torn": known.torn, "updated_at": now})


def pages(connection: Connection, url: str) -> str | None:
    """Which code pages of the printer at `url` a person has found right; empty: none; None: nobody has looked."""
    found: str | None = connection.execute(_PAGES, {"url": url}).scalar()
    return found


def keep_pages(connection: Connection, url: str, found: str, now: datetime) -> None:
    """Remember that a person has found these right, and no others."""
    connection.execute(_KEEP_PAGES, {"url": url, "pages": found, "updated_at": now})
