"""Which function stands behind a command, and the one door where faults become a sentence and an exit code.

The commands import what is heavy when they run, so naming them all here costs nothing.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from pos_recovery.commands import backup, coupons, export, printer, printer_jobs, scanner, setup, staff
from pos_recovery.commands.answering import Options, UntoldError, UsageError, write_json
from pos_recovery.rules.text_cleaning import clean
from pos_recovery.system.exits import ExitCode, Stopped, explain_bug, say
from pos_recovery.system.locations import OUT_VARIABLE, find_home
from pos_recovery.system.ownership import explained, give_back
from pos_recovery.system.terminal import abilities, forget_textual_variables, is_text, shows_only_lines

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_OF_FILES = {
    *_NO_ROOM, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG, errno.ELOOP, errno.EROFS, errno.ENOTDIR, errno.EISDIR,
    errno.EIO,
}  # fmt: skip
"""What may be wrong with a file or folder without anybody having made a mistake here."""


def by_name(options: Options) -> Callable[[Options], int]:
    """The function behind a command."""
    within = (getattr(options, f"{options.command}_command", None),) if options.command else ()
    whole = " ".join(filter(None, (options.command, *within)))
    return {
        "": register,
        "setup": setup.setup,
        "staff add": staff.staff_add,
        "staff list": staff.staff_list,
        "staff disable": staff.staff_disable,
        "staff reset-pin": staff.staff_reset_pin,
        "reasons": staff.reasons,
        "issue": coupons.issue,
        "show": coupons.show,
        "redeem": coupons.redeem,
        "reverse": coupons.reverse,
        "void": coupons.void,
        "reprint": coupons.reprint,
        "printer test": printer.test,
        "printer status": printer.status,
        "printer jobs": printer_jobs.jobs,
        "printer find": printer.find,
        "printer virtual": printer.virtual,
        "scanner learn": scanner.learn,
        "export": export.export,
        "verify": export.verify,
        "backup": backup.backup,
        "restore": backup.restore,
        "doctor": staff.doctor,
        "version": staff.version,
    }[whole]


def register(options: Options) -> int:
    """Start the register."""
    # Textual draws on stderr, so all three must be a terminal.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise UsageError("the register needs a terminal; for scripts, see `pos-recovery --help`")
    if shows_only_lines(os.environ):
        raise UsageError(
            "this terminal says that it shows only lines (TERM=dumb), and the register needs a whole screen. Start it "
            "in another one; every command works here, see `pos-recovery --help`"
        )
    forget_textual_variables(os.environ)
    from pos_recovery.tui.app import RegisterApp
    from pos_recovery.tui.environment import Environment
    from pos_recovery.tui.idle_work import collect_when_idle
    from pos_recovery.tui.terminal_restore import TerminalRestore

    collect_when_idle()
    app = RegisterApp(find_home(options.home), Environment(abilities=abilities(os.environ, sys.stderr.encoding)))
    with TerminalRestore(app):
        app.run(mouse=True)
    if app.parting_words:
        say(app.parting_words)
    return app.exit_code


def guarded(command: Callable[[Options], int], options: Options) -> int:
    """Run a command; turn every fault into one sentence on stderr and the exit code that fits."""
    try:
        code = _answer(command, options)
        sys.stdout.flush()  # what nobody can read is noticed here; at the interpreter's end it would be a traceback
    except BrokenPipeError:  # the reader of our output went away; so do we, quietly
        _write_no_more()
        return ExitCode.DONE
    except OSError as error:
        return untold(error)
    except UntoldError as fault:
        return untold(fault.error)
    else:
        return code
    finally:
        give_back(find_home(options.home))


def _answer(command: Callable[[Options], int], options: Options) -> int:
    try:
        _require_text_of_folders(options)
        return command(options)
    except KeyboardInterrupt as stop:
        say("Stopped. What was on record before is safe.")
        return stop.code if isinstance(stop, Stopped) else ExitCode.STOPPED
    except UsageError as error:
        return _fault(options, ExitCode.USAGE, "wrong_usage", str(error))
    except Exception as error:  # the edge of the process: whatever it is, nobody sees a traceback
        if _is_of_stdout(error):
            raise
        return _explain(error, options)


def _require_text_of_folders(options: Options) -> None:
    """Neither SQLite nor DuckDB opens a file whose name is no text, and neither says so."""
    folders = {"the home folder": str(find_home(options.home).folder)}
    named = (str(getattr(options, name, None) or "") for name in ("folder", "out", "database"))
    folders["what the command names"] = "".join(named)
    if options.command in {"export", "verify", "backup", "restore"}:
        folders[OUT_VARIABLE] = os.environ.get(OUT_VARIABLE, "")
        with suppress(FileNotFoundError):  # it was removed meanwhile: whoever names a folder from the root needs none
            folders["the folder you are in"] = str(Path.cwd())
    for which, folder in folders.items():
        if not is_text(folder):
            raise UsageError(f"{which} has a name that is no text (UTF-8); give it another name, and ask again")


def _is_of_stdout(error: Exception) -> bool:
    """Whether an answer could not be written: every file has a name in its error, stdout has none."""
    full = isinstance(error, OSError) and error.filename is None and error.errno in {*_NO_ROOM, errno.EIO, errno.EBADF}
    return full or isinstance(error, BrokenPipeError | UntoldError)


def untold(error: OSError) -> int:
    """Say that stdout does not take the answer. Returns the exit code."""
    _write_no_more()
    room = "make room, then " if error.errno in _NO_ROOM else ""
    say(f"The answer could not be written: {error.strerror}. What was done is on record; {room}ask again.")
    return ExitCode.UNAVAILABLE


def _write_no_more() -> None:
    """What is still in the buffer goes nowhere: at the interpreter's end it would be a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(error: Exception, options: Options) -> int:
    from db.connection.errors import StoreError
    from pos_recovery.counter.ledger import RequestReusedError
    from pos_recovery.settings.schema import ConfigError
    from pos_recovery.system import extras

    lacking = error if isinstance(error, extras.LackingError) else extras.met(options.command or "", error)
    if lacking is not None:
        more = {"extras": lacking.extras, "command": lacking.command}
        return _fault(options, ExitCode.CONFIGURATION, "configuration_wrong", str(lacking), more)
    if isinstance(error, ConfigError):
        return _fault(options, ExitCode.CONFIGURATION, "configuration_wrong", str(error))
    if isinstance(error, StoreError):
        return _fault(options, ExitCode.UNAVAILABLE, "store_unavailable", explained(error, find_home(options.home)))
    if isinstance(error, RequestReusedError):
        sentence = "That request id was used for something else. Nothing was done; use a new one for each request."
        return _fault(options, ExitCode.USAGE, "wrong_usage", sentence)
    if isinstance(error, OSError) and error.filename is not None and error.errno in _OF_FILES:
        sentence = (
            f"{clean(str(error.filename), 200)} cannot be used: {error.strerror}. What was on record before is safe; "
            "see to the file or folder, then ask again."
        )
        return _fault(options, ExitCode.UNAVAILABLE, "file_unavailable", sentence)
    return _fault(options, ExitCode.BUG, "bug", explain_bug(error, find_home(options.home)))


def _fault(
    options: Options, code: ExitCode, outcome: str, sentence: str, more: Mapping[str, object] | None = None
) -> int:
    say(sentence)
    if options.json:
        write_json({"outcome": outcome, "sentence": sentence, **(more or {})})
    return code
