"""A real S3 server for the tests: moto's, on a loopback port. It checks keys, signatures and rights."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Barrier, Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from moto.core.authorization import enable_iam_authentication
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import FakeBucket, s3_backends
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BUCKET = "head-office"
RIGHTS = ["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
"""All that the README asks for."""


@dataclass
class S3:
    """A server that is running."""

    port: int
    key: str
    """The access key of a user with `RIGHTS` and no other."""
    secret: str
    bucket: FakeBucket
    cut_at: str = ""
    """The connection is lost whenever a file of this name is sent."""
    going_on: Event = field(default_factory=Event)
    """Cleared: nothing that is sent is answered."""
    began: Event = field(default_factory=Event)
    """Set: a file was begun to be sent."""
    sent: list[str] = field(default_factory=list)
    """Files it was sent, whole or not."""
    taken: list[str] = field(default_factory=list)
    """Those of them that it took."""
    asked: int = 0
    """Requests with a key."""
    meet_at: str = ""
    """Whoever sends a file of this name waits for a second one who does."""
    meeting: Barrier = field(default_factory=lambda: Barrier(2, timeout=30))
    conditions: str = "kept"
    """What it makes of If-None-Match: it may be `ignored`, or `refused`."""
    region: str = "us-east-1"
    _one: Lock = field(default_factory=Lock)

    def contents(self, folder: str) -> dict[str, bytes]:
        """Every object of the bucket that is in a folder."""
        keys = dict(self.bucket.keys.items())
        return {name.removeprefix(f"{folder}/"): key.value for name, key in keys.items() if name.startswith(folder)}


def _account() -> tuple[str, str]:
    """A user with `RIGHTS`: the key and the secret."""
    people = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    people.create_user("us-east-1", "night")
    statement = {"Effect": "Allow", "Action": RIGHTS, "Resource": "*"}
    people.put_user_policy("night", "nights", json.dumps({"Version": "2012-10-17", "Statement": statement}))
    made = people.create_access_key("night")
    return made.access_key_id, made.secret_access_key


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002  its parent's name
        pass


def _begin(server: S3, environ: WSGIEnvironment) -> None:
    """Take a file, or not."""
    file = environ["PATH_INFO"].rpartition("/")[2]
    server.sent.append(file)
    server.began.set()
    server.going_on.wait()
    if file == server.cut_at:
        line: socket.socket = environ["werkzeug.socket"]
        environ["wsgi.input"].read(10)
        line.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError
    if file == server.meet_at:
        server.meeting.wait()


def _refused(server: S3, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes] | None:
    """As Amazon answers whoever has no key, and whoever signs for another region; and old servers to conditions."""
    signed, here = environ.get("HTTP_AUTHORIZATION", ""), [("x-amz-bucket-region", server.region)]
    server.asked += bool(signed)
    if not signed:
        start_response("403 Forbidden", here)
    elif f"/{server.region}/s3/" not in signed:
        start_response("301 Moved Permanently", here)
    elif server.conditions == "refused" and "HTTP_IF_NONE_MATCH" in environ:
        start_response("501 Not Implemented", [])
    else:
        return None
    return []


def _done(
    server: S3, environ: WSGIEnvironment, start_response: StartResponse, moto: WSGIApplication
) -> Iterable[bytes]:
    told: list[str] = []

    def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:  # noqa: ANN401  WSGI's
        told.append(status)
        return start_response(status, headers, *more)

    path: str = environ["PATH_INFO"]
    key = path.removeprefix(f"/{BUCKET}/")
    if server.conditions == "ignored" and "HTTP_IF_NONE_MATCH" in environ and key in server.bucket.keys:
        server.bucket.keys.pop(key)  # the header is signed, and has to stay
    answered = list(moto(environ, begin))
    if environ["REQUEST_METHOD"] == "PUT" and told[0].startswith("200"):
        server.taken.append(path.rpartition("/")[2])
    return answered


def make_certificate(folder: Path) -> tuple[str, str]:
    """Of 127.0.0.1, vouched for by nobody: the files of the certificate and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "the tests")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, SHA256())
    )
    (folder / "certificate").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(folder / "certificate"), str(folder / "key")


@contextmanager
def serving(tls: tuple[str, str] | None = None) -> Iterator[S3]:
    """A server with an account and a bucket, gone with everything it holds when the block is left.

    Args:
        tls: Files of a certificate and its key: it speaks https.
    """
    moto = DomainDispatcherApplication(create_backend_app)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "PUT":
            _begin(server, environ)
        refusal = _refused(server, environ, start_response)
        if refusal is not None:
            return refusal
        with server._one:  # what moto looks at and what it writes is one step
            return _done(server, environ, start_response, moto)

    listening = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=_Silent, ssl_context=tls)
    bucket = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(BUCKET, "us-east-1")
    server = S3(listening.port, *_account(), bucket)
    server.going_on.set()
    thread = Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        with enable_iam_authentication():
            yield server
    finally:
        server.going_on.set()
        listening.shutdown()
        listening.server_close()
        thread.join(10)
        for backends in (s3_backends, iam_backends):
            backends[DEFAULT_ACCOUNT_ID]["aws"].reset()
