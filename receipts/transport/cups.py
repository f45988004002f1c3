"""A queue of CUPS, the spooler of Linux and macOS, through its own command `lp`.

A spooler proves nothing: it calls a job completed while the printer is out of paper. So the best that is said is under
which number the job was handed over, which is what `cancel` wants to know. `lp` starts only when the job is whole.

For a few seconds after that CUPS is asked what became of the job, and what it then says of the printer behind is handed
on: a job that ended with a complaint is no slip that anybody should believe in. Traps of CUPS 2.4.2: a job whose bytes
the printer refused is `completed`, and its reasons (`processing-to-stop-point`) are those of one that printed well, so
the printer's message alone tells them apart, and that of one that printed is empty; `lpstat -o queue-17` is refused,
whatever its manual says, so all jobs of the queue are listed.

Deliberately not python-escpos' CupsPrinter or LP: the first needs a C extension that comes as no wheel, writes status
questions into the job and forgets its number; the second ignores whether `lp` succeeded and adds a line feed after the
cut. `lp` gets the job as a file on its standard input, because how far that has been read tells what may have left: it
reads only after the queue has accepted the job.
"""

import contextlib
import errno
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator

from receipts.transport import Line, NothingLeftError, describe_error
from receipts.transport.cups_commands import told

_TITLE = re.compile(r"[^\w .-]")
_ERROR = re.compile(r"^error - ", re.IGNORECASE)
_REFUSED = re.compile(r"abort|cancel", re.IGNORECASE)
_STOPS = re.compile(
    r"\b(media-empty|media-needed|media-jam|cover-open|door-open|interlock-open|shutdown|offline)(?:-error)?(?![\w-])"
)
"""Of printer-state-reasons (RFC 8011, 5.4.12) those that stop paper; `-report` and `-warning` stop none."""
_CALM = frozenset({"", "idle", "ready", "ready to print", "none"})
"""What printers say that are well."""
_HEARD_OUT_S, _TURN_S = 3.0, 0.2
"""How long a job is watched, and how often: a slip takes two seconds."""
_ACCEPTED = re.compile(r"request id is (\S+)-(\d+)")


class CupsTransport:
    """Hands whole jobs to `queue`, raw: no filter may touch them. `CUPS_SERVER` and the like are obeyed."""

    reads_back = False
    hand_over_only = True

    def __init__(self, queue: str, *, deadline_s: float = 10.0, heard_out_s: float = _HEARD_OUT_S) -> None:
        self._queue = queue
        self._deadline_s = deadline_s
        self._heard_out_s = heard_out_s

    def open(self, name: str) -> Line:
        """See that there is an `lp`; the queue is met when the job is handed over. `name` is the job's title."""
        lp = shutil.which("lp")
        if lp is None:
            raise FileNotFoundError(errno.ENOENT, "no CUPS here: the command lp is missing")
        command = (lp, "-d", self._queue, "-o", "raw", "-t", _TITLE.sub("_", name), "-")
        return CupsLine(command, self._queue, self._deadline_s, self._heard_out_s)


