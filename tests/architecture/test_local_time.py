"""Who may say what time it is in a shop: our own rules, and nobody else's.

DuckDB and PostgreSQL carry rules of their own, and the machine's clock has a zone of its own. So SQL is told how many
minutes a shop is off and asks for no local time.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for room in ("db", "pos_recovery", "receipts")
    for path in sorted((ROOT / room).rglob("*.py"))
}
LOCAL_TIME = re.compile(
    r"AT\s+TIME\s+ZONE(?!\s+'UTC')|\btimezone\s*\(|\bSET\s+(\w+\s+)?TIME\s*ZONE\b(?!\s*=\s*'UTC')|\bnow\s*\(\)"
    r"|'now'|\bcurrent_(date|time)|\blocaltime|\bto_timestamp\s*\(|\bTIMESTAMPTZ\s+'(?![^']*\+00')",
    re.IGNORECASE,
)
LOOK_UPS = {"ZoneInfo", "available_timezones", "from_file", "no_cache", "gettz", "get_timezone", "get_localzone"}
MAY_LOOK_UP = {
    "pos_recovery/rules/time_zones.py": LOOK_UPS,
    "db/night/runs.py": {"ZoneInfo"},  # whether there is such a zone, and nothing of it
}
MAY_ASK_THE_MACHINE = {"pos_recovery/opening/doctor.py"}
"""To hold its clock against the shop's."""


@cache
def tree(source: str) -> ast.Module:
    return ast.parse(source)


def texts(source: str) -> Iterator[str]:
    """Every text of a module that is no docstring, with {} for what is put in."""
    nodes = list(ast.walk(tree(source)))
    within = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    alone = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within | alone:
            yield node.value


def asks(source: str) -> list[str]:
    return [found[0] for text in texts(source) for found in LOCAL_TIME.finditer(text)]


def calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Call):
            called = node.func
            yield called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""), node


def looked_up(source: str) -> set[str]:
    return {name for name, _ in calls(source)} & LOOK_UPS


def asks_the_machine(source: str) -> bool:
    return any(name == "astimezone" and not call.args for name, call in calls(source))


def test_no_sql_asks_a_database_for_a_local_time() -> None:
    found = {path: asks(source) for path, source in SOURCES.items()}
    assert {path: asked for path, asked in found.items() if asked} == {}


def test_zones_are_looked_up_in_one_place() -> None:
    found = {path: looked_up(source) - MAY_LOOK_UP.get(path, set()) for path, source in SOURCES.items()}
    assert {path: names for path, names in found.items() if names} == {}


def test_nobody_but_the_doctor_asks_for_the_machine_s_own_zone() -> None:
    assert {path for path, source in SOURCES.items() if asks_the_machine(source)} == MAY_ASK_THE_MACHINE


def test_the_look_would_notice() -> None:
    """The twin: what it is there to find, beside what may stand."""
    may_stand = "AT TIME ZONE 'UTC' + {minutes}), TIMESTAMPTZ '2026-11-01 00:00:00+00'", "SET GLOBAL TimeZone = 'UTC'"
    assert [asks(f"sql = {text!r}") for text in may_stand] == [[], []]
    for sql in (
        "at time zone z.name",
        "SELECT timezone(z.name, at)",
        "SET TimeZone = 'Europe/London'",
        "SELECT now()",
        "strftime('%H', at, 'localtime')",
        "WHERE day = CURRENT_DATE",
        "date('now')",
        "TIMESTAMPTZ '2026-11-01 00:00'",
    ):
        assert asks(f"sql = {sql!r}"), sql
    assert asks("sql = f\"EXTRACT(HOUR FROM {at} AT TIME ZONE '{zone}')\"")
    assert looked_up("from zoneinfo import ZoneInfo\nzone = ZoneInfo(name)") == {"ZoneInfo"}
    assert looked_up("import dateutil.tz\nzone = dateutil.tz.gettz(name)") == {"gettz"}
    assert asks_the_machine("at.astimezone()")
    assert not asks_the_machine("at.astimezone(zone)")
