"""The only door to python-escpos: bands in, the bytes of a job out; a device's address in, the open device out.

The library makes the commands (reset, centring, feed and cut) on its `Dummy` printer, and its connectors open serial
ports, USB devices and Windows queues. It never reads or writes: its writes wait for ever, its status calls guess. Traps
of version 3.1, fenced here and each shown by a test:

* its import calls `logging.basicConfig()`, whose handler would write over a full-screen terminal;
* its import leaves a new directory with a pickle in the temporary folder, at every start, and would load a pickle
  that somebody else put into a shared one;
* it prints to standard output when its printer list is broken;
* its `image()` sends up to 960 rows as one command, so `job` frames rasters;
* opening a serial port lets a terminal's own error through, which is no `OSError`;
* opening a device logs, which at the root logger is `basicConfig()` once more;
* a connector closes its device when it is garbage, so the device is taken out of it;
* its `Usb.open()` resets the printer, which forgets the slip it is just printing, and frees interface 0 of the kernel's
  driver whether that is the printer or not: both are left out, and `receipts.transport.usb` does what is needed.

The import costs 0.2 to 0.4 s, so it happens on first use; `warm_up` lets the print thread pay for it early.
"""

import errno
import io
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receipts.escpos.job import Band, raster

if TYPE_CHECKING:
    from serial import Serial

    from receipts.address.printer_url import Flow

_PICKLES = "ESCPOS_CAPABILITIES_PICKLE_DIR"


def warm_up() -> None:
    """Import python-escpos now, so that the first slip does not wait for it."""
    _library()


def commands() -> Any:  # noqa: ANN401  (the library ships no types)
    """The library's printer that keeps the commands it makes, in `output`."""
    return _library().Dummy()


def framed(parts: Sequence[Sequence[Band]]) -> tuple[bytes, tuple[bytes, ...]]:
    """What starts a job (reset, centring), and its commands: each part's bands, then a feed and partial cut."""
    printer = commands()
    printer.hw("INIT")
    printer.set(align="center")
    start = bytes(printer.output)
    printer.clear()
    printer.cut(feed=False)
    cut = bytes(printer.output)
    return start, tuple(each for part in parts for each in (*map(raster, part), cut))


def open_serial(path: str, baud: int, flow: "Flow") -> "Serial":
    """A serial port that neither reading nor writing waits for, 8 data bits, no parity, locked against other programs.

    `dsrdtr` is left to the caller: pyserial accepts it on POSIX and does nothing.

    Raises:
        OSError: not there, not allowed, not a serial port, in use.
    """
    _library()
    from escpos.printer import serial as connectors

    printer = connectors.Serial(devfile=path, baudrate=baud, timeout=0, xonxoff=flow == "xonxoff", dsrdtr=False)
    device: Serial = _opened(printer)
    try:
        device.exclusive = True
        device.write_timeout = 0
        device.rtscts = flow == "rtscts"
    except _port_errors() as error:
        device.close()
        raise _as_os_error(error) from error
    return device


def open_usb(matches: Callable[[Any], bool], backend: object) -> Any:  # noqa: ANN401  (pyusb ships no types)
    """The first USB device that `matches`, as pyusb's `Device`: found, and otherwise untouched.

    Raises:
        OSError: there is none.
    """
    _library()
    from escpos.printer import usb as connectors

    class Gentle(connectors.Usb):  # type: ignore[misc]
        def _check_driver(self) -> None:
            """Left to the transport, which knows the interface."""

        def _configure_usb(self) -> None:
            """Deliberately no reset."""

    return _opened(Gentle(usb_args={"custom_match": matches, "backend": backend}))


def windows_queue(name: str) -> Any:  # noqa: ANN401  (the library ships no types)
    """The Windows print queue `name`, not opened: `start_windows_job` does that.

    Raises:
        OSError: this is not Windows, or pywin32 is missing.
    """
    _library()
    from escpos.printer import win32raw as connectors

    if not connectors.is_usable():
        raise OSError(errno.ENOSYS, "windows:// printers need Windows, and pywin32 beside this program")
    return connectors.Win32Raw(name)


def start_windows_job(queue: Any, title: str) -> Any:  # noqa: ANN401  (the library ships no types)
    """Begin a raw job; returns the handle that `win32print` writes to. Ending it is the caller's.

    Raises:
        OSError: no such queue, or the spooler is not running.
    """
    return _opened(queue, title)


def _opened(printer: Any, *args: str) -> Any:  # noqa: ANN401  (the library ships no types)
    """Open the connector's device and take it away from the connector."""
    from escpos.exceptions import Error

    try:
        with _no_root_handler():
            printer.open(*args)
    except (Error, *_port_errors()) as error:
        raise _as_os_error(error) from error
    device, printer.device = printer.device, None
    return device


def _port_errors() -> tuple[type[Exception], ...]:
    if sys.platform == "win32":
        return (OSError,)
    import termios

    return (OSError, termios.error)


def _as_os_error(error: BaseException) -> OSError:
    """The kernel's word, which the library hides one or two exceptions deep."""
    cause: BaseException | None = error
    while cause is not None:
        number = next(iter(cause.args), None)
        if isinstance(number, int) and number > 0:
            return OSError(number, os.strerror(number))
        cause = cause.__context__
    return OSError(errno.ENODEV, "not there, or not plugged in")


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
