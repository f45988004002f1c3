"""The command line: what may be said, and which command it calls. Heavy imports happen inside the commands.

argparse, because it is the one parser that costs `version` nothing (25 ms less than click, 70 less than typer), takes
global options on either side of the command, and exits with 2 on wrong usage as agreed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn

from pos_recovery import __version__
from pos_recovery.system.exits import ExitCode, say
from pos_recovery.system.terminal import speak_plainly

EXAMPLES = {
    "": "pos-recovery                 start the register\n  pos-recovery setup --defaults",
    "setup": "pos-recovery setup --defaults --store-name 'Harbour St' --timezone Europe/London --currency GBP",
    "staff": "pos-recovery staff list",
    "staff add": "pos-recovery staff add 'Ana' --role barista --as 1",
    "staff list": "pos-recovery staff list --json",
    "staff disable": "pos-recovery staff disable 3 --as 1",
    "staff reset-pin": "pos-recovery staff reset-pin 3 --as 1",
    "reasons": "pos-recovery reasons",
    "issue": "pos-recovery issue late --item 'flat white' --remade --as 2",
    "show": "pos-recovery show 7KQ4-M2XD-9RTC",
    "redeem": "pos-recovery redeem 7KQ4-M2XD-9RTC --ending turned_around --as 1",
    "reverse": "pos-recovery reverse 7KQ4-M2XD-9RTC --note 'wrong slip' --as 1",
    "void": "pos-recovery void 7KQ4-M2XD-9RTC --as 2",
    "reprint": "pos-recovery reprint 7KQ4-M2XD-9RTC --as 2",
    "printer": "pos-recovery printer status",
    "printer test": "pos-recovery printer test",
    "printer status": "pos-recovery printer status --json",
    "printer jobs": "pos-recovery printer jobs --retry",
    "printer find": "pos-recovery printer find",
    "printer virtual": "pos-recovery printer virtual --paper 80 --fault 'paper-out 60'",
    "scanner": "pos-recovery scanner learn",
    "scanner learn": "pos-recovery scanner learn",
    "export": "pos-recovery export --day 2026-11-21 --out /mnt/head-office",
    "verify": "pos-recovery verify /mnt/head-office",
    "backup": "pos-recovery backup /mnt/usb-stick --keep 30",
    "restore": "pos-recovery restore /mnt/usb-stick",
    "doctor": "pos-recovery doctor",
    "version": "pos-recovery version",
}
"""One for every command; a test runs through them."""

DEFAULT_PRINTER_PORT = 9100
ROLES = ("barista", "shift_lead")
ENDINGS = ("turned_around", "still_unhappy", "did_not_say")


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are one line and name the help."""

    in_json = False
    """Whether whoever asks wants one JSON object, whatever comes of it."""

    def error(self, message: str) -> NoReturn:
        sentence = f"{self.prog}: {message}. See `{self.prog} --help`."
        say(sentence)
        if _Parser.in_json:
            from pos_recovery.commands.answering import write_json

            write_json({"outcome": "wrong_usage", "sentence": sentence})
        raise SystemExit(ExitCode.USAGE)


