"""Statements on the fonts that drew slips. The connection comes first; nothing here commits."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, insert, select

from db.tables import core_tables
from db.tables.facts import SlipFontFact, made

_font = core_tables.slip_font
_OF_CODE = select(_font).where(_font.c.code == bindparam("code")).order_by(_font.c.copy, _font.c.place)


def add(connection: Connection, code: str, copy: int, fonts: Iterable[tuple[str, int, str]]) -> None:
    """Record what drew a slip: file, face and SHA-256 of each font, in order. FactExists when that is recorded."""
    rows = [
        {"code": code, "copy": copy, "place": place, "file": file, "face": face, "sha256": sha256}
        for place, (file, face, sha256) in enumerate(fonts)
    ]
    if rows:
        connection.execute(insert(_font), rows)


def of_code(connection: Connection, code: str) -> dict[int, tuple[SlipFontFact, ...]]:
    """What drew each slip of a coupon, by its copy, the first one first; none for those that shipped faces drew."""
    by_copy: dict[int, tuple[SlipFontFact, ...]] = {}
    for row in connection.execute(_OF_CODE, {"code": code}):
        fact = made(SlipFontFact, dict(row._mapping))  # noqa: SLF001  the public name of SQLAlchemy's mapping view
        by_copy[fact.copy] = (*by_copy.get(fact.copy, ()), fact)
    return by_copy
