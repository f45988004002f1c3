"""Which function stands behind a command, and the one door where faults become a sentence and an exit code.

The commands import what is heavy when they run, so naming them all here costs nothing.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable

from pos_recovery import (
    backup_commands,
    coupon_commands,
    export_command,
    household,
    printer_commands,
    printer_jobs,
    setup_command,
)
from pos_recovery.answering import Options, UsageError, write_json
from pos_recovery.exits import ExitCode, bug_sentence, log_bug, say
from pos_recovery.locations import find_home


def by_name(options: Options) -> Callable[[Options], int]:
    """The function behind a command."""
    within = (getattr(options, f"{options.command}_command", None),) if options.command else ()
    whole = " ".join(filter(None, (options.command, *within)))
    return {
        "": register,
        "setup": setup_command.setup,
        "staff add": household.staff_add,
        "staff list": household.staff_list,
        "staff disable": household.staff_disable,
        "staff reset-pin": household.staff_reset_pin,
        "reasons": household.reasons,
        "issue": coupon_commands.issue,
        "show": coupon_commands.show,
        "redeem": coupon_commands.redeem,
        "reverse": coupon_commands.reverse,
        "void": coupon_commands.void,
        "reprint": coupon_commands.reprint,
        "printer test": printer_commands.test,
        "printer status": printer_commands.status,
        "printer jobs": printer_jobs.jobs,
        "printer find": printer_commands.find,
        "printer virtual": printer_commands.virtual,
        "export": export_command.export,
        "verify": export_command.verify,
        "backup": backup_commands.backup,
        "restore": backup_commands.restore,
        "doctor": household.doctor,
        "version": household.version,
    }[whole]


def register(options: Options) -> int:
    """Start the register."""
    # Textual draws on stderr, so all three must be a terminal.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError("the register needs a terminal; for scripts, see `pos-recovery --help`")
    from pos_recovery.tui.app import RegisterApp
    from pos_recovery.tui.quiet import collect_when_quiet

    collect_when_quiet()
    app = RegisterApp(find_home(options.home))
    app.run(mouse=True)
    if app.parting_words:
        say(app.parting_words)
    return ExitCode.BUG if app.broke else app.return_code or 0


def guarded(command: Callable[[Options], int], options: Options) -> int:
    """Run a command; turn every fault into one sentence on stderr and the exit code that fits."""
    try:
        code = _answer(command, options)
        sys.stdout.flush()  # what nobody can read is noticed here; at the interpreter's end it would be a traceback
    except BrokenPipeError:  # the reader of our output went away; so do we, quietly
        _say_no_more()
        return ExitCode.DONE
    except OSError as error:
        _say_no_more()
        say(
            f"The answer could not be written: {error.strerror}. What was done is on record; make room, then ask again."
        )
        return ExitCode.UNAVAILABLE
    else:
        return code


def _answer(command: Callable[[Options], int], options: Options) -> int:
    try:
        return command(options)
    except KeyboardInterrupt:
        say("Stopped. What was on record before is safe.")
        return ExitCode.STOPPED
    except UsageError as error:
        return _fault(options, ExitCode.USAGE, "wrong_usage", str(error))
    except Exception as error:  # the edge of the process: whatever it is, nobody sees a traceback
        if _is_of_stdout(error):
            raise
        return _explain(error, options)


def _is_of_stdout(error: Exception) -> bool:
    """Whether an answer could not be written: every file has a name in its error, stdout has none."""
    full = isinstance(error, OSError) and error.filename is None and error.errno in {errno.ENOSPC, errno.EIO}
    return full or isinstance(error, BrokenPipeError)


def _say_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(error: Exception, options: Options) -> int:
    from db.errors import StoreError
    from pos_recovery.config import ConfigError
    from pos_recovery.ledger import RequestReusedError

    if isinstance(error, ConfigError):
        return _fault(options, ExitCode.CONFIGURATION, "configuration_wrong", str(error))
    if isinstance(error, StoreError):
        return _fault(options, ExitCode.UNAVAILABLE, "store_unavailable", str(error))
    if isinstance(error, RequestReusedError):
        sentence = "That request id was used for something else. Nothing was done; use a new one for each request."
        return _fault(options, ExitCode.USAGE, "wrong_usage", sentence)
    import secrets

    from pos_recovery.business import system_clock

    reference = secrets.token_hex(4)
    home = find_home(options.home)
    log_bug(error, home, system_clock(), reference)
    return _fault(options, ExitCode.BUG, "bug", bug_sentence(reference, home))


def _fault(options: Options, code: ExitCode, outcome: str, sentence: str) -> int:
    say(sentence)
    if options.json:
        write_json({"outcome": outcome, "sentence": sentence})
    return code
