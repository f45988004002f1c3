"""What obstore asks of Google's Cloud Storage, answered on a loopback port: objects, the condition, parts.

By Google's manual of its XML API. The emulators there are take no uploads by that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Barrier, Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit

BUCKET, KEY = "head-office", "of the night"


@dataclass
class Google:
    """A server that is running."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    """By bucket and name."""
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    """Of uploads that are not complete."""
    taken: list[str] = field(default_factory=list)
    meet_at: str = ""
    """Whoever sends a file of this name waits for a second one who does."""
    meeting: Barrier = field(default_factory=lambda: Barrier(2, timeout=30))
    lock: Lock = field(default_factory=Lock)
    numbers: Iterator[int] = field(default_factory=count)

    def contents(self, folder: str) -> dict[str, bytes]:
        """Every object of the bucket that is in a folder."""
        start = f"{BUCKET}/{folder}/"
        return {name.removeprefix(start): data for name, data in self.objects.items() if name.startswith(start)}


class _Handler(BaseHTTPRequestHandler):
    google: Google
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Sat, 21 Nov 2026 05:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def asked(self) -> tuple[str, dict[str, str], bytes]:
        """Which object, the options, and what was sent."""
        parts = urlsplit(self.path)
        options = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        return unquote(parts.path)[1:], options, self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def do_GET(self) -> None:
        with self.google.lock:
            there = self.google.objects.get(self.asked()[0])
        if self.headers["Authorization"] != f"Bearer {KEY}":
            self.answer(401)
        elif there is None:
            self.answer(404)
        else:
            self.answer(200, there)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        name, options, body = self.asked()
        if name.endswith(f"/{self.google.meet_at}"):
            self.google.meeting.wait()
        with self.google.lock:
            if "uploadId" in options:
                self.google.parts[options["uploadId"]][int(options["partNumber"])] = body
            elif self.headers["x-goog-if-generation-match"] == "0" and name in self.google.objects:
                return self.answer(412)
            else:
                self.google.objects[name] = body
                self.google.taken.append(name.rpartition("/")[2])
        return self.answer(200)

    def do_POST(self) -> None:
        name, options, _ = self.asked()
        with self.google.lock:
            if "uploads" in options:
                number = str(next(self.google.numbers))
                self.google.parts[number] = {}
                told = f"<UploadId>{number}</UploadId>"
                self.answer(200, f"<InitiateMultipartUploadResult>{told}</InitiateMultipartUploadResult>".encode())
            else:
                parts = self.google.parts.pop(options["uploadId"])
                self.google.objects[name] = b"".join(parts[number] for number in sorted(parts))
                told = "<ETag>1</ETag>"
                self.answer(200, f"<CompleteMultipartUploadResult>{told}</CompleteMultipartUploadResult>".encode())


@contextmanager
def serving() -> Iterator[Google]:
    """A server with a bucket, gone with everything it holds when the block is left."""
    server = Google()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("_Ours", (_Handler,), {"google": server})) as listening:
        server.port = listening.server_address[1]
        thread = Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join(10)
