"""A night's folder in an object store (Amazon's S3 and what speaks like it, Azure, Google), by obstore.

Refuses to replace what is there. Small files, and with them the manifest, are created on the condition that there is
none (`If-None-Match`, at Google `x-goog-if-generation-match`): of two exporters that are given one place, one can
publish. Refuses to make a bucket.

obstore (0.12.1) is fenced here, and loaded when such an address is opened. Its traps:

* A condition and parts exclude each other: with `mode="create"` it takes a file into memory and sends it whole. So a
  large file goes in parts, after a look; and the small ones go first, so that two nights that differ have met by then.
* Some servers do not know the condition. One that ignores it (MinIO before 2024) would replace the object: hence a look
  before every file. One that refuses it is asked again without.
* A request may take 30 seconds unless it is told otherwise, an upload of 8 MiB included.
* It has one exception for most things, and tells apart what happened in its text only, with the address in it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pos_recovery.export.places import amazon, azure, credentials
from pos_recovery.export.places.addresses import NoUseError, ShortError, TakenError, scheme_of

if TYPE_CHECKING:
    from obstore.store import RetryConfig

PART = 8 << 20
"""Bytes. What is larger goes in parts of so much, a few at a time, which keeps memory small.

S3 takes 10,000 of them, so 78 GiB a file.
"""
_AT_ONCE = 4

_REQUEST = timedelta(minutes=15)  # four parts at once by a line of 0.3 Mbit/s
_RETRIES: RetryConfig = {
    "max_retries": 4,
    "retry_timeout": timedelta(minutes=3),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=10), "base": 2},
}
"""Of one request, as of one part of many. Whether all begins again is not decided here."""

_AMAZON = frozenset({"s3", "s3a"})
_AZURE = frozenset({"abfs", "abfss", "az", "adl"})
SCHEMES = _AMAZON | _AZURE | {"gs", "gcs"}

_MISTYPED = "the address, the account or its keys are incomplete or mistyped"
_REGION = "the bucket is in another region; set AWS_REGION"
_NO_CONDITIONS = "501 Not Implemented"
_CERTIFICATE = "its certificate is none that this machine trusts"
_SAYS: tuple[tuple[str, Callable[[], Exception]], ...] = (
    (r"169\.254\.|metadata\.google", partial(NoUseError, credentials.NO_KEYS)),
    (r"External \w+ credential provider", partial(NoUseError, "the program that hands out its keys gave none")),
    (r"invalid peer certificate|UnknownIssuer", partial(NoUseError, _CERTIFICATE)),
    (r"redirect without LOCATION|AuthorizationHeaderMalformed", partial(NoUseError, _REGION)),
    (r"RequestTimeTooSkewed", partial(NoUseError, "this machine's clock is wrong, and no request by it is taken")),
    (r"NoSuchBucket|ContainerNotFound", FileNotFoundError),
    (r"dns error|failed to lookup", socket.gaierror),
    (r"kind: Timeout", TimeoutError),
    (r"kind: (Connect|Request|Interrupted)", ConnectionError),
)
"""What is in the text of its exceptions, and what that means."""


def check(destination: str) -> None:
    """Refuse an address without a bucket. Raises NoUseError, ImportError where there is no library for it."""
    import obstore  # noqa: F401

    _bucket_and_folder(destination)


class Objects:
    """Implements `Place`."""

    shows_beginnings = False

    def __init__(self, url: str, name: str) -> None:
        from obstore.exceptions import BaseError

        bucket, folder = _bucket_and_folder(url)
        self._folder = f"{folder}/{name}".lstrip("/")
        self._mode: Literal["create", "overwrite"] = "create"
        try:
            self._store = _open(url, bucket)
        except BaseError as error:
            raise NoUseError(_MISTYPED) from error

    def read(self, name: str) -> bytes | None:
        """See `Place`."""
        import obstore

        with _in_our_words():
            try:
                return bytes(obstore.get(self._store, self._path(name)).bytes())
            except FileNotFoundError:
                return None

    def make(self) -> None:
        """See `Place`: there are no folders."""

    def send(self, file: Path, told: Callable[[int], object]) -> bool:
        """See `Place`."""
        size = file.stat().st_size
        with _in_our_words():
            if self._size(file.name) is None and self._new(file, size, told):
                return True
            if not self._is_same(file, size):
                raise TakenError
        return False

    def size(self, name: str) -> int | None:
        """See `Place`."""
        with _in_our_words():
            size = self._size(name)
        return 0 if size is None else size

    def close(self) -> None:
        """See `Place`: its connections end with the store."""

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"

    def _size(self, name: str) -> int | None:
        import obstore

        try:
            return obstore.head(self._store, self._path(name))["size"]
        except FileNotFoundError:
            return None

    def _new(self, file: Path, size: int, told: Callable[[int], object]) -> bool:
        """Whether the file is there now by us; False: somebody else was first."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, GenericError

        path = self._path(file.name)
        if size > PART:
            obstore.put(self._store, path, _parts(file, told), chunk_size=PART, max_concurrency=_AT_ONCE)
            return True
        content = file.read_bytes()
        try:
            obstore.put(self._store, path, content, mode=self._mode)
        except AlreadyExistsError:
            return False
        except GenericError as error:
            if _NO_CONDITIONS not in str(error) or self._mode == "overwrite":
                raise
            self._mode = "overwrite"
            return self._new(file, size, told)
        told(size)
        return True

    def _is_same(self, file: Path, size: int) -> bool:
        import obstore

        try:
            there = obstore.get(self._store, self._path(file.name))
        except FileNotFoundError:  # somebody was first, and is not done or has given up
            raise ShortError(f"somebody else is bringing {file.name} just now") from None
        if there.meta["size"] != size:
            return False
        with file.open("rb") as ours:
            return all(bytes(chunk) == ours.read(len(chunk)) for chunk in there.stream())


