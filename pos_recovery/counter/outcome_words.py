"""Outcomes told to a caller: as one JSON object for scripts, and as a sentence for people. Pure.

The keys are read by other people's scripts: they may be added to, never renamed. `code` is the key of the tables
(twelve letters); `code_printed` has the hyphens of the slip.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from db.tables.column_types import HELD_UP, JobState
from db.tables.facts import CouponFact, EventFact, JobFact
from pos_recovery.counter import outcomes as o
from pos_recovery.rules.business_days import DRIFT_SHOWN_S, is_behind
from pos_recovery.rules.codes import printed

Json = dict[str, Any]
LONG_EXPIRED = timedelta(days=60)
"""Guests come a day late, or a week."""

PAPER_ORDER = ("failed", "unknown", "pending", "handed_over", "processed", "by_person", "confirmed", "skipped")
"""The least certain first: several slips are told as their worst."""


def paper(job: JobFact | None) -> str:
    """What is known of a slip's paper, in one word."""
    if job is None:
        return "skipped"
    if job.state is JobState.PRINTED and job.proof is not None:
        return job.proof.value
    return "unknown" if job.state is JobState.SENDING else job.state.value


def held_up(job: JobFact) -> bool:
    """Whether it was printed after a stop for paper, and nobody has said yet that the slip is in one piece."""
    return job.state is JobState.PRINTED and job.last_error == HELD_UP


def least_certain(jobs: Sequence[JobFact]) -> JobFact | None:
    """Of several slips the one whose paper is the least certain; None when there is none."""
    return min(jobs, key=lambda job: PAPER_ORDER.index(paper(job)), default=None)


def event_json(event: EventFact) -> Json:
    """What became of a coupon, one step."""
    return {
        "n": event.n,
        "kind": event.kind.value,
        "at": event.at.isoformat(),
        "business_date": event.business_date.isoformat(),
        "store": event.store,
        "register": event.register,
        "staff": event.staff,
        "ending": event.ending.value if event.ending else None,
        "note": event.note,
        "offline": event.offline,
        "request_id": event.request_id,
        "clock_drift_s": event.clock_drift_s,
    }


def story_json(story: o.Story) -> Json:
    """A coupon with everything that became of it."""
    coupon = story.coupon
    return {
        "code": coupon.code,
        "code_printed": printed(coupon.code),
        "state": story.state,
        "reason": coupon.reason,
        "item": coupon.item,
        "note": coupon.note,
        "remade": coupon.remade,
        "noticed_first": coupon.noticed_first,
        "language": coupon.language,
        "issued_at": coupon.issued_at.isoformat(),
        "business_date": coupon.business_date.isoformat(),
        "expires_on": coupon.expires_on.isoformat(),
        "cost_minor": coupon.cost_minor,
        "currency": coupon.currency,
        "currency_decimals": story.decimals,
        "store": coupon.store,
        "register": coupon.register,
        "staff": coupon.staff,
        "staff_name": story.name_of(coupon.staff),
        "request_id": coupon.request_id,
        "clock_drift_s": coupon.clock_drift_s,
        "ending": story.ending.value if story.ending else None,
        "events": [event_json(event) for event in story.events],
        "print_jobs": [
            {
                "copy": job.copy,
                "state": job.state.value,
                "printed": paper(job),
                "held_up": held_up(job),
                "attempts": job.attempts,
            }
            for job in story.jobs
        ],
    }


