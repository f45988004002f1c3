"""python-escpos does things at import that a till cannot have; each is shown with and without the door."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_REPORT = """
import json, logging, os, sys
{body}
print("REPORT" + json.dumps({{
    "handlers": [type(each).__name__ for each in logging.getLogger().handlers],
    "modules": sorted(name for name in sys.modules if name.partition(".")[0] in (
                      "escpos", "yaml", "PIL", "qrcode", "uharfbuzz", "bidi", "uniseg", "textual", "rich", "sqlmodel")),
    "environment": os.environ.get("ESCPOS_CAPABILITIES_PICKLE_DIR"),
}}))
"""
_BARE = "import escpos.printer"
_OURS = "from receipts.escpos import escpos_door; escpos_door.warm_up()"


def _run(body: str, temporary: Path, **environment: str) -> dict[str, Any]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ESCPOS_")}
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _REPORT.format(body=body)],
        check=True,
        capture_output=True,
        text=True,
        env=clean | {"TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)} | environment,
    )
    said, _, report = ended.stdout.partition("REPORT")
    found: dict[str, Any] = json.loads(report)
    return found | {"stdout": said, "left": sorted(each.name for each in temporary.iterdir())}


def test_importing_the_library_through_our_door_leaves_nothing_in_the_temporary_folder(tmp_path: Path) -> None:
    assert _run(_OURS, tmp_path)["left"] == []


def test_importing_the_library_bare_leaves_a_folder_behind_each_time(tmp_path: Path) -> None:
    _run(_BARE, tmp_path)
    assert len(_run(_BARE, tmp_path)["left"]) == 2


def test_our_door_leaves_the_root_logger_alone_and_says_nothing(tmp_path: Path) -> None:
    report = _run(_OURS, tmp_path)
    assert report["handlers"] == []
    assert report["stdout"] == ""


def test_importing_the_library_bare_makes_it_log_over_the_screen(tmp_path: Path) -> None:
    assert _run(_BARE, tmp_path)["handlers"] == ["StreamHandler"]


def test_a_pickle_in_a_shared_folder_is_never_loaded(tmp_path: Path) -> None:
    shared, temporary = tmp_path / "shared", tmp_path / "tmp"
    shared.mkdir()
    temporary.mkdir()
    version = ".".join(map(str, sys.version_info[:3]))
    pickle = b"cos\nabort\n(tR."  # unpickling it ends the process
    for name in (f"{version}.capabilities.pickle",):
        (shared / name).write_bytes(pickle)
        os.utime(shared / name, (4e9, 4e9))
    report = _run(_OURS, temporary, ESCPOS_CAPABILITIES_PICKLE_DIR=str(shared))
    assert report["environment"] == str(shared)
    with pytest.raises(subprocess.CalledProcessError):
        _run(_BARE, temporary, ESCPOS_CAPABILITIES_PICKLE_DIR=str(shared))


def test_a_file_of_another_thread_in_the_private_folder_is_not_deleted(tmp_path: Path) -> None:
    body = """
import tempfile
from receipts.escpos import escpos_door
with escpos_door._own_temporary_folder():
    handle, name = tempfile.mkstemp()
assert os.path.exists(name)
"""
    assert len(_run(body, tmp_path)["left"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        "import receipts",
        (
            "import receipts.values.errors, receipts.values.result, receipts.address.printer_url; "
            "import receipts.drawing.slip, receipts.values.paper"
        ),
    ],
)
def test_slips_papers_and_addresses_load_nothing_heavy(body: str, tmp_path: Path) -> None:
    assert _run(body, tmp_path)["modules"] == []


def test_laying_out_and_encoding_does_not_load_a_screen_a_database_or_the_printer_library(tmp_path: Path) -> None:
    modules = _run(
        "import receipts.drawing.page, receipts.drawing.preview; "
        "import receipts.printers.open_printer, receipts.escpos.raster_job",
        tmp_path,
    )["modules"]
    roots = {name.partition(".")[0] for name in modules}
    assert roots == {"PIL", "bidi", "uniseg", "uharfbuzz"}
