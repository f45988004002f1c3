"""A USB bus made of software, at pyusb's own seam: a backend with descriptors, and a device that takes bytes."""

import errno
from array import array
from collections.abc import Iterator, MutableSequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import usb.backend
from usb.core import USBError, USBTimeoutError

VENDOR, PRODUCT = 0x04B8, 0x0E28
INWARD, OUTWARD = 0x82, 0x01


@dataclass
class SoftPrinter:
    """What one device is and how it behaves; `log` holds what was done to it besides moving bytes."""

    vendor: int = VENDOR
    product: int = PRODUCT
    words: tuple[str, str, str] = ("EPSON", "TM-T20III", "X4AB000001")
    """Maker, model, serial number; readable unless `locked`."""
    interface_class: int = 7
    inward: int | None = INWARD
    interface: int = 0
    alternate: int = 0
    kernel_has_it: bool = False
    locked: bool = False
    busy: bool = False
    configured: bool = True
    takes: int = 1 << 30
    """Bytes it will still take; then every write times out, or fails if `unplugs`."""
    unplugs: bool = False
    answers: list[bytes] = field(default_factory=list)
    """What it says, packet by packet; empty ones are said as such."""
    babbles: bool = False
    """Whether it says empty packets instead of nothing."""
    paper: bytearray = field(default_factory=bytearray)
    log: list[str] = field(default_factory=list)
    timeouts_ms: list[int] = field(default_factory=list)

    def take(self, data: bytes, timeout_ms: int) -> int:
        """How many bytes it takes; it does not wait for better times."""
        taken = data[: self.takes]
        self.paper += taken
        self.takes -= len(taken)
        if self.unplugs and len(taken) < len(data):
            raise USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)
        return len(taken)

    def say(self, timeout_ms: int) -> bytes | None:
        """Its next packet; None is silence."""
        if self.unplugs and not self.takes:
            raise USBError("No such device (it may have been disconnected)", -4, errno.ENODEV)
        if self.answers:
            return self.answers.pop(0)
        return b"" if self.babbles else None


class SoftBus(usb.backend.IBackend):  # type: ignore[misc]
    """The calls that pyusb makes of libusb."""

    def __init__(self, *printers: SoftPrinter) -> None:
        self._printers = printers

    def enumerate_devices(self) -> Iterator[SoftPrinter]:
        return iter(self._printers)

    def get_device_descriptor(self, dev: SoftPrinter) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=dev.vendor, idProduct=dev.product, bcdDevice=0x100, iManufacturer=1,
            iProduct=2, iSerialNumber=3, bNumConfigurations=1, address=1, bus=1, port_number=1, port_numbers=(1,),
            speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: SoftPrinter, config: int) -> SimpleNamespace:
        if config:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev: SoftPrinter, intf: int, alt: int, config: int) -> SimpleNamespace:
        if intf or alt > dev.alternate:
            raise IndexError
        is_it = alt == dev.alternate
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=dev.interface, bAlternateSetting=alt,
            bNumEndpoints=(1 if dev.inward is None else 2) if is_it else 0, bInterfaceClass=dev.interface_class,
            bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: SoftPrinter, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        address = OUTWARD if ep == 0 else dev.inward
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=address, bmAttributes=2, wMaxPacketSize=64, bInterval=0,
            bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev: SoftPrinter) -> SoftPrinter:
        if dev.locked:
            raise USBError("Access denied (insufficient permissions)", -3, errno.EACCES)
        return dev

    def close_device(self, dev_handle: SoftPrinter) -> None:
        dev_handle.log.append("closed")

    def get_configuration(self, dev_handle: SoftPrinter) -> int:
        return int(dev_handle.configured)

    def set_configuration(self, dev_handle: SoftPrinter, config_value: int) -> None:
        dev_handle.configured = True
        dev_handle.log.append("configured")

    def set_interface_altsetting(self, dev_handle: SoftPrinter, intf: int, altsetting: int) -> None:
        dev_handle.log.append(f"alternate {altsetting}")

    def claim_interface(self, dev_handle: SoftPrinter, intf: int) -> None:
        if dev_handle.busy or dev_handle.kernel_has_it:
            raise USBError("Resource busy", -6, errno.EBUSY)
        dev_handle.log.append(f"claimed {intf}")

    def release_interface(self, dev_handle: SoftPrinter, intf: int) -> None:
        dev_handle.log.append(f"released {intf}")

    def reset_device(self, dev_handle: SoftPrinter) -> None:
        dev_handle.log.append("reset")

    def is_kernel_driver_active(self, dev_handle: SoftPrinter, intf: int) -> bool:
        return dev_handle.kernel_has_it and intf == dev_handle.interface

    def detach_kernel_driver(self, dev_handle: SoftPrinter, intf: int) -> None:
        dev_handle.kernel_has_it = False
        dev_handle.log.append(f"detached {intf}")

    def attach_kernel_driver(self, dev_handle: SoftPrinter, intf: int) -> None:
        dev_handle.kernel_has_it = True
        dev_handle.log.append(f"attached {intf}")

    def ctrl_transfer(
        self,
        dev_handle: SoftPrinter,
        bmRequestType: int,  # noqa: N803  (pyusb's names)
        bRequest: int,  # noqa: N803
        wValue: int,  # noqa: N803
        wIndex: int,  # noqa: N803
        data: MutableSequence[int],
        timeout: int,
    ) -> int:
        """String descriptors, and nothing else."""
        index = wValue & 0xFF
        text = dev_handle.words[index - 1].encode("utf-16-le") if index else b"\x09\x04"
        answer = bytes([len(text) + 2, 3]) + text
        data[: len(answer)] = array("B", answer)
        return len(answer)

    def bulk_write(self, dev_handle: SoftPrinter, ep: int, intf: int, data: MutableSequence[int], timeout: int) -> int:
        dev_handle.timeouts_ms.append(timeout)
        taken = dev_handle.take(bytes(data), timeout)
        if not taken:
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        return taken

    def bulk_read(self, dev_handle: SoftPrinter, ep: int, intf: int, buff: MutableSequence[int], timeout: int) -> int:
        dev_handle.timeouts_ms.append(timeout)
        answer = dev_handle.say(timeout)
        if answer is None:
            raise USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        buff[: len(answer)] = array("B", answer)
        return len(answer)