def _bucket_and_folder(url: str) -> tuple[str, str]:
    """Of an address. Neither is percent-decoded. Raises NoUseError."""
    rest = url.partition("://")[2]
    if scheme_of(url) in _AZURE:
        rest = re.split("[?#]", rest)[0]
        head, _, folder = rest.partition("/")
        bucket, at, host = head.rpartition("@")
        if not at and azure.account_of(head):
            bucket, _, folder = folder.partition("/")
        elif not at:
            bucket = host
    else:
        bucket, _, folder = rest.partition("/")
    if not bucket:
        raise NoUseError("the address names no bucket")
    if bucket.startswith("arn:"):
        raise NoUseError("an access point is named by its alias here, not by its ARN")
    if re.search("[:@]", bucket):
        raise NoUseError("an address of a bucket takes no keys; the README names where they may stand")
    return bucket, folder.strip("/")


def _parts(file: Path, told: Callable[[int], object]) -> Iterator[bytes]:
    sent = 0
    with file.open("rb") as reading:
        while part := reading.read(PART):
            yield part
            sent += len(part)
            told(sent)


def _open(url: str, bucket: str) -> Any:  # noqa: ANN401  stores share no class
    from obstore.store import AzureStore, GCSStore, S3Store

    scheme = scheme_of(url)
    kind: Any
    if scheme in _AMAZON:
        kind, access = S3Store, amazon.access(bucket)
    elif scheme in _AZURE:
        kind, access = AzureStore, azure.access(url)
    else:
        kind, access = GCSStore, credentials.google()
    options: dict[str, Any] = {"timeout": _REQUEST, "allow_http": access.by_http}
    if access.trusted is not None:
        options["root_certificate"] = access.trusted
    return kind(
        bucket,
        config=access.config,
        credential_provider=access.keys,
        client_options=options,
        retry_config=_RETRIES,
    )


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Raise what obstore means, where it is more than an exception of its own."""
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

    try:
        yield
    except BaseError as error:
        for pattern, meant in _SAYS:
            if re.search(pattern, str(error)):
                raise meant() from error
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            raise PermissionError from error
        raise
    except FileNotFoundError as error:
        raise FileNotFoundError from error  # its text has the address in it
    except ValueError as error:
        raise NoUseError(_MISTYPED) from error
