"""The only door to python-escpos: bands in, the bytes of a job out.

The library makes the commands (reset, centring, feed and cut) on its `Dummy` printer; nothing of it ever holds a
connection. Traps of version 3.1, fenced here and each shown by a test:

* its import calls `logging.basicConfig()`, whose handler would write over a full-screen terminal;
* its import leaves a new directory with a pickle in the temporary folder, at every start, and would load a pickle
  that somebody else put into a shared one;
* it prints to standard output when its printer list is broken;
* its `image()` sends up to 960 rows as one command, so rasters are framed here.

The import costs 0.2 to 0.4 s, so it happens on first use; `warm_up` lets the print thread pay for it early.
"""

import io
import logging
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from receipts.encode import Band

_PICKLES = "ESCPOS_CAPABILITIES_PICKLE_DIR"


def warm_up() -> None:
    """Import python-escpos now, so that the first slip does not wait for it."""
    _library()


def job(parts: "Sequence[Sequence[Band]]") -> bytes:
    """A reset and centring, then each part's bands followed by a feed to the cutter and a partial cut (GS V 66 0)."""
    printer = _library().Dummy()
    printer.hw("INIT")
    printer.set(align="center")
    for part in parts:
        for band in part:
            printer._raw(_raster(band))  # noqa: SLF001  (its image() takes 20 ms more per slip: RGBA and back)
        printer.cut(feed=False)
    return bytes(printer.output)


def _raster(band: "Band") -> bytes:
    """GS v 0 in normal density: bytes per row and rows, both little-endian, then the dots."""
    return b"\x1dv0\0" + band.width_bytes.to_bytes(2, "little") + band.rows.to_bytes(2, "little") + band.data


@cache
def _library() -> Any:  # noqa: ANN401  (the library ships no types)
    with _no_root_handler(), _own_temporary_folder(), redirect_stdout(io.StringIO()):
        from escpos.printer import dummy
    return dummy


@contextmanager
def _no_root_handler() -> Iterator[None]:
    """`basicConfig` does nothing while the root logger has a handler, so it has one that is silent."""
    silent = logging.NullHandler()
    logging.getLogger().addHandler(silent)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(silent)


@contextmanager
def _own_temporary_folder() -> Iterator[None]:
    """What the import leaves behind lands in a private folder and is removed by name, nothing else with it."""
    folder = Path(tempfile.mkdtemp(prefix="receipts-"))
    before, pickles = tempfile.tempdir, os.environ.pop(_PICKLES, None)
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        if pickles is not None:
            os.environ[_PICKLES] = pickles
        for left in folder.glob("*/*.capabilities.pickle"):
            left.unlink()
        for left in (*folder.iterdir(), folder):
            _remove_if_empty(left)


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # another thread's file: not ours to delete
        return