def as_json(answer: object) -> Json:
    """Any outcome as one JSON object."""
    match answer:
        case o.Issued():
            told = story_json(answer.stories[0])
            told["codes"] = [story.code for story in answer.stories]
            told |= {"replay": answer.replay, "given_today": answer.given_today}
        case o.Found():
            told = story_json(answer.story)
        case o.Redeemed():
            told = story_json(answer.story)
            last = answer.story.deciding
            told |= {"replay": answer.replay, "redeemed_at": last.at.isoformat() if last else None}
            del told["print_jobs"]  # redeeming does not ask for them
        case o.Reversed() | o.VoidDone():
            told = story_json(answer.story) | {"replay": answer.replay}
        case o.Reprinted():
            told = story_json(answer.story) | {"copy": answer.copy, "replay": answer.replay}
        case o.Ended():
            told = story_json(answer.story)
        case o.Goodwill():
            told = {"refused": as_json(answer.refused), "event": event_json(answer.event)}
            told |= {"given_today": answer.given_today, "replay": answer.replay}
        case o.AlreadyRedeemed():
            event = answer.redeemed
            told = {
                "code": answer.story.code,
                "state": answer.story.state,
                "redeemed_at": event.at.isoformat(),
                "store": event.store,
                "register": event.register,
                "staff": event.staff,
                "staff_name": answer.story.name_of(event.staff),
                "same_register": answer.here,
                "just_now": answer.just_now,
                "coupon": story_json(answer.story),
            }
        case o.Voided():
            told = {
                "code": answer.story.code,
                "state": answer.story.state,
                "voided_at": answer.voided.at.isoformat(),
                "store": answer.voided.store,
                "register": answer.voided.register,
                "staff": answer.voided.staff,
                "coupon": story_json(answer.story),
            }
        case o.Expired():
            told = {
                "code": answer.story.code,
                "state": answer.story.state,
                "expired_on": answer.expired_on.isoformat(),
                "coupon": story_json(answer.story),
            }
        case o.NotRedeemed():
            told = {"code": answer.story.code, "state": answer.story.state, "coupon": story_json(answer.story)}
        case o.Unknown():
            told = {"code": answer.code, "code_printed": printed(answer.code)}
        case o.Mistyped():
            told = {"raw": answer.raw}
        case o.NotAllowed():
            told = {"why": answer.why, "tries_left": answer.tries_left}
        case o.LockedOut() | o.TypingLocked():
            why = "typing" if isinstance(answer, o.TypingLocked) else "pin"
            told = {"until": answer.until.isoformat(), "why": why}
        case _:
            raise TypeError(f"no telling for {type(answer).__name__}")
    return {"outcome": answer.outcome, **told}


