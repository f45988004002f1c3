"""What a night file holds: each fact of a run in the words of the world outside. Which those are: `span`.

Field names are those of ARTS POSLog where it has one. The database does all of the writing in words (local times with
their offset, money as decimal text): it is several times faster at it than Python, and the same statement can be given
to the database's own tool, which is what the speed of the night file is held against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from db.night.columns import DECIMALS, FORMAT, Facts, Field, Type, as_line, of_format
from db.night.span import Span

PLACED = "COALESCE(z.shown, '') <> ''"
"""The run knows what the fact's store's clocks showed. If not it is left out, and missed when rows are counted. Said so
that PostgreSQL does not make a plain join of it (see `_Words.place`)."""
PRICED = "COALESCE(k.scale, 0) > 0"
"""The same of its currency."""


@dataclass(frozen=True, slots=True)
class Offset:
    """What a zone's clocks show, in one stretch of time between two changes."""

    zone: str
    since: datetime
    """UTC, without zone."""
    until: datetime
    minutes: int
    """East of UTC."""

    @property
    def shown(self) -> str:
        """As it stands behind a time: +01:00."""
        hours, minutes = divmod(abs(self.minutes), 60)
        return f"{'-' if self.minutes < 0 else '+'}{hours:02d}:{minutes:02d}"


@dataclass(frozen=True, slots=True)
class Shown:
    """How facts are put in words: what was known of stores, zones and currencies when they were first told."""

    offsets: Sequence[Offset]
    """Of every zone, without gaps, for all the time that facts are of."""
    scales: Mapping[str, int]
    """Minor units in one of each currency."""
    moved: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Stores that had another zone or currency than their row says now, and which."""
    format: int = FORMAT
    """Of the night's files, which says what columns they have."""


def facts(span: Span, shown: Shown, dialect: str) -> tuple[Facts, Facts, Facts]:
    """The files of facts of a run.

    Args:
        span: Which facts.
        shown: How they are put in words.
        dialect: "sqlite" or "postgresql".
    """
    words = _Words(span, shown, is_server=dialect == "postgresql")
    coupon = (
        f"coupon c {words.place('c', 'c.issued_at')} LEFT JOIN k ON k.currency = c.currency\n"
        f"WHERE {span.taken('coupon', 'c')} AND {PLACED} AND {PRICED}\nORDER BY c.code"
    )
    event = (
        f"coupon_event e {words.place('e', 'e.at')}\n"
        f"LEFT JOIN coupon c ON c.code = e.code AND {span.told('coupon', 'c')}\n"
        f"{words.issuing()}\nLEFT JOIN k ON k.currency = COALESCE(c.currency, {words.currency})\n"
        f"WHERE {span.taken('coupon_event', 'e')} AND {PLACED} AND {PRICED}\nORDER BY e.code, e.n"
    )
    refusal = f"refusal r {words.place('r', 'r.at')}\nWHERE {span.taken('refusal', 'r')} AND {PLACED}\nORDER BY r.id"
    return (
        words.told("coupons", "Every coupon given.", words.coupon(), coupon),
        words.told("events", "What became of coupons.", words.event(), event),
        words.told("refusals", "What was tried and not allowed.", words.refusal(), refusal),
    )


@dataclass(frozen=True, slots=True)
class ByClock:
    """What a query of facts needs that asks for the hour on their store's clocks."""

    tables: str
    """What stands behind its WITH."""
    joins: str
    """What stands behind the facts' own table."""
    known: str
    """The condition: that its store's clocks are known."""
    hour: str
    """The expression: 0 to 23."""


def by_clock(span: Span, shown: Shown, dialect: str, name: str, at: str) -> ByClock:
    """For facts whose table is called `name` in the query, and whose time stands in its column `at`."""
    words = _Words(span, shown, is_server=dialect == "postgresql")
    column = f"{name}.{at}"
    return ByClock(f"{words.offsets()},\n{words.moved()}", words.place(name, column), PLACED, words.hour(column).sql)


