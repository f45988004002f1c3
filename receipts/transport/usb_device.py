"""What a USB device says about itself, before anybody prints on it: class, endpoints, names. Moves no byte of a job.

Descriptors are read from the bus and need no right to the device; its own words, such as the serial number, do.
"""

import errno
from dataclasses import dataclass
from functools import cache
from typing import Any

PRINTER_CLASS = 7
"""bInterfaceClass of the USB Printing Support class (usb.org, "Base Class 07h")."""

_VENDOR_CLASS = 255
_BULK = 2
_DIRECTION_IN = 0x80


@dataclass(frozen=True, slots=True)
class Pipes:
    """Where a device takes and gives bytes."""

    interface: int
    alternate: int
    outward: int
    inward: int | None


@cache
def usb_backend() -> Any:  # noqa: ANN401  (pyusb ships no types)
    """Libusb as pyusb's backend: the one in the `libusb-package` wheel, else the machine's own.

    In this order, because looking for the machine's own starts `ldconfig` and compilers, and finds none on Windows.
    There is no such wheel for Windows on ARM.

    Raises:
        OSError: neither can be loaded.
    """
    import usb.backend.libusb1

    try:
        import libusb_package
    except ModuleNotFoundError:
        backend = usb.backend.libusb1.get_backend()
    else:
        backend = usb.backend.libusb1.get_backend(find_library=libusb_package.find_library)
    if backend is None:
        raise OSError(errno.ENOSYS, "no USB library on this machine")
    return backend


def is_printer(device: Any) -> bool:  # noqa: ANN401  (pyusb ships no types)
    """Whether it says so itself. Opens nothing."""
    return _best_interface(device, PRINTER_CLASS) is not None


def read_string(device: Any, index: int) -> str:  # noqa: ANN401  (pyusb ships no types)
    """One of the device's own words; empty when it has none or may not be asked."""
    import usb.util

    if not index:
        return ""
    try:
        return (usb.util.get_string(device, index) or "").strip("\0 ")
    except (OSError, ValueError, NotImplementedError):
        return ""


def pipes_of(device: Any) -> Pipes:  # noqa: ANN401  (pyusb ships no types)
    """The way to the printer in this device, also where it is in "vendor class" and does not say that it is one.

    Raises:
        OSError: it is something else, a disk perhaps, and must not be written to.
    """
    interface = _best_interface(device, PRINTER_CLASS) or _best_interface(device, _VENDOR_CLASS)
    outward = None if interface is None else _endpoint(interface, 0)
    if interface is None or outward is None:
        raise OSError(errno.ENODEV, "this USB device is no printer")
    inward = _endpoint(interface, _DIRECTION_IN)
    return Pipes(interface.bInterfaceNumber, interface.bAlternateSetting, outward, inward)


def _best_interface(device: Any, interface_class: int) -> Any:  # noqa: ANN401  (pyusb ships no types)
    """An interface of this class that takes bytes, one that also gives some if there is; else None."""
    return min(
        (
            interface
            for configuration in device
            for interface in configuration
            if interface.bInterfaceClass == interface_class and _endpoint(interface, 0) is not None
        ),
        key=lambda interface: _endpoint(interface, _DIRECTION_IN) is None,
        default=None,
    )


def _endpoint(interface: Any, direction: int) -> int | None:  # noqa: ANN401  (pyusb ships no types)
    for endpoint in interface:
        if endpoint.bmAttributes & 3 == _BULK and endpoint.bEndpointAddress & _DIRECTION_IN == direction:
            return int(endpoint.bEndpointAddress)
    return None
