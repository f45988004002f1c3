"""A real S3 server for the tests: moto's, on a loopback port. It checks keys, signatures and rights."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Barrier, Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from moto.core.authorization import enable_iam_authentication
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import FakeBucket, s3_backends
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

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


def _refusal(status: str, code: str, start_response: StartResponse, **headers: str) -> Iterable[bytes]:
    start_response(status, [(name.replace("_", "-"), value) for name, value in headers.items()])
    return [f"<Error><Code>{code}</Code></Error>".encode()]


def _out_of_region(server: S3, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes] | None:
    """As Amazon answers whoever signs for another region, and whoever asks for it without a key."""
    signed = environ.get("HTTP_AUTHORIZATION", "")
    if not signed:
        return _refusal("403 Forbidden", "AccessDenied", start_response, x_amz_bucket_region=server.region)
    server.asked += 1
    if f"/{server.region}/s3/" in signed:
        return None
    return _refusal("301 Moved Permanently", "PermanentRedirect", start_response, x_amz_bucket_region=server.region)


@contextmanager
def serving(tls: tuple[str, str] | None = None) -> Iterator[S3]:
    """A server with an account and a bucket, gone with everything it holds when the block is left.

    Args:
        tls: Files of a certificate and its key: it speaks https.
    """
    moto = DomainDispatcherApplication(create_backend_app)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        file = environ["PATH_INFO"].rpartition("/")[2]
        if environ["REQUEST_METHOD"] == "PUT":
            server.sent.append(file)
            server.going_on.wait()
            if file == server.cut_at:
                line: socket.socket = environ["werkzeug.socket"]
                environ["wsgi.input"].read(10)
                line.shutdown(socket.SHUT_RDWR)
                raise ConnectionAbortedError
            if file == server.meet_at:
                server.meeting.wait()
            if server.conditions != "kept" and environ.pop("HTTP_IF_NONE_MATCH", None) and server.conditions != "ignored":
                return _refusal("501 Not Implemented", "NotImplemented", start_response)
        elsewhere = _out_of_region(server, environ, start_response)
        if elsewhere is not None:
            return elsewhere
        with server._one:  # what moto looks at and what it writes is one step
            told: list[str] = []

            def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:  # noqa: ANN401  WSGI's
                told.append(status)
                return start_response(status, headers, *more)

            answered = list(moto(environ, begin))
        if environ["REQUEST_METHOD"] == "PUT" and told[0].startswith("200"):
            server.taken.append(file)
        return answered

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