class _Words:
    """Facts in words, for one of the two databases."""

    def __init__(self, span: Span, shown: Shown, *, is_server: bool) -> None:
        self.span, self.shown, self.is_server = span, shown, is_server

    def told(self, name: str, description: str, fields: tuple[Field, ...], source: str) -> Facts:
        fields = of_format(fields, self.shown.format)
        cells = [self.written(each) for each in fields]
        columns = ",\n  ".join(f'{cell} AS "{each.name}"' for each, cell in zip(fields, cells, strict=True))
        known = f"WITH {self.offsets()},\n{self.scales()},\n{self.moved()}\n"
        statement = f"{known}SELECT\n  {columns}\nFROM {source}"
        lines = "" if self.is_server else f"{known}SELECT {as_line(fields, cells)}\nFROM {source}"
        return Facts(name, description, fields, statement, self.shown.format, lines)

    def written(self, each: Field) -> str:
        """What is absent is empty text on SQLite: a column that is NULL at first would be taken for a number."""
        if each.type == "boolean":
            absent = (
                f"WHEN ({each.sql}) IS NULL THEN {'NULL' if self.is_server else chr(39) * 2} " if each.optional else ""
            )
            return f"CASE {absent}WHEN {each.sql} THEN 'true' ELSE 'false' END"
        if each.type in ("string", "datetime", "number"):
            return f"COALESCE({each.sql}, '')" if each.optional else each.sql
        if each.optional and not self.is_server:
            return f"COALESCE(CAST({each.sql} AS TEXT), '')"
        return each.sql

    def place(self, name: str, at: str) -> str:
        """A fact's store, and what its clocks show at some time: `z`.

        LEFT, though every time has one: a plain join lets PostgreSQL think that few rows are left, and the next is then
        a loop. (200,000 events: 3.3 s with plain joins; 2.1 s like this, with `on_clocks`.) SQLite would look for the
        times of each stretch in an index, and read rows here and there. The plus sign, which does nothing else, lets it
        pass through the rows as they lie: a quarter less time with 2.4 million.
        """
        if self.is_server:
            return self.on_clocks("z", name, at)
        return (
            f"JOIN store s ON s.id = {name}.store LEFT JOIN moved m ON m.store = s.id "
            f"LEFT JOIN z ON z.zone = COALESCE(m.zone, s.timezone) AND +{at} >= z.since AND +{at} < z.until"
        )

    def issuing(self) -> str:
        """The same of the store that gave the coupon: `y`."""
        if self.is_server:
            return self.on_clocks("y", "c", "c.issued_at")
        return (
            "LEFT JOIN store t ON t.id = c.store LEFT JOIN moved w ON w.store = c.store LEFT JOIN z y"
            " ON y.zone = COALESCE(w.zone, t.timezone) AND c.issued_at >= y.since AND c.issued_at < y.until"
        )

    def on_clocks(self, alias: str, name: str, at: str) -> str:
        """Stores and stretches are joined first: a small table, which each of the server's processes keeps."""
        return (
            "LEFT JOIN (SELECT s.id AS store, COALESCE(m.currency, s.currency) AS currency, z.* FROM store s"  # noqa: S608  ours
            " LEFT JOIN moved m ON m.store = s.id JOIN z ON z.zone = COALESCE(m.zone, s.timezone))"
            f" {alias} ON {alias}.store = {name}.store AND {at} >= {alias}.since AND {at} < {alias}.until"
        )

    @property
    def currency(self) -> str:
        """The expression for that of a fact's store."""
        return "z.currency" if self.is_server else "COALESCE(m.currency, s.currency)"

    def coupon(self) -> tuple[Field, ...]:
        return (
            self.code("c.code"),
            *self.where("c"),
            self.at("BeginDateTime", "c.issued_at", "When it was given."),
            self.hour("c.issued_at"),
            Field("OperatorID", "integer", "Who gave it: the number of a person of this store.", "c.staff"),
            TRAINING,
            Field("ReasonCode", "string", "What went wrong.", "c.reason"),
            self.said("ItemDescription", "c.item", "What had been ordered."),
            self.said("Note", "c.note", "What the barista wrote."),
            Field("RemadeFlag", "boolean", "Whether the order was remade at once.", "c.remade"),
            Field("NoticedFirstFlag", "boolean", "Whether we offered before the guest complained.", "c.noticed_first"),
            Field("LanguageCode", "string", "The language of the slip (BCP 47).", "c.language"),
            Field("ExpirationDate", "date", "The last business day on which it is good.", "c.expires_on"),
            *self.money("c.cost_minor", "What the drink costs the house"),
            Field("CurrencyCode", "string", "ISO 4217.", "c.currency"),
            Field("RequestID", "string", "The request that made it.", "c.request_id", varied=True),
            DRIFT.of("c"),
            LATE.of(self.span.late("c")),
            AHEAD.of(self.span.ahead("c")),
            replace(DECIMALS, sql="k.decimals"),
        )

    def event(self) -> tuple[Field, ...]:
        before = (
            "CASE WHEN e.kind IN ('ended', 'reversed') THEN (SELECT p.ending FROM coupon_event p WHERE p.code = e.code"  # noqa: S608  ours
            f" AND p.n < e.n AND p.kind IN ('redeemed', 'ended', 'reversed') AND {self.span.told('coupon_event', 'p')}"
            " ORDER BY p.n DESC LIMIT 1) END"
        )
        return (
            self.code("e.code"),
            Field("EventNumber", "integer", "Counted from 1 for each coupon.", "e.n"),
            Field("EventType", "string", "redeemed, reversed, voided, goodwill, reprinted or ended.", "e.kind"),
            *self.where("e"),
            self.at("BeginDateTime", "e.at", "When it was."),
            self.hour("e.at"),
            Field("OperatorID", "integer", "Who did it: the number of a person of this store.", "e.staff"),
            TRAINING,
            Field("EndingCode", "string", "How the story ended, once somebody said.", "e.ending", optional=True),
            Field(
                "PreviousEndingCode", "string", "Ended, reversed: the ending that was told before, and is taken back.",
                before, optional=True,
            ),
            self.said("Note", "e.note", "Why, or what was refused."),
            Field("OfflineFlag", "boolean", "Whether it was decided without the hub.", "e.offline"),
            *self.money("e.cost_minor", "What was given costs the house", optional=True),
            Field("CurrencyCode", "string", "ISO 4217.", "k.currency"),
            Field("RequestID", "string", "The request that made it.", "e.request_id", varied=True),
            DRIFT.of("e"),
            LATE.of(self.span.late("e")),
            Field("CouponKnownFlag", "boolean", "Whether its coupon is told by now.", "c.code IS NOT NULL"),
            Field("IssuingRetailStoreID", "string", "The store that gave the coupon.", "c.store", optional=True),
            Field("IssuingWorkstationID", "string", "The register that did.", "c.register", optional=True),
            Field("IssuingOperatorID", "integer", "Who did.", "c.staff", optional=True),
            Field("IssuingBusinessDayDate", "date", "On which business day.", "c.business_date", optional=True),
            self.at("IssuingDateTime", "c.issued_at", "When.", zone="y", optional=True),
            Field("ReasonCode", "string", "What had gone wrong.", "c.reason", optional=True),
            Field("NoticedFirstFlag", "boolean", "Whether we had offered first.", "c.noticed_first", optional=True),
            Field("ExpirationDate", "date", "Its last business day.", "c.expires_on", optional=True),
            Field("CouponCostMinor", "integer", "The coupon's cost, in minor units.", "c.cost_minor", optional=True),
            AHEAD.of(self.span.ahead("e")),
            replace(DECIMALS, sql="k.decimals"),
        )  # fmt: skip

    def refusal(self) -> tuple[Field, ...]:
        return (
            Field("RefusalID", "string", "Drawn by lot.", "r.id", varied=True),
            Field("RefusalCode", "string", "already_redeemed, voided, expired, unknown, locked_out …", "r.kind"),
            Field(
                "EntryMethodCode",
                "string",
                "typed, scanned or command; absent: not by a code.",
                "r.entry",
                optional=True,
            ),
            self.said("EnteredText", "r.raw", "What was typed or scanned."),
            self.code("r.code", optional=True),
            *self.where("r"),
            self.at("BeginDateTime", "r.at", "When it was."),
            self.hour("r.at"),
            Field(
                "OperatorID", "integer", "Who tried: the number of a person of this store.", "r.staff", optional=True
            ),
            TRAINING,
            LATE.of(self.span.late("r")),
            AHEAD.of(self.span.ahead("r")),
        )

    def where(self, name: str) -> tuple[Field, ...]:
        return (
            Field("RetailStoreID", "string", "The store.", f"{name}.store"),
            Field("WorkstationID", "string", "The register.", f"{name}.register"),
            Field("BusinessDayDate", "date", "The store's business day of the fact.", f"{name}.business_date"),
        )

    def code(self, column: str, *, optional: bool = False) -> Field:
        hyphens = f"substr({column}, 1, 4) || '-' || substr({column}, 5, 4) || '-' || substr({column}, 9, 4)"
        return Field(
            "CouponCode",
            "string",
            "As on the slip; with hyphens no spreadsheet takes it for a number.",
            hyphens,
            optional,
            varied=True,
        )

    def said(self, name: str, column: str, description: str) -> Field:
        """Text from people. A spreadsheet must not take it for a formula: an apostrophe says that it is text."""
        char = "chr" if self.is_server else "char"
        risky = f"'=', '+', '-', '@', '＝', '＋', '－', '＠', {char}(9), {char}(10), {char}(13), ''''"  # noqa: RUF001  full-width signs
        kept = f"CASE WHEN substr({column}, 1, 1) IN ({risky}) THEN '''' || {column} ELSE {column} END"
        description = f"{description} In CSV an apostrophe stands before text that begins like a formula."
        return Field(name, "string", description, kept, optional=True, from_people=True)

    def at(self, name: str, column: str, description: str, *, zone: str = "z", optional: bool = False) -> Field:
        if self.is_server:
            utc = f"({column} AT TIME ZONE 'UTC' + {zone}.minutes * INTERVAL '1 minute')"
            sql = f"""to_char({utc}, 'YYYY-MM-DD"T"HH24:MI:SS.US') || {zone}.shown"""
        else:
            local = f"strftime('%Y-%m-%dT%H:%M:%S', substr({column}, 1, 19), {zone}.minutes || ' minutes')"
            sql = f"{local} || substr({column}, 20) || {zone}.shown"
        described = f"{description} By the store's clocks, with their offset."
        return Field(name, "datetime", described, sql, optional, varied=True)

    def hour(self, column: str) -> Field:
        if self.is_server:
            hour = f"CAST(EXTRACT(HOUR FROM {column} AT TIME ZONE 'UTC' + z.minutes * INTERVAL '1 minute') AS INTEGER)"
        else:
            minute = f"substr({column}, 12, 2) * 60 + substr({column}, 15, 2) + z.minutes"
            hour = f"({minute} + 1440) % 1440 / 60"
        return Field("LocalHour", "integer", "The hour on the store's clocks, 0 to 23.", hour)

    def money(self, minor: str, what: str, *, optional: bool = False) -> tuple[Field, Field]:
        decimal = (
            f"CAST({minor} / k.scale AS TEXT) || CASE WHEN k.scale > 1 "
            f"THEN '.' || substr(CAST(k.scale + {minor} % k.scale AS TEXT), 2) ELSE '' END"
        )
        return (
            Field("CostMinor", "integer", f"{what}, in minor units of the currency.", minor, optional),
            Field("Cost", "number", "The same as a decimal number.", decimal, optional),
        )

    @property
    def as_table(self) -> str:
        """PostgreSQL would keep what is asked for twice as a table that only one of its processes may read."""
        return "AS NOT MATERIALIZED" if self.is_server else "AS"

    def offsets(self) -> str:
        def row(each: Offset) -> str:
            since, until = self.instant(each.since), self.instant(each.until)
            return f"({_quoted(each.zone)}, {since}, {until}, {each.minutes}, '{each.shown}')"

        return (
            f"z(zone, since, until, minutes, shown) {self.as_table} (VALUES {', '.join(map(row, self.shown.offsets))})"
        )

    def instant(self, at: datetime) -> str:
        text = f"'{at.isoformat(' ', 'seconds')}'"
        return f"TIMESTAMPTZ '{at.isoformat(' ', 'seconds')}+00'" if self.is_server else text

    def scales(self) -> str:
        rows = (f"({_quoted(code)}, {scale}, {decimals(scale)})" for code, scale in self.shown.scales.items())
        return f"k(currency, scale, decimals) {self.as_table} (VALUES {', '.join(rows)})"

    def moved(self) -> str:
        rows = [
            f"({_quoted(store)}, {_quoted(zone)}, {_quoted(currency)})"
            for store, (zone, currency) in self.shown.moved.items()
        ] or ["('', '', '')"]
        return f"moved(store, zone, currency) {self.as_table} (VALUES {', '.join(rows)})"


@dataclass(frozen=True, slots=True)
class _Common:
    """A column that each file has of facts of its own."""

    name: str
    type: Type
    description: str
    sql: str
    since: int = 1

    def of(self, what: str) -> Field:
        return Field(self.name, self.type, self.description, self.sql.format(what), since=self.since)


TRAINING = Field("TrainingModeFlag", "boolean", "Whether it was practice: never, practice is not on record.", "1 = 0")
DRIFT = _Common("ClockDriftSeconds", "integer", "By how much the register's clock was behind.", "{}.clock_drift_s")
LATE = _Common("LateFlag", "boolean", "Whether its business day had been closed before.", "{}")
AHEAD = _Common(
    "DatedAheadFlag", "boolean", "Whether a wrong clock dated it: its business day is far ahead, and not over.", "{}", 2
)


def decimals(scale: int) -> int:
    """Decimal places of a currency by its minor units in one: 2 for 100."""
    return len(str(scale)) - 1


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
