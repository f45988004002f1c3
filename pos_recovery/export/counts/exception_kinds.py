"""How each kind of exception is found: one SELECT for each, and the sentence that it is told in.

They ask the views and tables that `exceptions` lays out. The sentences are ours: nothing that was typed by people
stands in them, only ids and numbers. They say what happened and accuse nobody: most of it has a good reason, and who
asks kindly will hear it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pos_recovery.export.facts.run_inputs import Basis
from pos_recovery.rules.business_days import DRIFT_SHOWN_S

BURST_COUPONS = 5
BURST_MINUTES = 10
AT_ONCE_S = 120
"""Seconds between giving and voiding by the same person: a slip by mistake, or a drink without a guest."""
SECOND = 1_000_000
"""In microseconds."""
_MINUTE = 60 * SECOND
WHOSE = "hash(store, person, day)"
"""Stands for a person and day in the table `busy`; two may share it."""
COLUMNS = {
    "store": "VARCHAR", "register": "VARCHAR", "person": "BIGINT", "day": "DATE", "moment": "BIGINT", "code": "VARCHAR",
    "n": "BIGINT", "count": "BIGINT", "expected": "VARCHAR", "probability": "VARCHAR", "other_store": "VARCHAR",
    "other_register": "VARCHAR", "other_person": "BIGINT", "other_at": "BIGINT", "detail": "VARCHAR",
}  # fmt: skip
"""Of a finding, in the order of the file; times in microseconds since 1970."""

_ISSUER = {
    "other_store": "d.issuing_store", "other_register": "d.issuing_register", "other_person": "d.issuing_person",
    "other_at": "d.issued_at",
}  # fmt: skip


def _finding(source: str, **columns: str) -> str:
    """The SELECT of a finder: what is not named is absent. `place`: the name of a table whose place it is."""
    place = columns.pop("place", None)
    if place is not None:
        columns = {name: f"{place}.{name}" for name in ("store", "register", "person", "day", "moment")} | columns
    return (
        "SELECT "
        + ", ".join(f"CAST({columns.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in COLUMNS.items())
        + f" FROM {source}"
    )


def _offline_conflict(_: Basis) -> str:
    return _finding(
        "lost l", place="l", code="l.code", n="l.winner_n", other_store="l.winner_store",
        other_register="l.winner_register", other_person="l.winner_person", other_at="l.winner_at",
        detail="'This coupon was redeemed here without the hub, and also at ' || COALESCE('store ' || l.winner_store"
        " || ', register ' || l.winner_register || ' by person ' || l.winner_person, 'a place not on record here')"
        " || '; that redemption counts, and two drinks may have been given.'",
    )  # fmt: skip


def _over(above: int, up_to: int | None, name: str) -> str:
    """Days on which a person gave more than so many, at the first that this run tells."""
    bound = "" if up_to is None else f" AND w.many <= {up_to}"
    return _finding(
        f"crowded w WHERE w.many > {above}{bound}",
        place="w", code="w.code", count="w.many", expected=f"'{above}'",
        detail="'Person ' || w.person || ' gave ' || w.many || ' coupons on this day, ' ||"
        f" (w.many - {above}) || ' more than the {name} of {above}; '"
        f" || CASE w.earlier WHEN 0 THEN 'this is the first of all.' ELSE {_others('w.earlier')} || '.' END",
    )  # fmt: skip


def _others(earlier: str) -> str:
    return f"'earlier nights told ' || {earlier} || ' of them, and this is the first of the others'"


def _over_cap(basis: Basis) -> str:
    return _over(basis.cap, None, "cap")


def _over_allowance(basis: Basis) -> str:
    return _over(basis.allowance, basis.cap, "allowance")


def _redeemed_by_issuer(_: Basis) -> str:
    return _finding(
        "done d LEFT JOIN (SELECT code, max(n) AS n FROM done WHERE kind = 'reversed' GROUP BY code) r"
        " ON r.code = d.code AND r.n > d.n"
        " WHERE d.kind = 'redeemed' AND d.store = d.issuing_store AND d.person = d.issuing_person",
        place="d", code="d.code", n="d.n", **_ISSUER,
        detail="'Person ' || d.person || ' gave this coupon and redeemed it'"
        " || CASE WHEN r.n IS NULL THEN '.' ELSE '; the redemption was taken back later.' END",
    )  # fmt: skip


def _voided_at_once(_: Basis) -> str:
    took = f"(d.moment - d.issued_at) // {SECOND}"
    return _finding(
        "done d WHERE d.kind = 'voided' AND d.store = d.issuing_store AND d.person = d.issuing_person"
        f" AND d.moment - d.issued_at BETWEEN 0 AND {AT_ONCE_S * SECOND}",
        place="d", code="d.code", n="d.n", **_ISSUER,
        detail=f"'Person ' || d.person || ' gave this coupon and voided it after ' || {took} ||"
        f" CASE WHEN {took} = 1 THEN ' second.' ELSE ' seconds.' END",
    )  # fmt: skip


def _burst(_: Basis) -> str:
    """A coupon begins a window of ten minutes if five are in it. Windows that overlap are one burst.

    Of coupons given at one instant, a party's, one window is kept: what is counted on has to have one order.
    """
    window = BURST_MINUTES * _MINUTE
    minutes = f"greatest((b.lasted + {_MINUTE - 1}) // {_MINUTE}, 1)"
    whose = "PARTITION BY store, person, day ORDER BY moment"
    return _finding(
        f"""(
WITH windows AS (
  SELECT DISTINCT * FROM (SELECT store, person, day, moment FROM given
  WHERE {WHOSE} IN (SELECT whose FROM busy WHERE many >= {BURST_COUPONS})
  QUALIFY lead(moment, {BURST_COUPONS - 1}) OVER ({whose}) <= moment + {window})),
begun AS (
  SELECT *, COALESCE(lag(moment) OVER ({whose}) + {window} < moment, TRUE) AS begins FROM windows),
counted AS (
  SELECT *, sum(CAST(begins AS INTEGER)) OVER ({whose} ROWS UNBOUNDED PRECEDING) AS burst FROM begun),
bursts AS (
  SELECT store, person, day, min(moment) AS first, max(moment) + {window} AS last
  FROM counted GROUP BY store, person, day, burst)
SELECT u.store, u.person, u.day, u.first AS moment, count(*) AS many, max(g.moment) - u.first AS lasted,
  arg_min(g.code, (g.moment, g.code)) AS code, arg_min(g.register, (g.moment, g.code)) AS register
FROM bursts u JOIN given g
  ON g.store = u.store AND g.person = u.person AND g.day = u.day AND g.moment BETWEEN u.first AND u.last
GROUP BY u.store, u.person, u.day, u.first) b""",
        place="b", code="b.code", count="b.many",
        detail=f"'Person ' || b.person || ' gave ' || b.many || ' coupons within ' || {minutes}"
        f" || CASE {minutes} WHEN 1 THEN ' minute' ELSE ' minutes' END || '; this is the first of them.'",
    )  # fmt: skip


def _copies(_: Basis) -> str:
    return _finding(
        "(SELECT code, min(n) AS n, count(*) + COALESCE(any_value(p.many), 0) AS many,"
        " COALESCE(any_value(p.many), 0) AS earlier FROM done LEFT JOIN copied p USING (code)"
        " WHERE kind = 'reprinted' GROUP BY code HAVING count(*) + COALESCE(any_value(p.many), 0) > 1) m"
        " JOIN done d ON d.code = m.code AND d.n = m.n",
        place="d", code="d.code", n="d.n", count="m.many",
        detail="'This coupon was printed again ' || m.many || ' times; ' || CASE m.earlier WHEN 0"
        f" THEN 'this is the first' ELSE {_others('m.earlier')} END || '. It is good only once.'",
    )  # fmt: skip


def _goodwill(_: Basis) -> str:
    return _finding(
        "done d WHERE d.kind = 'goodwill'", place="d", code="d.code", n="d.n",
        detail="'Person ' || d.person || ' gave a drink as goodwill'"
        " || COALESCE('; what had gone wrong before: ' || d.reason, '') || '.'",
    )  # fmt: skip


def _clock_drift(_: Basis) -> str:
    facts = "SELECT store, register, person, day, moment, code, {} AS n, drift_s FROM {} WHERE drift_s > {}"
    worst = ", ".join(
        f"arg_min({name}, (-drift_s, moment, code, n)) AS {name}"
        for name in ("person", "moment", "code", "n", "drift_s")
    )
    told = f"{facts.format(0, 'given', DRIFT_SHOWN_S)} UNION ALL {facts.format('n', 'done', DRIFT_SHOWN_S)}"
    return _finding(
        f"(SELECT store, register, day, count(*) AS many, {worst} FROM ({told}) GROUP BY store, register, day) c",
        place="c", code="c.code", n="nullif(c.n, 0)", count="c.many",
        detail="'The clock of register ' || c.register || ' was up to ' || c.drift_s || ' seconds behind;"
        " facts written so: ' || c.many || '.'",
    )  # fmt: skip


def _dated_ahead(basis: Basis) -> str:
    facts = "a.many || CASE a.many WHEN 1 THEN ' fact' ELSE ' facts' END"
    waiting = "'the night of that day tells them.'"
    if basis.far is not None:
        now = "'this night tells them, marked by DatedAheadFlag, and no other will.'"
        waiting = f"CASE WHEN a.day > DATE '{basis.far}' THEN {now} ELSE {waiting} END"
    return _finding(
        "ahead a", store="a.store", register="a.register", day="a.day", count="a.many",
        detail=f"'Register ' || a.register || ' dated ' || {facts} || ' ' || a.day || ', a day that had not begun in"
        f" any store. Nothing is lost: ' || {waiting} || ' Set its clock.'",
    )  # fmt: skip


def _refusals(_: Basis) -> str:
    return _finding(
        "(SELECT store, day, kind, min(moment) AS moment, count(*) AS many FROM refused GROUP BY store, day, kind) r",
        store="r.store", day="r.day", moment="r.moment", count="r.many",
        detail="'Refused, ' || r.kind || ': ' || r.many || CASE WHEN r.many = 1 THEN ' time.' ELSE ' times.' END",
    )  # fmt: skip


def _register_silent(basis: Basis) -> str:
    """Of a run for a day that is closed already nothing else is new, so nobody is silent in it.

    Nor before the day is over: some open late.
    """
    told = " UNION ".join(f"SELECT store, register FROM {view}" for view in ("given", "done", "refused"))
    return _finding(
        f"(SELECT * FROM heard ANTI JOIN ({told}) USING (store, register)) h"
        f" WHERE {str(basis.over and basis.previous_day != basis.day).upper()}",
        store="h.store", register="h.register", day=f"DATE '{basis.day}'",
        detail="'Nothing was heard of register ' || h.register || '; it last gave or redeemed on '"
        " || h.last_day || '.'",
    )  # fmt: skip


def _more_than_usual(_: Basis) -> str:
    return _finding(
        "more o JOIN people p ON p.rowid = o.place",
        store="p.store", person="p.person", day="p.day", moment="p.moment", count="p.many",
        expected="o.expected", probability="o.probability",
        detail=f"'Person ' || p.person || ' gave ' || p.many || ' coupons ' || {_when('p')} || ', where ' || o.expected"
        " || ' are usual for one person. Ask what went wrong, and who can help. ' || o.method",
    )  # fmt: skip


def _fewer_than_usual(_: Basis) -> str:
    return _finding(
        "fewer o JOIN shifts s ON s.rowid = o.place", store="s.store", day="s.day",
        count="s.many", expected="o.expected", probability="o.probability",
        detail=f"'Coupons given ' || {_when('s')} || ': ' || s.many || ', where ' || o.expected || ' are usual."
        " Perhaps all went well; ask whether people feel free to give them. ' || o.method",
    )  # fmt: skip


def _when(name: str) -> str:
    part = f"CASE {name}.shift WHEN 'midday' THEN 'at midday' ELSE 'in the ' || {name}.shift END"
    return f"'on a ' || dayname({name}.day) || ' ' || {part}"


FINDERS: Mapping[str, Callable[[Basis], str]] = {
    "offline_conflict": _offline_conflict,
    "over_cap": _over_cap,
    "over_allowance": _over_allowance,
    "redeemed_by_issuer": _redeemed_by_issuer,
    "voided_at_once": _voided_at_once,
    "burst": _burst,
    "copies": _copies,
    "goodwill": _goodwill,
    "clock_drift": _clock_drift,
    "dated_ahead": _dated_ahead,
    "refusals": _refusals,
    "more_than_usual": _more_than_usual,
    "fewer_than_usual": _fewer_than_usual,
    "register_silent": _register_silent,
}
