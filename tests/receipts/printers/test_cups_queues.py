"""The real CUPS: a scheduler of our own on a socket of its own, and a queue that keeps what its backend is given."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from receipts.drawing.page import lay_out
from receipts.printers import cups_queues as queues
from receipts.printers.discovery import Found, cups_queues, find_printers
from receipts.printers.open_printer import open_printer
from receipts.transport import NothingLeftError
from receipts.transport.cups import CupsTransport
from receipts.values.paper import PAPER_58
from tests.receipts.samples import sample

_MISSING = [command for command in ("cupsd", "lpadmin", "lp", "lpstat", "cupsreject") if not shutil.which(command)]
_LIBRARY = Path("/usr/lib/cups")

if _MISSING:
    pytest.skip(f"no real CUPS here: {', '.join(_MISSING)} missing", allow_module_level=True)
if os.geteuid() != 0:
    pytest.skip("no real CUPS here: its scheduler needs root", allow_module_level=True)
if not _LIBRARY.is_dir():
    pytest.skip(f"no real CUPS here: {_LIBRARY} is not where its parts are", allow_module_level=True)

SLIP = bytes(range(256)) * 200

_BACKEND = """#!/bin/sh
[ $# -eq 0 ] && { echo 'direct capture "Unknown" "Capture"'; exit 0; }
cat "${6:--}" > "${DEVICE_URI#capture:}/$1.part"
mv "${DEVICE_URI#capture:}/$1.part" "${DEVICE_URI#capture:}/$1.job"
echo "$1" > "${DEVICE_URI#capture:}/arrived"
"""
_COMPLAINS = """#!/bin/sh
[ $# -eq 0 ] && { echo 'direct complains "Unknown" "Complains"'; exit 0; }
cat "${6:--}" > /dev/null
case "$DEVICE_URI" in
  *-*) echo "STATE: +${DEVICE_URI#complains:}" >&2;;
  *) echo "${DEVICE_URI#complains:}: The printer is out of paper." >&2;;
