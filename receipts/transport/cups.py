"""A queue of CUPS, the spooler of Linux and macOS, through its own command `lp`.

A spooler proves nothing: it calls a job completed while the printer is out of paper. So the best that is said is under
which number the job was handed over, which is what `cancel` wants to know. `lp` starts only when the job is whole.

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
from collections.abc import Iterator

from receipts.transport import Line, NothingLeftError, describe_error

_TITLE = re.compile(r"[^\w .-]")
_ERROR = re.compile(r"^error - ", re.IGNORECASE)
_ACCEPTED = re.compile(r"request id is (\S+)-(\d+)")


class CupsTransport:
    """Hands whole jobs to `queue`, raw: no filter may touch them. `CUPS_SERVER` and the like are obeyed."""

    reads_back = False
    hand_over_only = True

    def __init__(self, queue: str, *, deadline_s: float = 10.0) -> None:
        self._queue = queue
        self._deadline_s = deadline_s

    def open(self, name: str) -> Line:
        """See that there is an `lp`; the queue is met when the job is handed over. `name` is the job's title."""
        lp = shutil.which("lp")
        if lp is None:
            raise FileNotFoundError(errno.ENOENT, "no CUPS here: the command lp is missing")
        command = (lp, "-d", self._queue, "-o", "raw", "-t", _TITLE.sub("_", name), "-")
        return CupsLine(command, self._queue, self._deadline_s)


class CupsLine:
    """A job that is being collected."""

    def __init__(self, command: tuple[str, ...], queue: str, deadline_s: float) -> None:
        self._command = command
        self._queue = queue
        self._deadline_s = deadline_s
        self._job = tempfile.TemporaryFile()  # noqa: SIM115  (closed by close)

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:  # noqa: ARG002  (a file is never busy)
        """See `Line`. No room for the job is said while nothing has left."""
        with _nothing_left():
            return self._job.write(data), b""

    def finish(self) -> str:
        """See `Line`: the spooler has it.

        Raises:
            NothingLeftError: refused before `lp` read anything: no scheduler, no such queue, a queue that rejects.
            OSError: `lp` failed later, or did not end within the deadline; nobody knows what prints.
        """
        with _nothing_left():
            self._job.flush()
        self._job.seek(0)
        status, said, complaint = self._run()
        if status == 0:
            accepted = _ACCEPTED.search(said)
            return f"handed to queue {self._queue}" + (f" as job {accepted[2]}" if accepted else "")
        trouble = f"CUPS did not take it: {self._one_line(complaint) or f'lp ended with {status}'}"
        if os.lseek(self._job.fileno(), 0, os.SEEK_CUR) == 0:
            raise NothingLeftError(errno.EIO, trouble)
        raise OSError(errno.EIO, trouble)

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
