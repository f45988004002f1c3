"""Work that is done by a process of its own, which gives back its memory and touches nothing of this one.

The process is this module. It is handed a function and its argument on stdin, and hands back what the function yields,
one by one, on stdout. It dies with whoever asked, however that happens, and leaves nobody behind.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Generator, Iterable
from threading import Thread
from typing import IO, Any, TypeVar

_J = TypeVar("_J")
_R = TypeVar("_R")
_ITEM, _END, _ERROR = "item", "end", "error"
_ASIDE = ("-P", "-m", "pos_recovery.export.verify.worker_process")
"""-P: what happens to lie in the folder that somebody works in, a json.py of theirs, is not imported."""


class EndedError(OSError):
    """Nobody is there who would answer. Its words are ours and go to people."""


def each(work: Callable[[_J], Iterable[_R]], job: _J) -> Generator[_R]:
    """What `work(job)` yields.

    Args:
        work: A function of a module that can be imported.
        job: What it is given; like all that it yields, something that can be pickled.

    Raises:
        StoreError: The database cannot be used now.
        OSError: A file cannot be written.
        ImportError: A library of the night's is not whole.
        EndedError: The process ended before its time.
    """
    from subprocess import PIPE, Popen

    with Popen([sys.executable, *_ASIDE], stdin=PIPE, stdout=PIPE) as process:  # noqa: S603  ourselves
        assert process.stdin is not None  # noqa: S101  asked for above
        assert process.stdout is not None  # noqa: S101
        try:
            pickle.dump((work, job), process.stdin)
            process.stdin.flush()
            while (answer := _answer(process.stdout)) is not None:
                yield answer[0]
            process.stdin.close()
        except BaseException:
            process.kill()
            raise


def _answer(pipe: IO[bytes]) -> tuple[Any] | None:
    """What comes next; None: nothing more."""
    try:
        kind, value = pickle.load(pipe)  # noqa: S301  from our own child
    except EOFError as error:
        raise EndedError("a process of ours was ended; perhaps the machine had no memory left") from error
    if kind == _ERROR:
        raise value
    return (value,) if kind == _ITEM else None


def main() -> None:
    """The process."""
    answers = sys.stdout.buffer
    try:
        work, job = pickle.load(sys.stdin.buffer)  # noqa: S301  from our own parent
        Thread(target=_die_with_parent, daemon=True).start()
        for value in work(job):
            pickle.dump((_ITEM, value), answers)
            answers.flush()
        pickle.dump((_END, None), answers)
        answers.flush()
    except (EOFError, BrokenPipeError):  # whoever asked has died
        os._exit(1)
    except Exception as error:  # noqa: BLE001  the edge of the process: it is raised again by whoever asked
        pickle.dump((_ERROR, _portable(error)), answers)
        answers.flush()
    os._exit(0)  # the interpreter's own end would wait for the lock of the thread that reads stdin, and complain


def _die_with_parent() -> None:
    """Whoever asked keeps our stdin open until all is answered."""
    if not sys.stdin.buffer.read():
        os._exit(1)


def _portable(error: Exception) -> Exception:
    """An exception that another process can read: what is no plain one of ours is told as what it says."""
    from db.connection.errors import StoreBroken, StoreError

    if isinstance(error, StoreError):
        return type(error)(error.detail)
    if isinstance(error, OSError):
        return OSError(error.errno, error.strerror, error.filename)
    if isinstance(error, ImportError):
        return ImportError(str(error), name=error.name)
    if isinstance(error, SyntaxError):  # a library's file that is damaged
        return SyntaxError(error.msg)
    return StoreBroken(f"({type(error).__name__}: {str(error)[:200]})")


if __name__ == "__main__":
    main()
