"""What the files of known hosts say of a server's keys, read as `ssh` reads them (sshd(8), SSH_KNOWN_HOSTS).

A name may be hashed, a pattern with `*` and `?`, or excepted by `!`; `[host]:port` is a host on another port, which may
also be known by its name alone. A key that is marked as revoked is refused wherever else it stands. Certificates of a
`@cert-authority` vouch for nothing here: paramiko asks no server for one.

The traps are paramiko's (5.1.0). Its own reader, HostKeys, knows no pattern, and raises InvalidHostKey at any line with
a mark. Its client asks for an Ed25519 key before all others, whatever is known, so a server of which the RSA key alone
is known would show one that is not: hence `Known.first`.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PORT = 22
_RSA = "ssh-rsa"
"""The kind of a key whose signatures are asked for as `rsa-sha2-512` and `rsa-sha2-256` (RFC 8332)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one server."""

    keys: frozenset[bytes]
    """As they are sent (RFC 4253, 6.6)."""
    revoked: frozenset[bytes]
    kinds: frozenset[str]
    """Of `keys`: `ssh-ed25519`, `ssh-rsa` …"""

    def first(self, algorithms: Iterable[str]) -> tuple[str, ...]:
        """Ways to show a key, those of a kind that is known first, each group in the order it came in."""
        return tuple(sorted(algorithms, key=lambda each: (_RSA if each.startswith("rsa-") else each) not in self.kinds))


def files(home: Path) -> tuple[Path, ...]:
    """Where they are. `home`: of whoever exports."""
    folders = (home / ".ssh" / "known_hosts", Path("/etc/ssh/ssh_known_hosts"))
    return tuple(each.with_name(each.name + more) for each in folders for more in ("", "2"))


def known(files: Iterable[Path], host: str, port: int | None) -> Known:
    """What those of the files that can be read say of a server. `port`: None: that of SSH."""
    lines = list(_lines(files))
    names = [host.lower()]
    if port not in (None, PORT):
        names.insert(0, f"[{names[0]}]:{port}")
    revoked = {
        key for mark, hosts, _, key in lines if mark == "@revoked" and any(_is_of(hosts, each) for each in names)
    }
    found: set[tuple[str, bytes]] = set()
    for name in names:
        found = {(kind, key) for mark, hosts, kind, key in lines if not mark and _is_of(hosts, name)}
        if found:  # that without the port counts only where nothing is known of the port
            break
    return Known(frozenset(key for _, key in found), frozenset(revoked), frozenset(kind for kind, _ in found))


def _lines(files: Iterable[Path]) -> Iterator[tuple[str, str, str, bytes]]:
    """Mark, hosts, kind and key. What is no such line is passed over, as `ssh` does."""
    for file in files:
        text = ""
        with contextlib.suppress(OSError):
            text = file.read_text(encoding="utf-8", errors="replace")
        for line in text.splitlines():
            words = line.split()
            mark = words.pop(0) if words and words[0].startswith("@") else ""
            if len(words) >= 3 and not words[0].startswith("#"):  # noqa: PLR2004  hosts, kind, key
                with contextlib.suppress(binascii.Error):
                    yield mark, words[0], words[1], base64.b64decode(words[2], validate=True)


def _is_of(hosts: str, name: str) -> bool:
    """Whether a line's hosts are of that name: one of them is, and none of those behind `!`."""
    if hosts.startswith("|"):
        return _is_hash_of(hosts, name)
    patterns: Sequence[str] = hosts.lower().split(",")
    excepted = any(_is_like(each[1:], name) for each in patterns if each.startswith("!"))
    return not excepted and any(_is_like(each, name) for each in patterns if not each.startswith("!"))


def _is_like(pattern: str, name: str) -> bool:
    """`*` is anything, `?` one letter; brackets are brackets, as they stand around a host with its port."""
    parts = ({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch("".join(parts), name, re.DOTALL) is not None


def _is_hash_of(hosts: str, name: str) -> bool:
    """`|1|salt|hash`, by HMAC-SHA1: `HashKnownHosts` of ssh_config(5)."""
    match hosts.split("|"):
        case ["", "1", salt, hashed]:
            with contextlib.suppress(binascii.Error):
                made = hmac.digest(base64.b64decode(salt), name.encode(), hashlib.sha1)
                return hmac.compare_digest(made, base64.b64decode(hashed))
    return False
