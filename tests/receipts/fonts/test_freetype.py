"""Slips where HarfBuzz and libusb have no wheel, as on Windows on ARM: in an environment in which neither is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from receipts.drawing.page import lay_out
from receipts.drawing.slip import Slip
from receipts.values.paper import PAPER_58
from tests.installs import Installed

WITHOUT = ("uharfbuzz", "libusb-package")
SAID = {
    "store": "Žluťoučký ďůl, Ελλάδα, Кофейня",
    "headline": "A cup should never be half empty",
    "offer": "Elmondani, ħobż, smørrebrød: 5 € × 2",
    "apology": "本日は長くお待たせしてしまい、申し訳ございませんでした。",
}
DRAW = """
import json, sys
from receipts.drawing.page import lay_out
from receipts.values.paper import PAPER_58
from receipts.drawing.slip import Slip
lay_out(Slip(**json.loads(sys.argv[1])), PAPER_58).image.save(sys.argv[2])
"""
REFUSED = """
from receipts.fonts.faces import undrawable
for each in ("قهوة", "कॉफ़ी", "a\\u0302 x\\u0302", "שלום"):
    print(len(undrawable(each)), undrawable("e\\u0301 " + each)[:1] == undrawable(each)[:1])
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed.plain(tmp_path_factory.mktemp("bare") / "environment", without=WITHOUT)


def slip() -> dict[str, Any]:
    common = dict.fromkeys(("valid", "scan_hint", "back_title", "back_text"), "Good until 31 January 2030")
    return {**common, **SAID, "language": "en", "code": "XXXX-XXXX-XXXX", "qr_text": "XXXXXXXXXXXX", "contact": ()}


def test_letters_that_stand_alone_are_drawn_as_they_are_with_it(bare: Installed, tmp_path: Path) -> None:
    done = bare.python("-c", DRAW, json.dumps(slip()), str(tmp_path / "slip.png"))
    assert done.code == 0, done.err
    ours = lay_out(Slip(**slip()), PAPER_58).image
    with Image.open(tmp_path / "slip.png") as drawn:
        assert abs(drawn.height - ours.height) < 20
        theirs = drawn.crop((0, 0, *ours.size))
    ink = ours.histogram()[0]
    assert differing(theirs, ours) < ink * 0.35  # the same letters, some a dot to the side for want of kerning
    assert differing(ImageChops.offset(theirs, 7, 3), ours) > ink * 0.5  # the twin: letters elsewhere differ by more


def differing(one: Image.Image, other: Image.Image) -> int:
    return ImageChops.logical_xor(one.convert("1"), other.convert("1")).histogram()[255]


def test_letters_that_join_or_stack_are_refused_by_name(bare: Installed) -> None:
    assert bare.python("-c", REFUSED).out.splitlines() == ["4 True", "5 True", "1 True", "4 True"]


def test_a_register_there_speaks_what_it_can_draw_and_says_why(bare: Installed, tmp_path: Path) -> None:
    home = tmp_path / "home"
    refused = bare("setup", "--defaults", "--language", "ar", home=home)
    assert refused.code == 5
    assert "no slip can speak 'ar' here: without HarfBuzz" in refused.line
    assert bare("setup", "--defaults", "--no-test-slip", home=home).code == 0
    assert bare("issue", "late", "--language", "ja", "--json", home=home).told["printed"] == "handed_over"
    doctor = bare("doctor", home=home)
    assert doctor.code == 0
    assert "▲ fonts      without HarfBuzz, which is not installed here, only Latin" in doctor.out
    assert "slips can be drawn in en, es, fr, de, cs, ja" in doctor.out
    assert bare("printer", "status", home=home, POS_RECOVERY_PRINTER="usb://04b8:0e28").code in {3, 5}


def test_with_it_none_of_that_is_said(tmp_path: Path) -> None:
    """The twin."""
    whole = Installed.plain(tmp_path / "environment")
    assert whole("setup", "--defaults", "--no-test-slip", "--language", "ar", home=tmp_path / "home").code == 0
    assert "HarfBuzz" not in whole("doctor", home=tmp_path / "home").out


def test_one_that_cannot_be_loaded_is_no_missing_one(bare: Installed, tmp_path: Path) -> None:
    """Slips would look other than they did, without a word."""
    (tmp_path / "uharfbuzz.py").write_text("raise ImportError('no such symbol')")
    done = bare.python(
        "-c", "try:\n import receipts.fonts.harfbuzz\nexcept ImportError as e: print(e)", PYTHONPATH=str(tmp_path)
    )
    assert done.out == "no such symbol\n"
