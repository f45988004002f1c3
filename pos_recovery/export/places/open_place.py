"""Which of our ways leads to an address, and what it says of an address before any other system is asked.

Object stores by obstore, SSH servers by paramiko; other kinds through fsspec, where somebody has installed it beside
this program. Refuses to go through a cache (`simplecache::s3://…`), which would answer in the destination's place.
"""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit

from pos_recovery.export.places import object_store, other_systems, sftp
from pos_recovery.export.places.addresses import NoUseError, Place, local_folder, plain, scheme_of
from pos_recovery.system.extras import BY_SCHEME, met

_OF_HOSTS = frozenset({"sftp", "ssh", "ftp", "smb", "http", "https", "webdav", "webhdfs", "hdfs"})
"""Kinds of addresses that begin with a host, which a bucket or a container is not."""


def check_place(destination: str) -> None:
    """Refuse what no delivery could ever reach from here, without asking any other system.

    Raises:
        NoUseError: There is no such place.
        LackingError: An extra is not whole.
    """
    if local_folder(destination) is not None:
        return
    if "::" in destination:
        raise NoUseError("that is no address of one place")
    scheme = scheme_of(destination)
    if scheme in _OF_HOSTS:
        _check_host(destination)
    try:
        import tenacity  # noqa: F401  what is not whole is to be known before anything is closed

        if scheme in object_store.SCHEMES:
            object_store.check(destination)
        elif scheme in sftp.SCHEMES:
            sftp.check()
        else:
            other_systems.check(scheme)
    except (ImportError, SyntaxError) as error:
        if scheme in BY_SCHEME and (lacking := met("export", error)) is not None:
            raise lacking from error
        raise NoUseError(plain(error, destination)) from error


def _check_host(destination: str) -> None:
    """Refuse a number that the system's own look-up would read otherwise: `192.168.001.040` is .32 to it."""
    from receipts.address.host_names import (
        plain_host,  # for such addresses only; a night needs nothing else of that room
    )

    with contextlib.suppress(ValueError):  # what urllib cannot read is told by whoever opens it
        host = urlsplit(destination).hostname or ""
        try:
            plain = plain_host(host)
        except ValueError as error:
            raise NoUseError(f"its host {error}") from None
        if plain != host:
            raise NoUseError(f"its host is read differently from one machine to the next; write {plain}")


def open_place(destination: str, name: str) -> Place:
    """The folder of the night `name` at a URL, newly connected."""
    check_place(destination)
    scheme = scheme_of(destination)
    try:
        if scheme in object_store.SCHEMES:
            return object_store.Objects(destination, name)
        if scheme in sftp.SCHEMES:
            return sftp.Sftp(destination, name)
        return other_systems.Other(destination, name)
    except ValueError as error:
        raise NoUseError("the address, the account or its keys are incomplete or mistyped") from error