esac
"""
"""Takes a job, says something of its printer and ends well, as CUPS' own `ipp` does when a format is refused."""
_SCHEDULER = """
MaxLogSize 0
Listen {home}/socket
WebInterface No
Browsing No
DefaultAuthType None
<Location />
  Order allow,deny
  Allow all
</Location>
<Policy default>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""
_FILES = """
ServerRoot {home}/root
ServerBin {home}/bin
RequestRoot {home}/spool
CacheDir {home}/cache
StateDir {home}/state
ErrorLog {home}/error_log
AccessLog {home}/access_log
PageLog {home}/page_log
SystemGroup root
"""


@dataclass(frozen=True, slots=True)
class Cups:
    """A running scheduler with one queue, `kitchen`."""

    captured: Path
    arrived: int
    """The end of a FIFO, open for both, so that no backend waits for us."""

    def wait_for(self, job: str) -> bytes:
        """What the backend got for `job`; it tells through the FIFO when it has it."""
        assert os.read(self.arrived, 64).decode().strip() == job
        return (self.captured / f"{job}.job").read_bytes()


@pytest.fixture
def cups(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cups]:
    with tempfile.TemporaryDirectory(prefix="cups-") as folder, _a_scheduler(Path(folder)):
        home = Path(folder)
        monkeypatch.setenv("CUPS_SERVER", str(home / "socket"))
        (home / "captured").mkdir()
        os.mkfifo(home / "captured" / "arrived")
        arrived = os.open(home / "captured" / "arrived", os.O_RDWR)
        _run("lpadmin", "-p", "kitchen", "-E", "-v", f"capture:{home / 'captured'}", "-m", "raw")
        try:
            yield Cups(home / "captured", arrived)
        finally:
            os.close(arrived)


@contextmanager
def _a_scheduler(home: Path) -> Iterator[None]:
    """`cupsd` with everything it reads and writes below `home`; the machine's own CUPS stays as it is."""
    home.chmod(0o755)  # parts of CUPS run as another user
    for name in ("root", "spool", "cache", "state", "bin/backend"):
        (home / name).mkdir(parents=True)
    for part in _LIBRARY.iterdir():
        if part.name != "backend":
            (home / "bin" / part.name).symlink_to(part)
    for part in (_LIBRARY / "backend").iterdir():
        (home / "bin" / "backend" / part.name).symlink_to(part)
    for name, script in {"capture": _BACKEND, "complains": _COMPLAINS, "cups-pdf": _COMPLAINS}.items():
        backend = home / "bin" / "backend" / name
        backend.write_text(script, encoding="utf-8")
        backend.chmod(0o700)
    (home / "cupsd.conf").write_text(_SCHEDULER.format(home=home), encoding="utf-8")
    (home / "cups-files.conf").write_text(_FILES.format(home=home), encoding="utf-8")
    scheduler = subprocess.Popen(
        ["cupsd", "-f", "-c", str(home / "cupsd.conf"), "-s", str(home / "cups-files.conf")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with scheduler:
        try:
            _wait_for_socket(home / "socket", scheduler)
            yield
        finally:
            scheduler.terminate()


def _wait_for_socket(path: Path, scheduler: "subprocess.Popen[bytes]") -> None:
    pause = threading.Event()
    for _ in range(500):
        if path.is_socket():
            return
        if scheduler.poll() is not None:
            break
        pause.wait(0.02)
    scheduler.kill()
    pytest.fail(f"cupsd did not start: {scheduler.communicate()[0].decode(errors='replace')}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=10)


def _said(*command: str) -> str:
    asked = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
    return asked.stdout


def _hand_over(job: bytes, queue: str = "kitchen") -> str:
    line = CupsTransport(queue).open("slip")
    try:
        line.exchange(job, 0)
        return line.finish()
    finally:
        line.close()


def test_cups_gets_exactly_our_bytes_and_we_get_the_jobs_number(cups: Cups) -> None:
    assert _hand_over(SLIP) == "handed to queue kitchen as job 1"
    assert cups.wait_for("1") == SLIP
    assert _hand_over(b"\x10\x04\x01\n\r\0") == "handed to queue kitchen as job 2"
    assert cups.wait_for("2") == b"\x10\x04\x01\n\r\0"


def test_a_slip_in_a_queue_is_handed_over_and_never_more(cups: Cups, tmp_path: Path) -> None:
    printer = open_printer("cups://kitchen", tmp_path, PAPER_58)
    result = printer.print(lay_out(sample("en"), PAPER_58), "7KQ4M2XD9RTC-1")
    assert (result.state, result.proof) == ("printed", "handed_over")
    assert result.detail == "handed to queue kitchen as job 1"
    direct = tmp_path / "direct.bin"
    open_printer(direct.as_uri(), tmp_path, PAPER_58).print(lay_out(sample("en"), PAPER_58), "slip")
    assert cups.wait_for("1") == direct.read_bytes()


def test_a_queue_that_does_not_exist_leaves_nothing(cups: Cups) -> None:
    with pytest.raises(NothingLeftError, match="The printer or class does not exist"):
        _hand_over(SLIP, "bar")


def test_a_queue_that_accepts_no_jobs_leaves_nothing(cups: Cups) -> None:
    _run("cupsreject", "kitchen")
    with pytest.raises(NothingLeftError, match="not accepting jobs"):
        _hand_over(SLIP)


@pytest.mark.usefixtures("cups")
def test_a_refusal_is_told_in_its_own_words_and_names_stay_as_they_are_written(tmp_path: Path) -> None:
    _run("lpadmin", "-p", "Bar", "-E", "-v", f"capture:{tmp_path}", "-m", "raw")
    _run("cupsreject", "Bar")
    refused = open_printer("cups://Bar", tmp_path, PAPER_58).print(lay_out(sample("en"), PAPER_58), "slip")
    assert (refused.state, refused.detail) == (
        "pending", 'CUPS did not take it: Destination "Bar" is not accepting jobs',
    )  # fmt: skip


def test_a_scheduler_that_does_not_run_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CUPS_SERVER", str(tmp_path / "socket"))
    with pytest.raises(NothingLeftError, match="CUPS did not take it"):
        _hand_over(SLIP)


_LIBRARY_ALONE = """
from escpos.printer import LP
printer = LP("kitchen", auto_flush=False)
printer.open()
printer._raw(bytes(range(256)) * 200)
printer.close()
"""


def test_the_librarys_own_way_would_add_a_byte_after_the_cut(cups: Cups) -> None:
    _run(sys.executable, "-W", "ignore", "-c", _LIBRARY_ALONE)
    assert cups.wait_for("1") == SLIP + b"\n"


@pytest.mark.usefixtures("cups")
def test_the_queue_is_found() -> None:
    assert [*cups_queues()] == [Found("cups://kitchen", "kitchen, a queue of CUPS")]


# --- what is no queue for slips ------------------------------------------------------------------------------------

QUEUES = {
    "network": (("-v", "socket://192.0.2.7:9100", "-m", "raw"), ""),
    "usb": (("-v", "usb://EPSON/TM-T88V?serial=1", "-m", "drv:///sample.drv/epson9.ppd"), ""),
    "again": (("-v", "beh:/1/0/60/socket://192.0.2.7:9100", "-m", "raw"), ""),
    "office": (("-v", "ipp://127.0.0.1:1/ipp/print", "-m", "everywhere"), queues.DRIVERLESS),
    "secure": (("-v", "ipps://127.0.0.1:1/ipp/print", "-m", "everywhere"), queues.DRIVERLESS),
    "named": (("-v", "dnssd://Office._ipp._tcp.local/", "-m", "raw"), queues.DRIVERLESS),
    "raw_by_name": (("-v", "dnssd://Till._pdl-datastream._tcp.local/", "-m", "raw"), ""),
    "upstairs": (("-v", "ipp://127.0.0.1:1/printers/kitchen", "-m", "raw"), queues.OF_ANOTHER),
    "pdf": (("-v", "cups-pdf:/", "-m", "raw"), queues.INTO_A_FILE),
    "nothing": (("-v", "file:///dev/null", "-m", "raw"), queues.INTO_A_FILE),
    "drawn": (("-v", "complains:ERROR", "-m", "drv:///sample.drv/generic.ppd"), queues.BY_A_DRIVER),
}


@pytest.mark.usefixtures("cups")
def test_only_queues_that_take_raw_bytes_are_offered_and_of_the_others_it_is_said_why() -> None:
    for name, (options, _) in QUEUES.items():
        _run("lpadmin", "-p", name, "-E", *options)
    _run("lpadmin", "-p", "kitchen", "-c", "everywhere_at_once")
    found = {each.url.removeprefix("cups://"): each.why_not for each in cups_queues()}
    told = {name: why for name, (_, why) in QUEUES.items()}
    assert found == {"kitchen": "", "everywhere_at_once": queues.A_CLASS, **told}
    offered = {each.url for each in find_printers((cups_queues,), deadline_s=10)}
    assert offered == {f"cups://{name}" for name, why in found.items() if not why}


@pytest.mark.usefixtures("cups")
def test_by_its_model_a_driverless_queue_would_pass_for_a_raw_one() -> None:
    """The twin. CUPS 2.4.2 makes it all the same when the printer does not answer, and `lpadmin` ends with 0."""
    _run("lpadmin", "-p", "office", "-E", *QUEUES["office"][0])
    assert "Local Raw Printer" in _said("lpoptions", "-p", "office")


# --- what CUPS says of the printer behind ---------------------------------------------------------------------------


@pytest.mark.usefixtures("cups")
def test_a_job_that_is_completed_with_a_complaint_is_in_doubt(tmp_path: Path) -> None:
    _run("lpadmin", "-p", "bar", "-E", "-v", "complains:ERROR", "-m", "raw")
    result = open_printer("cups://bar", tmp_path, PAPER_58).print(lay_out(sample("en"), PAPER_58), "slip")
    assert (result.state, result.proof) == ("unknown", None)
    assert result.detail == "CUPS says: The printer is out of paper."


def test_by_its_state_and_reasons_it_would_be_a_job_like_one_that_printed(cups: Cups) -> None:
    """The twin: both are in the list of what is completed, for the same reasons."""
    _run("lpadmin", "-p", "bar", "-E", "-v", "complains:ERROR", "-m", "raw")
    with pytest.raises(OSError, match="out of paper"):
        _hand_over(SLIP, "bar")
    _hand_over(SLIP)
    assert len(cups.wait_for("2")) == len(SLIP)
    completed = {queue: _said("lpstat", "-l", "-W", "completed", "-o", queue) for queue in ("bar", "kitchen")}
    (bad,), (good,) = (re.findall("Alerts: .*", listed) for listed in completed.values())
    assert bad == good


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("media-empty-error", "media-empty"),
        ("cover-open", "cover-open"),
        ("media-low-warning", ""),
        ("offline-report", ""),
    ],
)
@pytest.mark.usefixtures("cups")
def test_what_stops_the_printer_behind_is_a_doubt_and_what_only_warns_is_none(reason: str, said: str) -> None:
    _run("lpadmin", "-p", "bar", "-E", "-v", f"complains:{reason}", "-m", "raw")
    if said:
        with pytest.raises(OSError, match=f"CUPS says: {said}$"):
            _hand_over(SLIP, "bar")
    else:
        assert _hand_over(SLIP, "bar") == "handed to queue bar as job 1"


@pytest.mark.usefixtures("cups")
def test_a_job_that_waits_is_handed_over_and_what_its_printer_lacks_is_told() -> None:
    _run("cupsdisable", "-r", "The roll is changed just now", "kitchen")
    line = CupsTransport("kitchen", heard_out_s=0.0).open("slip")
    line.exchange(SLIP, 0)
    assert line.finish() == (
        "handed to queue kitchen as job 1, where it waits; CUPS says: The roll is changed just now"
    )
    line.close()


@pytest.mark.usefixtures("cups")
def test_a_remark_of_a_printer_that_is_well_raises_no_doubt() -> None:
    _run("lpadmin", "-p", "bar", "-E", "-v", "complains:INFO", "-m", "raw")
    assert _hand_over(SLIP, "bar") == "handed to queue bar as job 1"
