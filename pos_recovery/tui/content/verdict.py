"""An outcome as the redeem screen says it: a headline with a symbol, the story, and what to do next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.tables.column_types import Kind
from pos_recovery.counter import outcomes as o
from pos_recovery.counter.outcome_words import at_counter, date_to_check
from pos_recovery.rules.codes import printed
from pos_recovery.slip_texts.slip_words import load_words

if TYPE_CHECKING:
    from datetime import datetime

    from db.tables.facts import EventFact
    from pos_recovery.tui.content.session import Session


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to show. `kind` is `good`, `refused`, `done` or empty, for the colour that goes with the symbol."""

    kind: str
    headline: str
    story: str
    advice: str


def story_lines(story: o.Story, session: Session) -> str:
    """What went wrong last time: when, where, what, what was done at once."""
    coupon = story.coupon
    reasons = {reason.id: reason.name for reason in session.counter.reasons} if session.counter else {}
    item = f" ({coupon.item})" if coupon.item else ""
    where = story.store_name if session.counter and coupon.store == session.counter.settings.store_id else coupon.store
    noticed = "We noticed first." if coupon.noticed_first else "The guest had to ask."
    remade = "We remade it." if coupon.remade else "It was not remade."
    reason = reasons.get(coupon.reason, coupon.reason).rstrip(" …")
    lines = [
        f"{_when(coupon.issued_at, session)}, {where}: {reason}{item}.",
        f"{remade} {noticed}",
    ]
    if coupon.note:
        lines.append(f"Note: {coupon.note}")
    lines.append(f"Given by {story.name_of(coupon.staff)}. {printed(coupon.code)}")
    return "\n".join(lines)


def _when(instant: datetime, session: Session) -> str:
    said = at_counter(instant, session.zone, session.now())
    return said[:1].upper() + said[1:]


def verdict_of(outcome: object, session: Session, goodwill_given: int | None = None, *, typed: bool = True) -> Verdict:
    """The verdict on an outcome of looking up, redeeming, ending or goodwill.

    Args:
        outcome: What the core answered.
        session: Where it is shown.
        goodwill_given: With a refusal: drinks this lead has given as goodwill today; None: nobody knows.
        typed: Whether the code was typed: who scanned has no letters to compare.
    """
    match outcome:
        case o.Found():
            words = load_words("en", session.counter.settings.words if session.counter else None)
            greeting = f"“{words.greeting}”"
            if not may_redeem(session):
                greeting = (
                    "Only a shift lead redeems slips here. Please call one before you promise the drink; they sign in "
                    "and scan it."
                )
            return Verdict("good", "✔  GOOD: one drink on the house", story_lines(outcome.story, session), greeting)
        case o.Redeemed():
            return Verdict(
                "good",
                "✔  REDEEMED: serve the drink",
                story_lines(outcome.story, session),
                "How did it end?   1 turned around   2 still unhappy   3 did not say",
            )
        case o.Ended():
            said = {
                "turned_around": "Turned around. Well done.",
                "still_unhappy": "Still unhappy. Thank you for asking; head office will see it.",
                "did_not_say": "Noted.",
            }
            return Verdict("done", f"✔  {said[outcome.ending.value]}", "", "Esc goes back to the counter.")
        case o.Goodwill():
            return Verdict(
                "done",
                "✔  GOODWILL: serve the drink",
                f"On record as number {outcome.given_today} of your goodwill drinks today.",
                "The slip stays as it was. Esc goes back to the counter.",
            )
        case _:
            return _refused(outcome, session, goodwill_given, typed=typed)


def may_redeem(session: Session) -> bool:
    """Whether who has signed in redeems slips at this store."""
    leads = session.person is not None and session.person.leads
    return leads or (session.counter is not None and session.counter.settings.baristas_may_redeem)


def _place(event: EventFact, session: Session) -> str:
    ours = session.counter is not None and event.store == session.counter.settings.store_id
    return f"register {event.register}" if ours else f"store {event.store}, register {event.register}"


def _anyway(outcome: object, session: Session, given: int | None) -> str:
    """The remedy: the drink as goodwill, how much of it is left, and whether this slip has had some."""
    story = getattr(outcome, "story", None)
    before = sum(event.kind is Kind.GOODWILL for event in story.events) if isinstance(story, o.Story) else 0
    already = f"Goodwill was given for this slip already ({before}).  " if before else ""
    if session.person is None or not session.person.leads:
        return f"{already}A shift lead can give the drink anyway, as goodwill."
    cap = _goodwill_cap(session)
    if not may_give(session, given):
        return f"{already}Your goodwill for today is given, {cap} of {cap}. Another shift lead can give the drink."
    number = f", {given + 1} of {cap} today" if given is not None else ""
    return f"{already}g  gives the drink anyway, as goodwill{number}."


def _goodwill_cap(session: Session) -> int:
    return session.counter.settings.goodwill_cap if session.counter else 0


def may_give(session: Session, given: int | None) -> bool:
    """Whether who has signed in may give goodwill: a lead who has given less than the cap, as far as anybody knows."""
    leads = session.person is not None and session.person.leads
    return leads and (given is None or given < _goodwill_cap(session))


def _refused(outcome: object, session: Session, goodwill_given: int | None, *, typed: bool) -> Verdict:
    anyway = _anyway(outcome, session, goodwill_given)
    match outcome:
        case o.AlreadyRedeemed():
            event = outcome.redeemed
            where = "at this very register" if outcome.here else _place(event, session)
            when = _when(event.at, session)
            if outcome.here and outcome.just_now:
                when = f"A moment ago ({event.at.astimezone(session.zone):%H:%M})"
            told = f"{when}, {where}, by {outcome.story.name_of(event.staff)}."
            told += "\nThis slip was good once and has been served."
            return Verdict("refused", "✘  ALREADY USED", told, anyway)
        case o.Voided():
            told = f"Voided {at_counter(outcome.voided.at, session.zone, session.now())}, before it was used."
            return Verdict("refused", "✘  VOID", f"{told}\n{story_lines(outcome.story, session)}", anyway)
        case o.Expired():
            told = f"Its last day was {outcome.expired_on:%A}, {outcome.expired_on.day} {outcome.expired_on:%B %Y}."
            told += date_to_check(outcome.expired_on, session.zone, session.now())
            return Verdict("refused", "✘  EXPIRED", f"{told}\n{story_lines(outcome.story, session)}", anyway)
        case o.Unknown():
            told = f"{printed(outcome.code)} reads well, but we have no such slip."
            compare = "Compare it with the slip.\n" if typed else ""
            return Verdict("refused", "✘  NOT KNOWN HERE", told, f"{compare}{anyway}")
        case o.TypingLocked():
            told = "Too many codes that do not exist were typed at this register.\n"
            told += f"Please scan the slip. Typing works again at {outcome.until.astimezone(session.zone):%H:%M}."
            return Verdict("refused", "✘  TYPING RESTS", told, anyway)
        case _:
            verb, told, to_do = "READ", "A letter is wrong or missing.", "type it again."
            if not typed:
                verb, told, to_do = "SCAN", "This was no code of ours, or not all of it.", "type the code below the QR."
            told = f"{told} The slip itself may be fine."
            return Verdict("refused", f"?  PLEASE {verb} IT AGAIN", told, f"Esc  {to_do}\n{anyway}")
