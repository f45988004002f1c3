"""What the register says of printers and of paper: where a slip stands, in words readable at arm's length. Pure.

A slip's paper has one word, several slips and the printer's condition make one state, and every state has a symbol, a
headline and a sentence that says what to do. Blames nobody; never words doubt as if it were fine.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from db.tables.column_types import HELD_UP, JobState, Proof
from db.tables.facts import JobFact
from pos_recovery.rules.codes import printed
from receipts.values.result import PrintResult
from receipts.values.status import Condition

KEPT = "The slip is kept and prints by itself."
MAY_BE_BUSY = "Or it prints for another register just now."
NO_WAIT = "The guest need not wait: w shows the code and QR."

WORDS = {
    "printing": ("…", "Printing", "The coupon is on record. The paper is on its way."),
    "proved": ("✔", "Printed", "Hand it over."),
    "held_up": ("◑", "Printed, after a stop", "Is it in one piece? Good to hand over?  y  yes.  n  a copy prints."),
    "picture": ("✔", "On record", "There is no printer. The slip is a picture in the home folder:"),
    "sent": ("?", "Sent. Is it in your hand?", "This printer cannot tell. Please look."),
    "in_hand": ("✔", "In hand", "Thank you. Hand it over."),
    "no_paper": ("▲", "No paper", "Put in a roll and close the cover."),
    "cover_open": ("▲", "The cover is open", "Close it until it clicks."),
    "cutter": ("▲", "The cutter is stuck", "Open the cover, take out the paper that is caught, close it."),
    "trouble": (
        "▲",
        "The printer has a fault",
        "Let it cool a minute; it goes on by itself.\nStill blinking? Switch it off and on, then look at the slip.",
    ),
    "offline": ("▲", "The printer is offline", "Let go of its feed button; see that it is set to online."),
    "not_answering": ("▲", "The printer does not answer", "Is it switched on? Is the cable in?"),
    "no_printer": ("▲", "No printer answers there", "Something else does. Is the printer's address right?"),
    "no_room": ("▲", "The disk is full", "Make room on this machine's disk."),
    "not_writable": ("▲", "The slip cannot be written", "Is its folder there? May this login write in it?"),
    "pending": ("▲", "Not printed yet", "The printer cannot be reached. Is it switched on?"),
    "unknown": ("?", "Did the slip come out whole?", "Please look.  y  it did.  n  a copy of this code prints now."),
    "missing": ("?", "No slip yet", "Look at the printer: paper in, cover closed, switched on? Then p prints a copy."),
    "failed": ("✘", "This slip cannot be drawn", "The coupon is good all the same. Please write the code by hand."),
}  # fmt: skip
"""By state: symbol, headline, what to do."""

SETTLED = frozenset({"proved", "picture", "in_hand"})
"""Nothing is left to do."""

IN_DOUBT = frozenset(WORDS) - SETTLED - {"printing", "sent", "held_up"}
"""The guest should not have to wait for this paper."""

PRINTS_BY_ITSELF = frozenset(
    {"no_paper", "cover_open", "cutter", "offline", "not_answering", "no_printer", "no_room", "not_writable", "pending"}
)
"""What is asked for here costs no slip. Not in trouble: switching a printer off loses what it holds."""

_TROUBLES = frozenset(WORDS) & {condition.value for condition in Condition}


def paper_word(job: JobFact) -> str:
    """Where one slip's paper stands: a job's state; if that is printed, `proved`, `held_up`, `sent` or `in_hand`."""
    if job.state is not JobState.PRINTED:
        return job.state.value
    if job.last_error == HELD_UP:
        return "held_up"
    return {Proof.HANDED_OVER: "sent", Proof.BY_PERSON: "in_hand"}.get(job.proof or Proof.HANDED_OVER, "proved")


def paper_state(words: Sequence[str], condition: Condition, *, pictures: bool) -> str:
    """What the screen says of slips together: first what a person must answer, then what is waited for.

    Args:
        words: One a slip, as `paper_word` has them; and `missing`, when a person looked and there was none.
        condition: How the printer is.
        pictures: There is no printer, only pictures of slips.
    """
    for asked in ("unknown", "missing", "failed"):
        if asked in words:
            return asked
    if "sending" in words or "pending" in words:
        if condition.value in _TROUBLES:
            return condition.value
        return "printing" if condition.can_print or "sending" in words else "pending"
    if "sent" in words:
        return "picture" if pictures else "sent"
    if "held_up" in words:
        return "held_up"
    return "in_hand" if "in_hand" in words else "proved"


def words_of(state: str, url: str) -> tuple[str, str, str]:
    """Symbol, headline and what to do in a state, with the printer at `url`; and that the slip is kept, where it is."""
    symbol, headline, to_do = _to_do(state, url)
    return symbol, headline, f"{to_do}\n{KEPT}" if state in PRINTS_BY_ITSELF else to_do


def _to_do(state: str, url: str) -> tuple[str, str, str]:
    """Of all printers, only those on the network have other registers to print for."""
    symbol, headline, to_do = WORDS[state]
    shared = state == "not_answering" and urlsplit(url).scheme == "tcp"
    return symbol, headline, f"{to_do}\n{MAY_BE_BUSY}" if shared else to_do


def needs(condition: Condition, url: str) -> tuple[str, str, str] | None:
    """Symbol, headline and what to do about a printer that cannot print; None when it can, or was not asked."""
    return _to_do(condition.value, url) if condition.value in _TROUBLES else None


def after_test(result: PrintResult, url: str) -> tuple[str, str, str]:
    """Symbol, headline and meaning of a test slip's end on the printer at `url`."""
    if result.state == "printed":
        return {
            "confirmed": ("✔", "The test slip is printed", "This printer confirms every slip that is on paper."),
            "processed": ("✔", "The test slip is printed", "This printer says when it has worked through a slip."),
        }.get(
            result.proof or "",
            ("?", "The test slip was sent", "This printer cannot tell. The register will ask whether a slip is there."),
        )
    if result.state == "pending":
        return needs(result.condition, url) or ("▲", "The test slip is not printed yet", f"{result.detail}.")
    if result.state == "failed":
        return ("✘", "The test slip cannot be drawn", f"{result.detail}.")
    return (
        "?",
        "Nobody can tell whether the test slip is whole",
        "Please look at it, and print it again if it is not.",
    )


