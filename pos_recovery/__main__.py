"""The entry: answers `version` without loading anything, and hands everything else to `commands`."""

import gc
import os
import sys

from pos_recovery import __version__

BETWEEN_LOOKS = 50_000
"""New objects between two looks for garbage. By the 700 of CPython 3.11, a command that gives a coupon looks 137 times
at what it has just loaded, where there is hardly any: a tenth of its time."""


def main() -> int:
    """Run one command of the process's own arguments. Returns the exit code."""
    _open_what_is_closed()
    if sys.argv[1:] in (["version"], ["--version"]):
        try:
            sys.stdout.write(f"pos-recovery {__version__}\n")
            sys.stdout.flush()
        except OSError as error:
            from pos_recovery.commands import dispatch

            return dispatch.untold(error)
        return 0
    try:
        gc.set_threshold(BETWEEN_LOOKS, *gc.get_threshold()[1:])
        from pos_recovery.commands import arguments

        return arguments.run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anything to stop
        return 130
    finally:
        gc.freeze()  # at its end Python looks through all that is there, again and again: a sixth of a command's time


def _open_what_is_closed() -> None:
    """Where a stream was closed by whoever started us, Python has None.

    Nothing is to be read there, and nothing said; but an answer must not vanish, so writing it fails. A number below
    three that stayed free would go to the first file that is opened: to the ledger, perhaps.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  for as long as the process lives
    if sys.stdout is None:
        sys.stdout = open(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")  # noqa: PTH123, SIM115  as above
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  as above


if __name__ == "__main__":
    sys.exit(main())
