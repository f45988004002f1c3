"""Statements on print jobs. The connection comes first; nothing here commits.

A job moves pending -> sending -> printed, unknown, failed, or back to pending when no byte left. Moves are guarded
statements: `take` answers False when another desk has the job already.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, or_, select, update

from db.connection.prepared import Prepared
from db.tables import core_tables
from db.tables.column_types import HELD_UP, JobState, Kind, Proof, member
from db.tables.facts import JobFact, made

_job = core_tables.print_job
_request = core_tables.print_request
_event = core_tables.coupon_event
_coupon = core_tables.coupon
_ADD = Prepared(insert(_job), ("code", "copy", "state", "attempts", "created_at", "updated_at"))
_later = _job.alias()
_end = _event.alias()
_undone = _event.alias()
_MATTERS = (
    ~select(_later.c.id)
    .where(_later.c.code == _job.c.code, _later.c.copy > _job.c.copy, _later.c.state == JobState.PRINTED)
    .exists(),
    ~select(_end.c.n)
    .where(
        _end.c.code == _job.c.code,
        _end.c.kind.in_((Kind.REDEEMED, Kind.VOIDED)),
        ~select(_undone.c.n)
        .where(_undone.c.code == _end.c.code, _undone.c.n > _end.c.n, _undone.c.kind == Kind.REVERSED)
        .exists(),
    )
    .exists(),
)
"""Until a later copy came out, or the coupon has been redeemed or voided."""
_TAKE = (
    update(_job)
    .where(_job.c.id == bindparam("job"), _job.c.state == JobState.PENDING, *_MATTERS)
    .values(state=JobState.SENDING, attempts=_job.c.attempts + 1, last_error=None, updated_at=bindparam("now"))
)
_NOT_ON_PAPER = _job.c.state.in_((JobState.PENDING, JobState.SENDING, JobState.UNKNOWN, JobState.FAILED))
_PERHAPS_IN_TWO = and_(_job.c.state == JobState.PRINTED, _job.c.last_error == HELD_UP)
_UNSETTLED = select(_job).where(or_(_NOT_ON_PAPER, _PERHAPS_IN_TWO), *_MATTERS).order_by(_job.c.id)


def _fact(row: Row[Any]) -> JobFact:
    values = dict(row._mapping)  # noqa: SLF001  the public name of SQLAlchemy's mapping view
    values["state"] = member(JobState, values["state"])
    values["proof"] = member(Proof, values["proof"]) if values["proof"] else None
    return made(JobFact, values)


def add(connection: Connection, code: str, copy: int, now: datetime) -> int:
    """A pending job for a slip. Returns its id. FactExists when that copy has a job already."""
    added = _ADD.run(connection, (code, copy, JobState.PENDING, 0, now, now))
    assert added.lastrowid is not None  # noqa: S101  narrows the type: one row was inserted, so there is an id
    return added.lastrowid


def get(connection: Connection, job: int) -> JobFact:
    """The job with this id. Raises NoResultFound for an id that was never given."""
    return _fact(connection.execute(select(_job).where(_job.c.id == job)).one())


def of_codes(connection: Connection, codes: Sequence[str]) -> dict[str, tuple[JobFact, ...]]:
    """The jobs of each code, the slip itself before its copies."""
    wanted = select(_job).where(_job.c.code.in_(list(codes))).order_by(_job.c.code, _job.c.copy)
    by_code: dict[str, list[JobFact]] = {}
    for row in connection.execute(wanted):
        by_code.setdefault(row.code, []).append(_fact(row))
    return {code: tuple(jobs) for code, jobs in by_code.items()}


def next_copy(connection: Connection, code: str) -> int:
    """The number the next slip of this code carries: 1 when nothing was ever sent to paper."""
    highest = connection.execute(select(func.max(_job.c.copy)).where(_job.c.code == code)).scalar()
    return (highest or 0) + 1


def keep_request(connection: Connection, request_id: str, job: int) -> None:
    """Remember that this request means that job. FactExists when it is known."""
    connection.execute(insert(_request).values(request_id=request_id, job=job))


def by_request(connection: Connection, request_id: str) -> JobFact | None:
    """The job that this request meant, if it found one waiting."""
    asked = select(_job).join(_request, _request.c.job == _job.c.id).where(_request.c.request_id == request_id)
    row = connection.execute(asked).first()
    return None if row is None else _fact(row)


def take(connection: Connection, job: int, now: datetime) -> bool:
    """Mark the job as being sent.

    False unless it is pending, because what may be on paper is never sent again by itself, and unless its paper still
    matters: a slip that was voided while it waited would be a promise that is refused.
    """
    return connection.execute(_TAKE, {"job": job, "now": now}).rowcount == 1


def settle(
    connection: Connection,
    job: int,
    state: JobState,
    *,
    proof: Proof | None,
    error: str | None,
    now: datetime,
) -> None:
    """Record how the sending went."""
    connection.execute(
        update(_job).where(_job.c.id == job).values(state=state, proof=proof, last_error=error, updated_at=now)
    )


def forget_sending(connection: Connection, now: datetime) -> int:
    """At start-up: what was being sent when the program stopped may or may not be on paper. Returns how many."""
    stopped = update(_job).where(_job.c.state == JobState.SENDING)
    return connection.execute(stopped.values(state=JobState.UNKNOWN, updated_at=now)).rowcount


def waiting(connection: Connection, *, day: date) -> tuple[int, ...]:
    """Ids of the jobs of this business day of which no byte has left and whose paper still matters, oldest first."""
    of_day = select(_coupon.c.code).where(_coupon.c.code == _job.c.code, _coupon.c.business_date == day).exists()
    wanted = _UNSETTLED.where(_job.c.state == JobState.PENDING, of_day).with_only_columns(_job.c.id)
    return tuple(connection.execute(wanted).scalars())


def unsettled(connection: Connection, *, limit: int = 50) -> tuple[JobFact, ...]:
    """Jobs whose paper is not proved, or perhaps in two pieces, and still matters, oldest first.

    It no longer matters once a later copy came out, or the coupon has been redeemed or voided.
    """
    return tuple(_fact(row) for row in connection.execute(_UNSETTLED.limit(limit)))