def notice(job: JobFact, *, pictures: bool) -> str:
    """What is said of a slip that nobody watches any more; empty while there is nothing new to say."""
    code = printed(job.code)
    return {
        "proved": f"The slip {code} is printed. It waits at the printer.",
        "held_up": f"Is the slip {code} in one piece? It waits at the printer. F4, then p, answers.",
        "sent": "" if pictures else f"The slip {code} was sent to the printer. Please see that it came out.",
        "unknown": f"Did the slip {code} come out whole? F4, then p, answers.",
        "failed": f"The slip {code} cannot be drawn. F4, then p, shows its code.",
    }.get(paper_word(job), "")


def waiting_lines(jobs: Iterable[JobFact]) -> tuple[str, ...]:
    """Slips without paper, counted, those in doubt first. A code counts once, by its newest slip."""
    newest = {job.code: paper_word(job) for job in sorted(jobs, key=lambda job: job.copy)}
    counted = Counter(newest.values())
    return tuple(f"{PAPERS[word].replace(' ', f' {counted[word]} ', 1)}" for word in DOUBT_FIRST if counted[word])


PAPERS = {
    "unknown": "? in doubt",
    "failed": "✘ not drawn",
    "sending": "… sending",
    "pending": "▲ waiting",
    "sent": "sent",
    "held_up": "◑ in pieces?",
    "proved": "printed",
    "in_hand": "in hand",
}
"""Where one slip's paper stands, in a list."""

DOUBT_FIRST = ("unknown", "held_up", "failed", "sending", "pending")
"""Words of slips that somebody may have to see to, the most doubtful first."""
