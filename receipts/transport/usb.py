"""A printer on USB, spoken to directly: not through the kernel's printer driver, which would hide its answers.

python-escpos finds the device, through the door; endpoints are read from its descriptors and not guessed. Freed of the
kernel's driver for one job and given back afterwards, so that other programs find it as it was. Deliberately no reset
and no new configuration: either makes a printer forget the slip that it is still printing.

Traps: libusb takes a time-out of 0 for "for ever", so none is ever 0. A transfer that times out may have moved some
bytes: pyusb returns their number, and raises only when it was none. A transfer that fails otherwise may have moved some
too, and nobody says how many, so its bytes count as taken and the next call tells of the failure. Some printers answer
with empty packets for as long as they have nothing to say. A device set to Epson's "vendor class" does not call itself
a printer and is taken by its ids alone. On Windows only a device with the WinUSB driver can be opened; others print as
windows://.
"""

import contextlib
import errno
import time
from typing import Any

from receipts.escpos import escpos_door
from receipts.transport import Line
from receipts.transport.usb_device import Pipes, pipes_of, read_string, usb_backend

_CHUNK_BYTES = 4096
_READ_BYTES = 1024
"""A multiple of every bulk packet size, or a full packet would overflow."""
_WRITE_SLICE_S = 0.1
"""How long a write may go on before answers are fetched; a printer without paper takes nothing and says why."""
_GLANCE_MS = 1
_GONE = "the USB printer is gone"
_OPENING = {
    errno.EACCES: "not allowed to use the USB printer: this login needs the right to it, on Linux by a udev rule",
    errno.EBUSY: "another program uses the USB printer",
}
_EMPTY_PAUSE_S = 0.005


class UsbTransport:
    """The first device with these ids, and this serial number if one is given; opened for each job."""

    hand_over_only = False

    def __init__(self, vendor: int, product: int, serial_number: str = "", *, backend: object = None) -> None:
        """`backend`: pyusb's way to the bus; None takes libusb, see `usb_backend`."""
        self._vendor = vendor
        self._product = product
        self._serial_number = serial_number
        self._backend = backend
        self._reads_back = True

    @property
    def reads_back(self) -> bool:
        """True until an opened device turned out to have no way back; read it again after `open`."""
        return self._reads_back

    def open(self, name: str) -> Line:  # noqa: ARG002  (a device has no names)
        """Find the device and claim its printer interface."""
        backend = self._backend or usb_backend()
        device = escpos_door.open_usb(self._is_it, backend)
        line = UsbLine(device, pipes_of(device))
        try:
            line.claim()
        except OSError as error:
            line.close()
            raise OSError(error.errno, _OPENING.get(error.errno or 0, str(error.strerror or error))) from error
        self._reads_back = line.reads_back
        return line

    def _is_it(self, device: Any) -> bool:  # noqa: ANN401  (pyusb ships no types)
        if (device.idVendor, device.idProduct) != (self._vendor, self._product):
            return False
        return not self._serial_number or read_string(device, device.iSerialNumber) == self._serial_number


class UsbLine:
    """A claimed interface."""

    def __init__(self, device: Any, pipes: Pipes) -> None:  # noqa: ANN401  (pyusb ships no types)
        self._device = device
        self._pipes = pipes
        self._was_the_kernels = False
        self._broke: OSError | None = None

    def claim(self) -> None:
        """Take the interface, from the kernel's driver if that has it.

        Raises:
            OSError: not allowed, or another program has it.
        """
        import usb.core
        import usb.util

        self._was_the_kernels = _detach(self._device, self._pipes.interface)
        try:
            self._device.get_active_configuration()
        except usb.core.USBError:
            self._device.set_configuration()  # it had none, so there is no slip to forget
        usb.util.claim_interface(self._device, self._pipes.interface)
        if self._pipes.alternate:
            self._device.set_interface_altsetting(self._pipes.interface, self._pipes.alternate)

    @property
    def reads_back(self) -> bool:
        """Whether the device has a way back."""
        return self._pipes.inward is not None

    def exchange(self, data: bytes, wait_s: float) -> tuple[int, bytes]:
        """See `Line`."""
        ends = time.monotonic() + wait_s
        while True:
            self._tell_if_broken()
            left_s = max(0.0, ends - time.monotonic())
            received = self._read(_GLANCE_MS if data else _milliseconds(left_s))
            taken = self._write(data[:_CHUNK_BYTES], _milliseconds(min(left_s, _WRITE_SLICE_S))) if data else 0
            if taken or received or time.monotonic() >= ends or not (data or self.reads_back):
                return taken, received

    def _write(self, data: bytes, timeout_ms: int) -> int:
        import usb.core

        try:
            return int(self._device.write(self._pipes.outward, data, timeout_ms))
        except usb.core.USBTimeoutError:
            return 0
        except usb.core.USBError as error:
            self._broke = error
            return len(data)

    def _tell_if_broken(self) -> None:
        if self._broke is not None:
            raise OSError(self._broke.errno or errno.EIO, _GONE) from self._broke

    def _read(self, timeout_ms: int) -> bytes:
        import usb.core

        if self._pipes.inward is None:
            return b""
        try:
            received = bytes(self._device.read(self._pipes.inward, _READ_BYTES, timeout_ms))
        except usb.core.USBTimeoutError:
            return b""
        except usb.core.USBError as error:
            raise OSError(error.errno or errno.EIO, _GONE) from error
        if not received:
            time.sleep(min(timeout_ms / 1000, _EMPTY_PAUSE_S))
        return received

    def finish(self) -> str:
        """See `Line`."""
        self._tell_if_broken()
        return "taken by the printer"

    def close(self) -> None:
        """See `Line`. The kernel's driver gets its interface back."""
        import usb.util

        with contextlib.suppress(OSError):
            usb.util.release_interface(self._device, self._pipes.interface)
        if self._was_the_kernels:
            with contextlib.suppress(OSError, NotImplementedError):
                self._device.attach_kernel_driver(self._pipes.interface)
        _give_back(self._device)


def _detach(device: Any, interface: int) -> bool:  # noqa: ANN401  (pyusb ships no types)
    """Whether the kernel's driver had the interface. Only Linux has such a thing, and macOS for root."""
    try:
        if not device.is_kernel_driver_active(interface):
            return False
        device.detach_kernel_driver(interface)
    except NotImplementedError:
        return False
    return True


def _give_back(device: Any) -> None:  # noqa: ANN401  (pyusb ships no types)
    import usb.util

    with contextlib.suppress(OSError):
        usb.util.dispose_resources(device)


def _milliseconds(seconds: float) -> int:
    return max(_GLANCE_MS, round(seconds * 1000))
