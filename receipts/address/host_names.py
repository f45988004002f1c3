"""A host's address as a person writes it, made plain: the only spelling of a number that all platforms read alike.

Printers and routers show `192.168.001.040`, and people copy it. POSIX's `inet_aton`, which `getaddrinfo` asks first
(seen with glibc 2.36), takes a part with a leading zero for octal (`.040` is `.32`), `0x7f.1` and `2130706433` for
127.0.0.1, and `192.168.1` for 192.168.0.1; Python makes full-width digits plain before it (IDNA), and its `ipaddress`
refuses leading zeros (since 3.9.5). Here a zero in front is a zero in front, and every other form of a number is
refused in words, so no resolver ever guesses. Refuses to look anything up.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

_DOTS = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))
"""What Python's IDNA codec (RFC 3490, 3.1) takes for a dot as well."""
_LIKE_A_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)", re.IGNORECASE)
"""What ends in a number is an address and no name (WHATWG URL, "ends in a number"): top-level domains are letters."""
_QUAD = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
_NO_NAME = re.compile(r"[\s\x00-\x1f\x7f%,]")
"""What no resolver has to see: some platforms read a number up to a blank. Any other name may be asked for."""
_HIGHEST = 255
_EXAMPLE = "write it as four numbers, 192.0.2.40"


def plain_host(host: str) -> str:
    """`host` as every platform reads it: four decimal numbers, an IPv6 address in its short form, or a name as it is.

    Args:
        host: Without brackets and port; digits of any script count.

    Raises:
        ValueError: It is a number of another form, no address, or nothing that could be a name. Its words are for a
            person, as the rest of a sentence about `host`.
    """
    text = "".join(str(unicodedata.decimal(char, char)) for char in host.translate(_DOTS)).strip()
    if ":" in text:
        return _plain_ipv6(text)
    bare = text.removesuffix(".")
    if _LIKE_A_NUMBER.fullmatch(bare):
        if not _QUAD.fullmatch(bare):
            raise ValueError(f"is no address that every machine reads alike; {_EXAMPLE}")
        parts = [int(part) for part in bare.split(".")]
        if max(parts) > _HIGHEST:
            raise ValueError(f"is no address, as none of its numbers can be above {_HIGHEST}; {_EXAMPLE}")
        return ".".join(map(str, parts))
    if not bare or _NO_NAME.search(text):
        raise ValueError("is neither an address nor a name")
    return text


def _plain_ipv6(text: str) -> str:
    """Also with a zone, as RFC 4007 (`%eth0`) or RFC 6874 (`%25eth0`) writes it."""
    address, percent, zone = text.partition("%")
    zone = zone.removeprefix("25") or zone
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        raise ValueError("is no IPv6 address; write it in brackets, [2001:db8::40]") from None
    if percent and not re.fullmatch(r"[\w.-]+", zone):
        raise ValueError("has no network card behind its %; write it as in [fe80::40%eth0]")
    return f"{ipaddress.IPv6Address(address).compressed}{percent}{zone}"
