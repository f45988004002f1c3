"""A shop whose letters are not shipped: from its settings to the slip, the copy, the screen and the doctor."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from db.statements import slip_fonts
from pos_recovery.counter.outcomes import Reprinted
from pos_recovery.settings import settings_file
from pos_recovery.settings.schema import ConfigError
from pos_recovery.slip_texts.slip_fonts import lacking
from receipts.drawing.page import lay_out
from receipts.fonts.faces import undrawable
from receipts.values.paper import PAPER_58
from tests.receipts.font_shelf import SHELF
from tests.till import Till, settings

THAI, BOLD = SHELF / "NotoSansThai-Regular.ttf", SHELF / "NotoSansThai-Bold.ttf"
SHOP = "ร้านกาแฟ"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- settings ------------------------------------------------------------------------------------------------------


def test_a_name_in_letters_of_a_named_font_is_taken() -> None:
    assert settings(store_name=SHOP, fonts=[str(THAI)]).fonts == (str(THAI),)


def test_without_one_it_is_refused_by_letter_with_what_to_do() -> None:
    with pytest.raises(ConfigError) as refusal:
        settings(store_name=SHOP)
    assert "store_name: no font here can draw ร U+0E23 THAI CHARACTER RO RUA" in str(refusal.value)
    assert "install a font that can" in str(refusal.value)
    assert 'or name its file: fonts = ["…"]' in str(refusal.value)
    assert "take it out" not in str(refusal.value)


def test_the_message_names_what_is_wrong_with_the_fonts_that_were_named(tmp_path: Path) -> None:
    (tmp_path / "no.ttf").write_bytes(b"garbage")
    gone = tmp_path / "gone.ttf"
    with pytest.raises(ConfigError) as refusal:
        settings(store_name=SHOP, fonts=[str(gone), str(tmp_path / "no.ttf"), "Noto Sans Thai"])
    said = str(refusal.value)
    assert f"{gone} is not there" in said
    assert f"{tmp_path / 'no.ttf'} is no font that can be read" in said
    assert "no font called 'Noto Sans Thai' is on this machine" in said
    assert "\n" not in said


def test_what_is_taken_without_opening_a_font_is_in_the_shipped_faces() -> None:
    taken = "".join(char for char in map(chr, range(0x250)) if char.isprintable() and not lacking(char, "en", ()))
    assert len(taken) > 500
    assert undrawable(taken) == ()


def test_a_letter_that_no_font_has_is_lacking_all_the_same() -> None:
    """The twin: what is not taken so is looked for."""
    assert lacking(f"Tea {SHOP[0]}", "en", ()) == (SHOP[0],)


def test_a_font_that_is_not_needed_may_be_missing(tmp_path: Path) -> None:
    assert settings(fonts=[str(tmp_path / "gone.ttf")]).store_name == "Harbour St"


@pytest.mark.parametrize("named", ["fonts/thai.ttf", "./thai", "thai.OTF", "~nobody-of-that-name/thai.ttf"])
def test_a_path_that_is_not_whole_is_refused(named: str) -> None:
    with pytest.raises(ConfigError, match="is not a whole path"):
        settings(fonts=[named])


def test_the_environment_names_several_as_in_path(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('store_name = "x"\ntimezone = "Europe/Prague"\ncurrency = "CZK"\n', encoding="utf-8")
    both = os.pathsep.join((str(THAI), "Noto Sans Hebrew"))
    assert settings_file.load(file, {"POS_RECOVERY_FONTS": both}).fonts == (str(THAI), "Noto Sans Hebrew")


# --- slips ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def thai(open_till: Callable[..., Till]) -> Till:
    return open_till(store_name=SHOP, fonts=[str(THAI)])


def on_record(till: Till, code: str) -> dict[int, set[tuple[str, str]]]:
    """File and hash of what drew each slip of a coupon."""
    with till.reading() as connection:
        found = slip_fonts.of_code(connection, code)
    return {copy: {(each.file, each.sha256) for each in fonts} for copy, fonts in found.items()}


def test_what_drew_a_slip_is_on_record_with_it(thai: Till) -> None:
    code = thai.code()
    assert on_record(thai, code) == {}
    thai.print(code)
    assert on_record(thai, code) == {1: {(str(THAI), sha256(THAI))}}


def test_a_slip_that_the_shipped_faces_draw_leaves_no_record(till: Till) -> None:
    till.print(till.code())
    assert till.count("slip_font") == 0


def test_the_picture_on_the_screen_is_the_slip_that_is_printed(thai: Till) -> None:
    code = thai.code()
    shown = lay_out(thai.counter.desk.slip(thai.story(code).coupon), PAPER_58).image
    thai.print(code)
    printed = Image.open(thai.counter.home.slips / f"{code}.png")
    assert printed.convert("1").tobytes() == shown.tobytes()


def copied(till: Till, code: str) -> str:
    """Print a copy; what is said of its letters."""
    again = till.reprint(code)
    assert isinstance(again, Reprinted)
    return till.counter.desk.drawn_otherwise(till.counter.desk.print(again.job))


def test_a_copy_is_drawn_by_what_drew_the_slip_though_the_settings_name_another_font_since(
    open_till: Callable[..., Till], thai: Till
) -> None:
    code = thai.code()
    thai.print(code)
    since = open_till(store_name=SHOP, fonts=[str(BOLD)])
    assert copied(since, code) == ""
    assert on_record(since, code)[2] == on_record(since, code)[1]
    new = since.code()
    since.print(new)
    assert on_record(since, new) == {1: {(str(BOLD), sha256(BOLD))}}  # by the settings alone it would be the other


def test_a_copy_of_which_the_font_is_gone_says_so_and_is_drawn_by_what_is_here(
    open_till: Callable[..., Till], tmp_path: Path
) -> None:
    mine = Path(shutil.copy(THAI, tmp_path / "mine.ttf"))
    till = open_till(store_name=SHOP, fonts=[str(BOLD)])
    code = till.code()
    with closing(sqlite3.connect(till.counter.home.ledger)) as raw, raw:  # a slip of long ago
        row = (code, str(mine), 0, "0" * 64)
        raw.execute("INSERT INTO slip_font VALUES (?1, 1, 0, ?2, ?3, ?4), (?1, 1, 1, ?2, ?3, ?4)", row)
        raw.execute("UPDATE print_job SET state = 'printed', proof = 'handed_over'")
    said = copied(till, code)
    assert f"{mine} is gone or was changed" in said
    assert str(BOLD) in said
    assert on_record(till, code)[2] == {(str(BOLD), sha256(BOLD))}
    assert copied(till, code) == said  # and so does the next


def test_the_first_slip_and_its_copy_look_alike(thai: Till) -> None:
    code = thai.code()
    thai.print(code)
    assert copied(thai, code) == ""
    slips = thai.counter.home.slips
    first, copy = (Image.open(slips / name).convert("1") for name in (f"{code}.png", f"{code}-copy2.png"))
    page = lay_out(thai.counter.desk.slip(thai.story(code).coupon), PAPER_58)
    lower = page.image.height - page.tear_rows[0] + 70  # dots from the end: the shop's name and the second part
    ends = [image.crop((0, image.height - lower, image.width, image.height)) for image in (first, copy)]
    assert ends[0].tobytes() == ends[1].tobytes()