class CupsLine:
    """A job that is being collected."""

    def __init__(self, command: tuple[str, ...], queue: str, deadline_s: float, heard_out_s: float) -> None:
        self._command = command
        self._queue = queue
        self._deadline_s = deadline_s
        self._heard_out_s = heard_out_s
        self._job = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close)

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:  # noqa: ARG002  (a file is never busy)
        """See `Line`. No room for the job is said while nothing has left."""
        with _nothing_left():
            return self._job.write(data), b""

    def finish(self) -> str:
        """See `Line`: the spooler has it.

        Raises:
            NothingLeftError: refused before `lp` read anything: no scheduler, no such queue, a queue that rejects.
            OSError: `lp` failed later, or did not end within the deadline, or CUPS ended the job with a complaint;
                nobody knows what prints.
        """
        with _nothing_left():
            self._job.flush()
        self._job.seek(0)
        status, said, complaint = self._run()
        if status == 0:
            accepted = _ACCEPTED.search(said)
            if accepted is None:
                return f"handed to queue {self._queue}"
            return f"handed to queue {self._queue} as job {accepted[2]}{self._heard_of(f'{accepted[1]}-{accepted[2]}')}"
        trouble = f"CUPS did not take it: {self._one_line(complaint) or f'lp ended with {status}'}"
        if os.lseek(self._job.fileno(), 0, os.SEEK_CUR) == 0:
            raise NothingLeftError(errno.EIO, trouble)
        raise OSError(errno.EIO, trouble)

    def _heard_of(self, job: str) -> str:
        """What CUPS says of this job and its printer that is worth a person's while, as the end of a sentence.

        Raises:
            OSError: The job is over, and not well.
        """
        ends = time.monotonic() + self._heard_out_s
        while True:
            waiting = _of_job(self._ask("-o", self._queue), job)
            if waiting is None or time.monotonic() >= ends:
                break
            time.sleep(_TURN_S)
        if waiting is not None:
            said = waiting[0] or _of_printer(self._ask("-p", self._queue))
            return ", where it waits" + (f"; CUPS says: {said}" if said else "")
        message, reasons = _of_job(self._ask("-W", "completed", "-o", self._queue), job) or ("", "")
        if not message and _REFUSED.search(reasons):
            message = reasons
        message = message or ", ".join(_STOPS.findall(_field(self._ask("-p", self._queue), "Alerts")))
        if message:
            raise OSError(errno.EIO, f"CUPS says: {message}")
        return ""

    def _ask(self, *what: str) -> str:
        """The long answer of `lpstat`; empty where it cannot be had."""
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            return told(("lpstat", "-l", *what), self._deadline_s)
        return ""

    def _run(self) -> tuple[int, str, str]:
        lp = subprocess.Popen(  # noqa: S603  (the queue's name was checked, the title was cleaned, no shell)
            self._command,
            stdin=self._job,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"LC_ALL": "C"},
            text=True,
            errors="replace",
        )
        with lp:
            try:
                said, complaint = lp.communicate(timeout=self._deadline_s)
            except subprocess.TimeoutExpired as error:
                lp.kill()
                raise TimeoutError(errno.ETIMEDOUT, f"CUPS did not answer within {self._deadline_s:g} s") from error
            return lp.returncode, said, complaint

    def _one_line(self, complaint: str) -> str:
        """What `lp` says, without its own name: it says the one by which it was started."""
        words = " ".join(complaint.removeprefix(f"{self._command[0]}: ").removeprefix("lp: ").split())
        return _ERROR.sub("", words).rstrip(".")

    def close(self) -> None:
        """See `Line`."""
        with contextlib.suppress(OSError):  # bytes that found no room are tried once more
            self._job.close()


@contextlib.contextmanager
def _nothing_left() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NothingLeftError(error.errno, f"the job cannot be kept: {describe_error(error)}") from error


def _of_job(listed: str, job: str) -> tuple[str, str] | None:
    """The printer's message and the reasons of a job in the long list of `lpstat`; None: it is not in it."""
    found = re.search(rf"^{re.escape(job)} .*\n((?:\t.*\n)*)", listed, re.MULTILINE)
    return None if found is None else (_field(found[1], "Status"), _field(found[1], "Alerts"))


def _of_printer(told: str) -> str:
    """What the long answer says of a printer: its message, which stands by itself, else its reasons."""
    message = re.search(r"^printer .*\n\t(.*)$", told, re.MULTILINE)
    said = message[1] if message and not message[1].startswith("Form mounted") else ""
    return _unless_calm(said) or _field(told, "Alerts")


def _field(lines: str, name: str) -> str:
    found = re.search(rf"^\t{name}: *(.*)$", lines, re.MULTILINE)
    return _unless_calm(found[1]) if found else ""


def _unless_calm(said: str) -> str:
    return "" if said.strip().rstrip(".").casefold() in _CALM else said.strip()
