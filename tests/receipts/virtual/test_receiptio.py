"""A host that nobody here wrote prints on the virtual printer and reads its states: receiptio, of npm.

It needs Node.js, npm and the registry, and TCP port 9100, which it always uses; each test takes a loopback address of
its own. Where any of these is missing the tests are skipped and say so.
"""

import json
import queue
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from receipts.values.paper import PAPER_58, PAPER_80, Paper
from receipts.virtual.device.faults import Event, parse
from receipts.virtual.device.machine import Machine
from receipts.virtual.device.roll import Slip
from receipts.virtual.serving.run import News
from receipts.virtual.serving.tcp_server import Server, serving

VERSIONS = ("receiptio@2.1.2", "receiptline@4.0.4")
PORT = 9100

PROGRAM = """
const receiptio = require('receiptio');
const [markdown, options] = JSON.parse(process.argv[1]);
receiptio.print(markdown, options).then(result => { console.log(result); process.exit(0); });
"""
RECEIPT = """^^^Harbour St

Flat white | 1| 4.20
Egg muffin | 1| 3.80
---
^TOTAL | ^8.00

{code:7KQ4M2XD9RTC; option:qrcode,4}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node.js and npm are not installed")
    folder = tmp_path_factory.mktemp("receiptio")
    try:
        installing = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *VERSIONS],
            capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        pytest.skip("npm could not install receiptio: nothing came from its registry")
    if installing.returncode:
        pytest.skip(f"npm could not install receiptio: {installing.stderr[-200:]}")
    return folder


@contextmanager
def printer(last: int, paper: Paper = PAPER_80, news: News | None = None) -> Iterator[Server]:
    """A printer at 127.0.0.`last`:9100."""
    if sys.platform != "linux":
        pytest.skip("only Linux has every loopback address 127.x.y.z ready")
    try:
        server = serving(Machine(paper, speed_mm_s=1000), PORT, host=f"127.0.0.{last}", news=news)
    except OSError as error:
        pytest.skip(f"receiptio always uses port {PORT}: {error}")
    with server:
        yield server


def receiptio(folder: Path, server: Server, options: str, markdown: str = "") -> str:
    arguments = json.dumps([markdown, f"-d {server.address[0]} {options}"])
    done = subprocess.run(
        ["node", "-e", PROGRAM, arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("fault", "state"),
    [(None, "online"), ("near-end", "online"), ("paper-out", "paperempty"), ("open", "coveropen"), ("hot", "error")],
)
def test_receiptio_reads_every_state(folder: Path, fault: str | None, state: str) -> None:
    with printer(21) as server:
        if fault:
            server.do(lambda machine, now: machine.strike(parse(fault), now))
        assert receiptio(folder, server, "-q") == state


@pytest.mark.parametrize("language", ["", "-p generic", "-p escpos", "-p epson"])
@pytest.mark.parametrize(("paper", "chars"), [(PAPER_58, 32), (PAPER_80, 48)])
def test_receiptio_prints(folder: Path, language: str, paper: Paper, chars: int) -> None:
    printed: queue.SimpleQueue[Slip] = queue.SimpleQueue()

    def news(_events: list[Event], slips: list[Slip]) -> None:
        for slip in slips:
            printed.put(slip)

    with printer(22, paper, news) as server:
        assert receiptio(folder, server, f"-c {chars} -l en {language}", RECEIPT) == "success"
        # It takes the answer to GS r for success, which comes while the paper is still on its way to the cutter.
        slip = printed.get(timeout=5)
        unknown = server.do(lambda machine, _: machine.unknown_commands)
    assert not slip.is_blank
    assert unknown == (0 if language else 2), "without a language it first says hello to a Star printer, in two"


def test_receiptio_is_told_that_the_paper_ended_under_its_receipt(folder: Path) -> None:
    with printer(23) as server:
        server.do(lambda machine, now: machine.strike(parse("paper-out 20"), now))
        assert receiptio(folder, server, "-c 48 -l en", RECEIPT) == "paperempty"
        server.do(lambda machine, now: machine.reload(now))
