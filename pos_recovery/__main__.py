"""The entry: answers `version` without loading anything, and hands everything else to `cli`."""

import sys

from pos_recovery import __version__


def main() -> int:
    """Run one command of the process's own arguments. Returns the exit code."""
    if sys.argv[1:] in (["version"], ["--version"]):
        sys.stdout.write(f"pos-recovery {__version__}\n")
        return 0
    try:
        from pos_recovery import cli

        return cli.run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anything to stop
        return 130


if __name__ == "__main__":
    sys.exit(main())
