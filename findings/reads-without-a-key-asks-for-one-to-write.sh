#!/usr/bin/env bash
# A store of Google's that was told to go without a key reads without one, and still asks for one as soon as it writes.
#
# obstore 0.12.1 says of skip_signature that GCSStore then fetches no credentials. So it is for reading, and even for
# `copy`; `put` and `delete` first ask the metadata server of Google's machines for a token. Where none answers, as
# anywhere else, they fail, and the store has not been asked at all. A test that only reads does not find it. Here all
# goes to one small server on this machine, which knows of no tokens.
#
# Expect: get and copy reach the store with no Authorization; put and delete ask for a token and do not reach it.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'obstore==0.12.1'
# No key file of whoever runs this is looked at, and no proxy.
env -i HOME="$work" "$work/venv/bin/python" - <<'PY'
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

seen = []


class Server(BaseHTTPRequestHandler):
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = self.path.startswith("/computeMetadata/")
        seen.append("token?" if token else f"store, {'with' if 'Authorization' in self.headers else 'without'} a key")
        self.send_response(404 if token else 200)
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Tue, 01 Dec 2026 00:00:00 GMT")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"127.0.0.1:{server.server_port}"
os.environ.update(GCE_METADATA_HOST=address, GCE_METADATA_IP=address)

import obstore  # noqa: E402  after the addresses are set
from obstore.store import GCSStore  # noqa: E402

config = {"base_url": f"http://{address}", "skip_signature": True}
store = GCSStore("shop", config=config, client_options={"allow_http": True})
told = {}
for name, arguments in (("get", ["list"]), ("copy", ["list", "new"]), ("put", ["list", b"milk"]), ("delete", ["list"])):
    seen.clear()
    try:
        getattr(obstore, name)(store, *arguments)
        end = "done"
    except obstore.exceptions.BaseError as error:
        end = type(error).__name__
    told[name] = end == "done", set(seen)
    print(f"{name:6} asked for: {sorted(set(seen))}; {end}")
assert told["get"] == told["copy"] == (True, {"store, without a key"})
assert told["put"] == told["delete"] == (False, {"token?"})
PY