def _globals(parser: argparse.ArgumentParser) -> None:
    """Options that may stand before or after the command. SUPPRESS keeps one place from wiping out the other."""
    nothing = argparse.SUPPRESS
    parser.add_argument("--home", metavar="DIR", default=nothing, help="where this register keeps its things")
    parser.add_argument(
        "--as", dest="staff", type=int, metavar="ID", default=nothing,
        help="who you are (default 1, the first person); the PIN comes from POS_RECOVERY_PIN or a prompt",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", default=nothing, help="answer with one JSON object")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(
        prog="pos-recovery",
        description="A service-recovery register: two keys, a kind slip, one drink on the house.",
        epilog=f"example:\n  {EXAMPLES['']}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _globals(top)
    top.add_argument("--version", action="version", version=f"pos-recovery {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(
        name: str, help_: str, group: argparse._SubParsersAction[_Parser] = commands, under: str = ""
    ) -> _Parser:
        whole = f"{under} {name}".strip()
        made = group.add_parser(
            name,
            help=help_,
            description=help_[:1].upper() + help_[1:] + ".",
            epilog=f"example:\n  {EXAMPLES[whole]}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        _globals(made)
        return made

    _setup(command("setup", "make what this register needs; safe to run again"))
    people = command("staff", "people and their PINs")
    who = people.add_subparsers(dest="staff_command", metavar="WHAT", required=True, parser_class=_Parser)
    adding = command("add", "add a person", who, "staff")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("--role", choices=ROLES, required=True)
    command("list", "list everybody", who, "staff")
    command("disable", "let nobody sign in as this person any more", who, "staff").add_argument(
        "id", type=int, metavar="ID"
    )
    resetting = command("reset-pin", "give a person a new PIN and end any wait", who, "staff")
    resetting.add_argument("id", type=int, metavar="ID")
    for giving in (adding, resetting):
        giving.add_argument("--pin-stdin", action="store_true", help="read the new PIN from standard input")
    command("reasons", "list what can go wrong, and the playbooks")
    _issue(command("issue", "issue a coupon and print its slip"))
    command("show", "tell a coupon's story").add_argument("code", metavar="CODE")
    redeeming = command("redeem", "redeem a slip, exactly once")
    redeeming.add_argument("--ending", choices=ENDINGS, help="how the story ended")
    redeeming.add_argument("--goodwill", action="store_true", help="if the slip is refused, record a drink as goodwill")
    reversing = command("reverse", "take back a redemption made by mistake today")
    voiding = command("void", "cancel an unused coupon")
    for noting in (reversing, voiding):
        noting.add_argument("--note", metavar="TEXT", help="why")
    reprinting = command("reprint", "print a slip again, marked as a copy")
    for deed in (redeeming, reversing, voiding, reprinting):
        deed.add_argument("code", metavar="CODE")
        deed.add_argument("--request-id", metavar="U", help="the same id again is the same answer again")
    printer = command("printer", "the printer: how it is, and which slips wait for it")
    what = printer.add_subparsers(dest="printer_command", metavar="WHAT", required=True, parser_class=_Parser)
    _test(command("test", "print the test slip and remember what the printer proves", what, "printer"))
    command("status", "ask the printer how it is", what, "printer")
    _jobs(command("jobs", "list slips that wait or are in doubt", what, "printer"))
    command("find", "list the printers this machine can see", what, "printer")
    _virtual(command("virtual", "run a printer made of software, for trying everything out", what, "printer"))
    scanner = command("scanner", "the scanner: how this machine hears it")
    how = scanner.add_subparsers(dest="scanner_command", metavar="WHAT", required=True, parser_class=_Parser)
    command("learn", "learn the scanner from one scan of a square that is shown", how, "scanner").add_argument(
        "--text", metavar="TYPED", help="what a scan of the square typed; without a terminal the square is told"
    )
    _export(command("export", "close a business day and write its night for head office"))
    verifying = command("verify", "check a night, or a folder of nights, without any database")
    verifying.add_argument("folder", metavar="DIR", help="one night, or the folder that nights are in")
    verifying.add_argument("--expect", metavar="SHA256", help="of a manifest, kept elsewhere: that night must be there")
    _backup(command("backup", "copy this register, whole, while it runs: ledger, settings, marks of the nights"))
    _restore(command("restore", "put a backup in the place of this register's ledger"))
    command("doctor", "look this register over, and say what to do")
    command("version", "print the version")
    return top


def _setup(made: argparse.ArgumentParser) -> None:
    made.add_argument("--defaults", action="store_true", help="ask nothing")
    made.add_argument("--lead", metavar="NAME", help="the first person, a shift lead")
    made.add_argument("--add-lead", metavar="NAME", help="one more shift lead, when the only one's PIN is lost")
    made.add_argument(
        "--new-ledger", action="store_true", help="begin anew where the ledger was lost: no coupon is on it"
    )
    made.add_argument("--store-id", metavar="S")
    made.add_argument("--store-name", metavar="N")
    made.add_argument("--timezone", metavar="Z", help="like Europe/Berlin")
    made.add_argument("--currency", metavar="C", help="like EUR")
    made.add_argument("--register", metavar="R")
    made.add_argument("--printer", metavar="URL", help="an address such as 192.0.2.7, or a printer URL; see the README")
    made.add_argument("--no-test-slip", action="store_true", help="do not try the printer now")
    made.add_argument("--paper", type=int, metavar="MM", help="58 or 80")
    made.add_argument("--font", action="append", dest="fonts", metavar="F", help="a family or a file, before others")
    made.add_argument("--language", metavar="L", help="the language slips speak unless told otherwise")


def _test(made: argparse.ArgumentParser) -> None:
    made.add_argument("--mute", action="store_true", help="it never answers: print without asking, now and from now on")
    made.add_argument(
        "--right",
        metavar="LINES",
        help="which numbered lines of the test slip were right, as 8,6, or none; prints none",
    )


def _issue(made: argparse.ArgumentParser) -> None:
    made.add_argument("reason", metavar="REASON", help="see `pos-recovery reasons`")
    made.add_argument("--item", metavar="T", help="what it was about")
    made.add_argument("--note", metavar="T", help="what the next shift should know")
    made.add_argument("--remade", action="store_true", help="it was made again on the spot")
    made.add_argument("--asked", action="store_true", help="the guest complained before we offered")
    made.add_argument("--count", type=int, default=1, metavar="N", help="coupons for a party, 1 to 4")
    made.add_argument("--language", metavar="L", help="the guest's language")
    made.add_argument("--request-id", metavar="U", help="the same id again is the same answer again")
    made.add_argument("--no-print", action="store_true", help="no slip; the code is enough")


def _export(made: argparse.ArgumentParser) -> None:
    made.add_argument("--day", metavar="YYYY-MM-DD", help="default: the last business day that is over in every store")
    made.add_argument(
        "--out", metavar="DIR|URL", help="a folder, or a URL such as sftp://host/nights (nights, in --home)"
    )
    made.add_argument(
        "--database", metavar="URL", help="postgresql://host/name of a chain (this register's own ledger)"
    )
    timer = made.add_argument_group("every night")
    timer.add_argument("--install-timer", action="store_true", help="have systemd do it; closes nothing now")
    timer.add_argument("--replace", action="store_true", help="write over its unit files where they say something else")


def _backup(made: argparse.ArgumentParser) -> None:
    made.add_argument("folder", metavar="DIR", help="where backups lie, each in a folder named by its time (UTC)")
    made.add_argument(
        "--keep", type=_number(1, 100_000), metavar="N", help="how many of this register stay, the newest (all)"
    )
    timer = made.add_argument_group("every night")
    timer.add_argument("--install-timer", action="store_true", help="have systemd do it; backs up nothing now")
    timer.add_argument("--replace", action="store_true", help="write over its unit files where they say something else")


def _restore(made: argparse.ArgumentParser) -> None:
    made.add_argument("folder", metavar="DIR", help="a backup, or the folder they lie in: then the newest")
    made.add_argument("--replace", action="store_true", help="though there is a ledger; that one is kept beside it")
    made.add_argument("--settings", action="store_true", help="bring its settings too, though there are some")


def _jobs(made: argparse.ArgumentParser) -> None:
    made.add_argument("--all", action="store_true", help="today's printed slips too")
    deed = made.add_mutually_exclusive_group()
    deed.add_argument("--retry", action="store_true", help="print today's slips that wait")
    deed.add_argument("--came-out", metavar="CODE", help="the slip in doubt is in your hand, whole")


def _virtual(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--port", type=_number(0, 65535), default=DEFAULT_PRINTER_PORT, metavar="N", help="9100; 0 is any free one"
    )
    made.add_argument("--paper", type=int, choices=(58, 80), default=58, help="width of the roll in mm (58)")
    made.add_argument("--speed", type=_number(1, 1000), default=150, metavar="MM_S", help="mm of paper a second (150)")
    made.add_argument("--buffer", type=_number(64, 1 << 24), default=4096, metavar="BYTES", help="of its own (4096)")
    made.add_argument("--roll", type=_number(1, 1_000_000), default=30_000, metavar="MM", help="paper left (30000)")
    made.add_argument("--no-process-id", action="store_true", help="it knows no GS ( H, as many cheap printers")
    made.add_argument("--no-macros", action="store_true", help="it keeps no macros: no GS : and GS ^")
    made.add_argument("--no-auto-status", action="store_true", help="it never speaks unasked: no GS a")
    made.add_argument("--silent-when-open", action="store_true", help="it answers nothing while its cover is open")
    made.add_argument("--fault", action="append", default=[], metavar="F", help="paper-out, 'cut-cable 5000', mute, …")
    made.add_argument(
        "--folder", default="virtual-slips", metavar="DIR", help="where its slips go as pictures (virtual-slips, here)"
    )


def _number(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number of this range, for argparse."""

    def number(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {lowest} to {highest}")
        return int(text)

    return number


def run(arguments: Sequence[str]) -> int:
    """Run one command. Returns its exit code; never raises, never shows a traceback."""
    speak_plainly()
    _Parser.in_json = "--json" in arguments
    try:
        told = parser().parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    options = argparse.Namespace(**{"home": None, "staff": None, "json": False, **vars(told)})
    from pos_recovery.commands import dispatch

    chosen: Callable[[argparse.Namespace], int] = dispatch.by_name(options)
    return dispatch.guarded(chosen, options)
