"""A printer's own letters, as a person sees them at the end of its test slip: which are tried, which are right.

Nothing is believed of them but what somebody has read on paper; what is kept stands in the printer's memory. Refuses
to print: the slip is `printer_care`'s.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from pos_recovery.commands.answering import Options, UsageError, tell
from pos_recovery.printing.slips import EXAMPLE_CODE, compose
from pos_recovery.slip_texts.slip_fonts import spoken
from pos_recovery.slip_texts.slip_words import load_words
from pos_recovery.system.exits import ExitCode
from receipts.address.printer_url import check_printer_url
from receipts.escpos.code_pages import TRIED, found_right, remembered, worth_trying, written
from receipts.escpos.text_job import all_words

if TYPE_CHECKING:
    from pos_recovery.opening.wiring import Counter


def lines_to_try(counter: Counter) -> tuple[int, ...]:
    """Which lines of the test slip the words of this register's slips have a use for.

    None where slips are drawn, nor where all words are in the letters that every printer has.
    """
    settings = counter.settings
    if check_printer_url(settings.printer).mode != "text":
        return ()
    today = counter.desk.calendar.business_date(counter.clock())
    return worth_trying(
        "\n".join(
            all_words(
                compose(
                    settings,
                    load_words(language, settings.words, own_reasons=tuple(settings.reasons)),
                    reason=reason,
                    code=EXAMPLE_CODE,
                    expires_on=today,
                )
            )
            for reason in (each.id for each in counter.reasons)
        )
        for language in spoken(settings.words)
    )


def is_to_be_asked(counter: Counter) -> bool:
    """Whether slips would be better for a person's look at this printer's letters, and nobody has had one."""
    return counter.desk.pages() is None and bool(lines_to_try(counter))


def as_json(line: int) -> dict[str, Any]:
    """A line of the test slip for scripts."""
    page = TRIED[line - 1]
    return {"line": line, "number": page.number, "codec": page.codec, "reads": page.sample}


def talk_over(counter: Counter, lines: tuple[int, ...], *, with_person: bool) -> None:
    """Which lines in the printer's own letters are right; until somebody says so, what they would be for is drawn."""
    shown = "".join(f"{each['line']:3}  {each['reads']}\n" for each in map(as_json, lines))
    sys.stdout.write(
        f"The slip ends with lines in the printer's own letters. A right one reads, to the last sign:\n{shown}"
    )
    if not with_person:
        sys.stdout.write(
            "Say which are: `pos-recovery printer test --right 8`, several with commas, or `--right none`.\n"
        )
        return
    while True:
        sys.stderr.write("Which numbers are right? Several with spaces between; Enter for none: ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
        if not answer:
            return
        try:
            kept = _kept_right(counter, answer)
        except ValueError as error:
            sys.stderr.write(f"{str(error)[:1].upper()}{str(error)[1:]}.\n")
            continue
        sys.stdout.write(f"{kept}\n")
        return


def _kept_right(counter: Counter, answer: str) -> str:
    """Remember the lines of this answer, and say what that means. Raises ValueError in a person's words."""
    words = answer.replace(",", " ").split()
    if words == ["none"]:
        words = []
    if not all(word.isdecimal() for word in words):
        raise ValueError("numbers of lines are wanted, as 8, or none")
    pages = found_right(map(int, words))
    counter.desk.found_right(written(pages))
    if not pages:
        return "Noted: slips use the letters that every printer has, and whatever else is on one is drawn."
    return "Noted: slips use the letters of these lines from now on."


def keep(options: Options, counter: Counter) -> int:
    """As a person answers, for those who looked at the slip some other way. Prints nothing."""
    try:
        kept = _kept_right(counter, options.right)
    except ValueError as error:
        raise UsageError(f"--right: {error}. See `pos-recovery printer test --help`.") from None
    pages = [{"number": page.number, "codec": page.codec} for page in remembered(counter.desk.pages() or "")]
    tell(options, {"outcome": "pages_kept", "printer": counter.settings.printer, "pages": pages}, kept)
    return ExitCode.DONE
