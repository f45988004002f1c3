"""emupos, a receipt printer made of software by other people, started in an environment of its own.

It needs Python 3.13 and pip's package index; where either is missing its tests are skipped, and say so.
"""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from receipts.values.paper import Paper

VERSION = "0.4.0"
STARTS_WITHIN_S = 20.0
_PROFILE = """
type: printer
name: printer of the tests
dpi: 203
width_dots: {width}
font_a: {{ width: 12, height: 24 }}
font_b: {{ width: 9, height: 17 }}
code_pages: {{ 0: PC437, 2: PC850, 3: PC860, 4: PC863, 5: PC865, 16: WPC1252, 17: PC866, 18: PC852, 19: PC858 }}
default_code_page: 0
drawer_sensor_open_level: high
serial: {{ baud: 115200, data_bits: 8, parity: none, stop_bits: 1 }}
"""


def installed(cache: pytest.Cache) -> Path:
    """The folder of emupos' programs, installed once and kept with pytest's own cache. Skips where it cannot be."""
    python = _python_3_13()
    if python is None:
        pytest.skip("emupos needs Python 3.13, which is not on this machine")
    folder = cache.mkdir(f"emupos-{VERSION}")
    programs = folder / "bin"
    if not (folder / "whole").exists():
        shutil.rmtree(folder)
        subprocess.run([python, "-m", "venv", folder], check=True, capture_output=True)
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", f"emupos=={VERSION}"]
        got = subprocess.run(pip, check=False, capture_output=True, text=True)
        if got.returncode:
            pytest.skip(f"emupos cannot be installed here: {got.stderr.strip().splitlines()[-1:]}")
        (folder / "whole").touch()
    return programs


def _python_3_13() -> str | None:
    if sys.version_info >= (3, 13):
        return sys.executable
    candidates = [shutil.which("python3.13")]
    if shutil.which("pyenv"):
        named = subprocess.run(["pyenv", "whence", "python3.13"], check=False, capture_output=True, text=True)
        for version in named.stdout.split():
            at = subprocess.run(["pyenv", "prefix", version], check=False, capture_output=True, text=True)
            candidates.append(str(Path(at.stdout.strip()) / "bin" / "python3.13"))
    for python in candidates:
        if python and subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0:
            return python
    return None


@dataclass
class Emupos:
    """A running simulator with one printer, and what a person beside it would do and see."""

    api: str
    tcp_url: str
    serial_url: str
    paper: Paper
    faults: set[str] = field(default_factory=set)

    def fault(self, name: str) -> None:
        """`paper-out`, `paper-near-end`, `cover-open` or `offline`."""
        self._call("PUT", f"faults/{name}")
        self.faults.add(name)

    def clear(self, name: str) -> None:
        """Put the paper in, close the cover."""
        self._call("DELETE", f"faults/{name}")
        self.faults.discard(name)

    def receipts(self) -> set[str]:
        """Ids of what was cut off so far. In no order: the two parts of a slip are often of the same millisecond, and
        the simulator, which draws an id by lot, tells no more than that.
        """
        return {each["id"] for each in json.loads(self._call("GET", "receipts"))}

    def image(self, receipt: str) -> Image.Image:
        """One receipt, black on white."""
        return Image.open(io.BytesIO(self._call("GET", f"receipts/{receipt}/image"))).convert("1")

    def text(self, receipt: str) -> str:
        """The letters the printer drew itself."""
        return self._call("GET", f"receipts/{receipt}/text").decode()

    def _call(self, method: str, path: str) -> bytes:
        asked = urllib.request.Request(f"{self.api}/devices/front/{path}", method=method)  # noqa: S310  the loopback
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310  the loopback
            return bytes(answer.read())


@contextmanager
def running(programs: Path, folder: Path, paper: Paper) -> Iterator[Emupos]:
    """A simulator with `paper`, over TCP and over a serial line (a pty) at the same time."""
    api_port, port = _free_port(), _free_port()
    (folder / "printer.yaml").write_text(_PROFILE.format(width=paper.width_dots))
    config = folder / "emupos.yaml"
    link = f"pos-recovery-{port}"
    config.write_text(
        f"""
schema: 1
api: {{ host: 127.0.0.1, port: {api_port} }}
devices:
  - id: front
    type: printer
    profile: ./printer.yaml
    receipts_dir: ./receipts
    connections:
      - tcp: {{ port: {port} }}
      - serial: {{ pty: true, link: {link} }}
"""
    )
    log = (folder / "log").open("wb")
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(folder), "HOME": str(folder)}
    program = subprocess.Popen(
        [programs / "emupos", "run", "--config", config], cwd=folder, env=environment, stdout=log, stderr=log
    )
    try:
        api = f"http://127.0.0.1:{api_port}/api/v1"
        _wait_for(api, program)
        serial = f"serial://{folder}/emupos/{link}?baud=115200&flow=none"
        yield Emupos(api, f"tcp://127.0.0.1:{port}", serial, paper)
    finally:
        program.terminate()
        program.wait(10)
        log.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(api: str, program: subprocess.Popen[bytes]) -> None:
    """Until the simulator answers."""
    import threading

    turn, tries = threading.Event(), int(STARTS_WITHIN_S / 0.1)
    for _ in range(tries):
        if program.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{api}/devices", timeout=1).close()  # noqa: S310  the loopback
        except (urllib.error.URLError, OSError):
            turn.wait(0.1)
        else:
            return
    raise RuntimeError("emupos did not start")