def at_counter(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """An instant as people at the counter say it: "today 14:02", "Tue 14 Nov 09:30"."""
    local, today = instant.astimezone(zone), now.astimezone(zone)
    clock = f"{local:%H:%M}"
    if local.date() == today.date():
        return f"today {clock}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {clock}"


def _until(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """As `at_counter`, of something that is soon over: "14:02", and by then it is."""
    whole = instant.replace(second=0, microsecond=0)
    return at_counter(whole if whole == instant else whole + timedelta(minutes=1), zone, now).removeprefix("today ")


def sentence(answer: object, zone: ZoneInfo, now: datetime, store: str = "") -> str:
    """Any outcome in words: what happened, what is safe, what to do next. `store` is the id of ours."""
    match answer:
        case o.Issued():
            codes = ", ".join(printed(story.code) for story in answer.stories)
            again = "Already issued by this very request: " if answer.replay else "Issued: "
            over = [
                f" {printed(story.code)} is {story.state} by now."
                for story in answer.stories
                if story.state != "issued"
            ]
            if over:
                return f"{again}{codes}.{''.join(over)}"
            first = answer.stories[0].coupon
            return f"{again}{codes}. Good through {first.expires_on.isoformat()}.{_clock_words(first)}"
        case o.Found():
            return _state_sentence(answer.story, zone, now)
        case o.Redeemed():
            if answer.replay and answer.story.state != "redeemed":
                return _taken_back_since(answer.story)
            again = " (this very request had redeemed it already)" if answer.replay else ""
            return f"Good. One drink on the house for {printed(answer.story.code)}{again}."
        case o.Reversed():
            return f"The redemption was taken back; {printed(answer.story.code)} is good again."
        case o.VoidDone():
            return f"{printed(answer.story.code)} is void; its slip is worth nothing now."
        case o.Reprinted():
            mark = f" as copy {answer.copy}" if answer.copy > 1 else ""
            return f"{printed(answer.story.code)} goes to the printer again{mark}."
        case o.Ended():
            return f"Noted: {answer.ending.value.replace('_', ' ')}."
        case o.Goodwill():
            return f"A drink as goodwill is on record (number {answer.given_today} today). The slip stays as it was."
        case _:
            return _refusal_sentence(answer, zone, now, store)


def _clock_words(given: CouponFact) -> str:
    """Nothing, or that this machine's clock runs behind, or that a record lies far ahead of it."""
    if given.clock_drift_s <= DRIFT_SHOWN_S:
        return ""
    drift = timedelta(seconds=given.clock_drift_s)
    if is_behind(given.issued_at, given.clock_drift_s):
        return f" This machine's clock is {drift} behind the newest record; please set it."
    newest = (given.issued_at + drift).date()
    return f" It goes by this machine's date, {given.business_date}; one record is dated {newest}. Please have a look."


def date_to_check(expired_on: date, zone: ZoneInfo, now: datetime) -> str:
    """Nothing; or this machine's date, where a slip expired so long ago that it may be the date that is wrong."""
    today = now.astimezone(zone).date()
    if today - expired_on <= LONG_EXPIRED:
        return ""
    return f" This machine's date is {today.isoformat()}: if that is wrong, have it set and try the slip again."


def _taken_back_since(story: o.Story) -> str:
    """A request is served again whose redemption stands no more: there is no drink in this answer."""
    by_now, remedy = {
        "issued": ("the slip is good", "To serve the drink, redeem it as a new request."),
        "voided": ("the slip is void", "A lead can still give the drink as goodwill."),
        "expired": (
            f"the last day of the slip was {story.coupon.expires_on.isoformat()}",
            "A lead can still give the drink as goodwill.",
        ),
    }[story.state]
    return (
        f"This very request redeemed {printed(story.code)} before; the redemption was taken back since, "
        f"and {by_now}. {remedy}"
    )


def _state_sentence(story: o.Story, zone: ZoneInfo, now: datetime) -> str:
    coupon = story.coupon
    item = f" ({coupon.item})" if coupon.item else ""
    given = f"{coupon.reason.replace('_', ' ')}{item}, {at_counter(coupon.issued_at, zone, now)}"
    states = {
        "issued": f"good through {coupon.expires_on.isoformat()}",
        "redeemed": "already used",
        "voided": "void",
        "expired": f"expired on {coupon.expires_on.isoformat()}",
    }
    return f"{printed(coupon.code)}: {states[story.state]}. Given for: {given}, by {story.name_of(coupon.staff)}."


def _refusal_sentence(answer: object, zone: ZoneInfo, now: datetime, store: str) -> str:
    match answer:
        case o.AlreadyRedeemed():
            event = answer.redeemed
            place = (
                f"register {event.register}"
                if event.store == store
                else f"store {event.store}, register {event.register}"
            )
            where = "this register" if answer.here else place
            return (
                f"Already used: {at_counter(event.at, zone, now)}, at {where}, by {answer.story.name_of(event.staff)}. "
                "The slip was good once and has been served; a lead can still give the drink as goodwill."
            )
        case o.Voided():
            return (
                f"Voided {at_counter(answer.voided.at, zone, now)}, before it was used. "
                "A lead can still give the drink as goodwill."
            )
        case o.Expired():
            return (
                f"Its last day was {answer.expired_on.isoformat()}. Nothing was changed; "
                f"a lead can still give the drink as goodwill.{date_to_check(answer.expired_on, zone, now)}"
            )
        case o.NotRedeemed():
            return (
                f"{printed(answer.story.code)} has not been redeemed, so there is nothing to take back. "
                "To cancel an unused slip, void it."
            )
        case o.Unknown():
            return (
                f"{printed(answer.code)} is a proper code, but not one of ours. Nothing was changed; "
                "compare it with the slip, or give the drink as goodwill."
            )
        case o.Mistyped():
            from pos_recovery.rules.layout_mixups import in_doubt

            sentence = (
                "That is not a whole code: a letter is wrong or missing. Nothing was changed; please read it again."
            )
            if doubt := in_doubt(answer.raw):
                alike = ", ".join(" and ".join(symbols) for symbols in doubt)
                sentence += (
                    f" On this keyboard a scanner types {alike} alike: set it to this keyboard, or type the code."
                )
            return sentence
        case o.TypingLocked():
            return (
                f"Too many codes that do not exist were typed here. Nothing was changed; scan the slip, "
                f"or type it again after {_until(answer.until, zone, now)}. "
                "A lead can still give the drink as goodwill."
            )
        case o.NotAllowed():
            tries = answer.tries_left
            left = "" if tries is None else f" {tries} {'try' if tries == 1 else 'tries'} left before a wait."
            return answer.sentence + left
        case o.LockedOut():
            return (
                f"Too many wrong PINs. Nothing was done; try again after {_until(answer.until, zone, now)}, "
                "or ask a lead to set a new PIN."
            )
        case _:
            raise TypeError(f"no words for {type(answer).__name__}")
