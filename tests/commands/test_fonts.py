"""A shop whose letters are not shipped, by commands: set-up, the doctor, and a copy that cannot look alike."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from receipts.fonts.system_fonts import Fontconfig
from receipts.text_flow import icu_words
from tests.commands.conftest import Call
from tests.commands.shell import Shell
from tests.receipts.font_shelf import SHELF

THAI, BOLD = SHELF / "NotoSansThai-Regular.ttf", SHELF / "NotoSansThai-Bold.ttf"
SHOP = "ร้านกาแฟ"


def test_set_up_says_which_font_draws_the_shops_name(new_call: Call) -> None:
    words = ("setup", "--defaults", "--store-name", SHOP, "--timezone", "Asia/Bangkok", "--currency", "THB")
    refused = new_call(*words, "--json")
    assert refused.code == 5
    assert "store_name: no font here can draw ร U+0E23" in refused.line
    assert not new_call.home.exists()
    done = new_call(*words, "--font", str(THAI), "--json")
    assert done.code == 0
    (font,) = {each["file"]: each for each in done.told["fonts"]}.values()
    assert font["sha256"] == hashlib.sha256(THAI.read_bytes()).hexdigest()
    assert set(font["letters"]) == set(SHOP)
    assert f'fonts = ["{THAI}"]' in (new_call.home / "settings.toml").read_text(encoding="utf-8")


def test_the_doctor_names_the_fonts_of_the_machine_and_what_is_wrong_with_those_that_are_named(call: Call) -> None:
    shop = {"POS_RECOVERY_STORE_NAME": SHOP, "POS_RECOVERY_FONTS": os.pathsep.join((str(THAI), "Noto Sans Thaai"))}
    told = call("doctor", "--json", **shop).told
    found = [each for each in told["findings"] if each["part"] == "fonts"]
    assert any(
        f"{THAI}, SHA-256 {hashlib.sha256(THAI.read_bytes()).hexdigest()[:12]}" in each["detail"] for each in found
    )
    (absent,) = [each for each in found if "Noto Sans Thaai" in each["detail"]]
    assert absent["well"]
    assert f"▲ fonts      {absent['detail']}" in call("doctor", **shop).out
    assert any("ICU" in each["detail"] for each in found) == (icu_words.breaker() is None)
    plain = [each for each in call("doctor", "--json").told["findings"] if each["part"] == "fonts"]
    assert len(plain) == 1


def test_a_copy_whose_font_was_changed_says_so_on_a_line_and_to_scripts(shell: Shell, tmp_path: Path) -> None:
    mine = Path(shutil.copy(THAI, tmp_path / "mine.ttf"))
    shop = {"POS_RECOVERY_STORE_NAME": SHOP, "POS_RECOVERY_FONTS": str(mine)}
    code = shell("issue", "late", "--json", **shop).told["code"]
    alike = shell("reprint", code, "--json", **shop)
    assert (alike.code, alike.told["other_letters"], alike.err) == (0, False, "")
    shutil.copy(BOLD, mine)
    changed = shell("reprint", code, "--json", **shop)
    assert (changed.code, changed.told["other_letters"]) == (0, True)
    assert changed.line.startswith(f"This copy has other letters than the first slip: {mine} is gone or was changed")


@pytest.mark.skipif(not Fontconfig.is_here(), reason="this machine has no fontconfig")
def test_the_machines_own_fonts_need_no_setting(shell: Shell, tmp_path: Path) -> None:
    conf = f"<fontconfig><dir>{SHELF}</dir><cachedir>{tmp_path}</cachedir></fontconfig>"
    (tmp_path / "fonts.conf").write_text(conf, encoding="utf-8")
    here = {"POS_RECOVERY_STORE_NAME": SHOP, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    assert shell("issue", "late", "--json", **here).code == 0
    refused = shell("issue", "late", "--json", POS_RECOVERY_STORE_NAME=SHOP)  # a machine that has none
    assert (refused.code, refused.told["outcome"]) == (5, "configuration_wrong")
