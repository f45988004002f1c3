"""The printer in a person's words: how it is, what to do, what it proves, where a slip's paper stands. Pure.

For commands; the screens have shorter words of their own. UNKNOWN is never worded as if it were fine.
"""

from __future__ import annotations

from db.tables.column_types import JobState, Proof
from db.tables.facts import JobFact
from pos_recovery.counter.outcome_words import held_up
from pos_recovery.rules.codes import printed
from receipts.values.result import PrintResult
from receipts.values.status import Condition

CONDITIONS = {
    Condition.READY: ("Ready.", ""),
    Condition.NEAR_END: ("Ready, but the roll is nearly used up.", "Have a new roll at hand."),
    Condition.NO_PAPER: ("No paper.", "Put in a roll and close the cover."),
    Condition.COVER_OPEN: ("The cover is open.", "Close it."),
    Condition.CUTTER: ("The cutter is stuck.", "Open the cover, take out the caught paper, close it."),
    Condition.TROUBLE: ("The printer reports an error.", "Let it cool for a minute."),
    Condition.OFFLINE: ("The printer is offline and does not say why.", "Let go of its feed button; set it to online."),
    Condition.NOT_ANSWERING: ("The printer does not answer.", "Is it on, its cable in, its address right?"),
    Condition.NO_PRINTER: ("What answers there is no printer.", "Is its address right? On a serial line: its baud?"),
    Condition.NO_ROOM: ("The disk is full.", "Make room on it."),
    Condition.NOT_WRITABLE: ("The slip cannot be written.", "Is its folder there, and may this login write in it?"),
    Condition.NOT_ASKED: ("The printer cannot be asked.", "Look at the paper."),
}  # fmt: skip
"""How it is, and what to do about it; nothing to do is empty. None of it loses a slip that the printer holds."""

_LAST_RESORT = "Only if it still blinks, switch it off and on, and then look at the slip."
"""For a printer that reports an error. It loses the slip, so it never stands beside "prints by itself"."""

_MEANWHILE = {
    Condition.READY: "the printer is ready",
    Condition.NEAR_END: "the roll is nearly used up",
    Condition.NO_PAPER: "the printer has no paper",
    Condition.COVER_OPEN: "the cover is open",
    Condition.CUTTER: "the cutter is stuck",
    Condition.TROUBLE: "the printer reports an error",
    Condition.OFFLINE: "the printer is offline",
    Condition.NOT_ANSWERING: "the printer does not answer",
    Condition.NO_PRINTER: "what answers there is no printer",
    Condition.NO_ROOM: "the disk is full",
    Condition.NOT_WRITABLE: "the slip cannot be written",
}
"""How it is, for a sentence that begins with another program."""

_WITH_REASON = frozenset({Condition.NOT_ANSWERING, Condition.NO_PRINTER, Condition.NOT_WRITABLE})
"""Where the system's own word says more than ours."""

PROOFS = {
    Proof.CONFIRMED: "it confirms every slip that is on paper",
    Proof.PROCESSED: "it says when it has worked through a slip",
    Proof.HANDED_OVER: "none; it takes the slip, and a person looks",
    None: "not known yet; `pos-recovery printer test` finds out",
}
"""What a printer gives as proof of paper."""

STATES = {
    JobState.PENDING: "waiting",
    JobState.SENDING: "printing",
    JobState.UNKNOWN: "in doubt",
    JobState.FAILED: "not drawn",
}
"""Where a slip stands that is not known to be on paper."""

_PRINTED = {
    Proof.CONFIRMED: "printed",
    Proof.PROCESSED: "printed",
    Proof.HANDED_OVER: "handed over",
    Proof.BY_PERSON: "seen",
}

PERHAPS_IN_TWO = "perhaps in two"
"""A slip that was printed after a stop for paper, until a person has looked."""


def how_it_is(condition: Condition, why: str = "") -> str:
    """One line: how the printer is and what to do. `why` is the system's own reason for its silence."""
    last = f" {_LAST_RESORT}" if condition is Condition.TROUBLE else ""
    return what_it_needs(condition, why) + last


def what_it_needs(condition: Condition, why: str = "") -> str:
    """As `how_it_is`, beside a slip that the printer may hold: nothing that would lose it."""
    said, to_do = CONDITIONS[condition]
    reason = f" ({why})" if why and why.casefold() not in said.casefold() else ""
    return f"{said.removesuffix('.')}{reason}. {to_do}".strip()


def how_it_is_meanwhile(condition: Condition) -> str:
    """One line for a printer that another program uses: what it last told that program, and what to do."""
    if condition is Condition.NOT_ASKED:
        return "Another program is printing just now."
    _, to_do = CONDITIONS[condition]
    return f"Another program is printing, and {_MEANWHILE[condition]}. {to_do}".strip()


def state_of(job: JobFact) -> str:
    """Where a slip's paper stands, in a word or two."""
    if held_up(job):
        return PERHAPS_IN_TWO
    if job.state is JobState.PRINTED:
        return _PRINTED[job.proof] if job.proof else "printed"
    return STATES[job.state]


def after_printing(job: JobFact, condition: Condition, untried: str = "the printer is taken") -> str:
    """What to do about a slip after printing was tried; empty when it is on paper, and whole.

    Args:
        job: How it ended.
        condition: The printer's latest word.
        untried: Why a job was not even tried, if it was not.
    """
    code = printed(job.code)
    if held_up(job):
        return (
            f"The printer stopped half-way through {code}. It may be in two pieces: look before you hand it over. "
            f"In one piece: `pos-recovery printer jobs --came-out {code}`. If not, `pos-recovery reprint {code}` "
            "prints a copy."
        )
    match job.state:
        case JobState.PENDING:
            told = condition not in {Condition.NOT_ASKED, Condition.READY, Condition.NEAR_END}
            reason = job.last_error or "" if condition in _WITH_REASON else ""
            why = what_it_needs(condition, reason) if told else f"Not printed yet ({job.last_error or untried})."
            return (
                f"{why} The slip is on record: it prints by itself while the register runs, or now with "
                "`pos-recovery printer jobs --retry`."
            )
        case JobState.UNKNOWN | JobState.SENDING:
            why = f" ({job.last_error})" if job.last_error else ""
            return (
                f"Nobody can tell whether the slip came out{why}. Please look. Whole and in your hand: "
                f"`pos-recovery printer jobs --came-out {code}`. If not, `pos-recovery reprint {code}` prints a copy."
            )
        case JobState.FAILED:
            return f"The slip could not be drawn ({job.last_error}). Write the code by hand: {code}."
        case JobState.PRINTED:
            return "Sent. Is the slip in your hand?" if job.proof is Proof.HANDED_OVER else ""


def after_test(result: PrintResult, known: Proof | None) -> str:
    """How a test slip went; `known` is what is remembered of the printer now."""
    detail, condition = result.detail, result.condition
    if result.state == "printed":
        if result.proof == "handed_over":
            return f"The test slip has left: {detail}. That proves nothing; please look at the paper."
        return f"The test slip is printed. Proof of paper: {PROOFS[known]}."
    if result.state == "pending" and condition is not Condition.NOT_ASKED:
        return how_it_is(condition, detail if condition in _WITH_REASON else "")
    return {
        "pending": f"The test slip was not printed: {detail}.",
        "unknown": f"The test slip was sent, and nothing proves it: {detail}. Please look at the paper.",
        "failed": f"The test slip cannot be drawn: {detail}.",
    }[result.state]
