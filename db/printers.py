"""Statements on what this register knows of its printers. The connection comes first; nothing here commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert as upsert

from db.facts import PrinterFact
from db.models import PrinterRow
from db.types import Proof, member

_printer = PrinterRow.__table__  # type: ignore[attr-defined]  # SQLModel adds it; its types do not say so
_GET = select(_printer).where(_printer.c.url == bindparam("url"))
_NEW = upsert(_printer)
_KEEP = _NEW.on_conflict_do_update(
    index_elements=["url"],
    set_={"proof": _NEW.excluded.proof, "torn": _NEW.excluded.torn, "updated_at": _NEW.excluded.updated_at},
)
_KEEP_PAGES = _NEW.on_conflict_do_update(
    index_elements=["url"], set_={"pages": _NEW.excluded.pages, "updated_at": _NEW.excluded.updated_at}
)


def get(connection: Connection, url: str) -> PrinterFact:
    """What is known of the printer at `url`; nothing, when nothing was ever sent to it."""
    row = connection.execute(_GET, {"url": url}).first()
    if row is None:
        return PrinterFact(proof=None, torn=False)
    return PrinterFact(proof=member(Proof, row.proof) if row.proof else None, torn=row.torn, pages=row.pages)


def keep(connection: Connection, url: str, known: PrinterFact, now: datetime) -> None:
    """Remember this of the printer. What is known of its code pages stays."""
    connection.execute(_KEEP, {"url": url, "proof": known.proof, "torn": known.torn, "updated_at": now})


def keep_pages(connection: Connection, url: str, pages: str, now: datetime) -> None:
    """Remember which code pages a person has found right; empty: none but those that all printers have."""
    connection.execute(_KEEP_PAGES, {"url": url, "torn": False, "pages": pages, "updated_at": now})
