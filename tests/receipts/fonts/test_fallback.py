"""Fonts of the machine behind the shipped ones: which is taken, how it draws, and what is never taken for drawn."""

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import uharfbuzz as hb
from PIL import ImageOps

from receipts.drawing.page import lay_out
from receipts.drawing.shaping import Type, shape_line
from receipts.drawing.text_blocks import block
from receipts.fonts import fallback, system_fonts
from receipts.fonts.faces import Behind, clusters, faces, undrawable
from receipts.fonts.fallback import Wishes, files_of, fonts_behind
from receipts.fonts.system_fonts import Folders, Fontconfig, Machine, folders_of
from receipts.text_flow import direction
from receipts.values.paper import PAPER_58
from tests.receipts.font_shelf import MACHINE, SHELF, box, made_font, nothing
from tests.receipts.samples import sample

NAMES = ("ร้านกาแฟ", "בית קפה", "카페", "咖啡馆", "კაფე", "ហាងកាហ្វេ")
PRIVATE = "\ue000"
has_fontconfig = pytest.mark.skipif(not Fontconfig.is_here(), reason="this machine has no fontconfig")


def behind(text: str, *named: str, machine: Machine = MACHINE) -> Behind:
    return fonts_behind([text], "en", Wishes(named, machine=machine))


def ink(text: str, fonts: Behind, *, strong: bool = False) -> int:
    """Black dots of a line."""
    image = block(text, "en", Type(48, "strong" if strong else "text", behind=fonts), 384)
    return ImageOps.invert(image.convert("L")).histogram()[255]


# --- drawn ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_shop_writes_its_name_in_its_own_letters_and_no_glyph_is_the_empty_box(name: str) -> None:
    assert undrawable(name)  # the shipped faces alone refuse it
    fonts = behind(name)
    assert undrawable(name, fonts) == ()
    line = shape_line(name, direction.base_level(name, "en"), "en", Type(24, "strong", behind=fonts))
    assert line.glyphs
    assert all(each.glyph for each in line.glyphs)
    slip = replace(sample("en"), store=f"{name}\n12 Harbour Street", behind=fonts)
    assert lay_out(slip, PAPER_58).image.tobytes() != lay_out(sample("en"), PAPER_58).image.tobytes()


def test_hebrew_runs_from_right_to_left() -> None:
    fonts = behind("בית קפה")
    line = shape_line("בית קפה", 1, "en", Type(24, behind=fonts))
    font = fonts[0].text.font
    letters = {glyph: char for char in "ביתקפה" if (glyph := hb.Font(font).get_nominal_glyph(ord(char)))}
    assert "".join(letters.get(each.glyph, " ") for each in sorted(line.glyphs, key=lambda glyph: glyph.x)) == "הפק תיב"


def test_a_word_is_given_whole_to_one_font() -> None:
    fonts = behind("大道馆")
    assert any(each.draws("大") for each in faces("en", "text"))  # letter by letter, the word would be in two hands
    assert {each.name for _, each in clusters("大道馆", "en", "text", fonts)} == {"Noto Sans CJK SC"}
    assert {each.file for _, each in clusters("Café 12", "en", "text", fonts)} == {None}


def test_a_font_draws_nothing_that_the_shipped_faces_can() -> None:
    fonts = behind("ร้านกาแฟ Harbour St, 12 ☕")
    drawn = {cluster for cluster, face in clusters("ร้านกาแฟ Harbour St, 12", "en", "text", fonts) if face.file}
    assert not {each for each in drawn if each.isascii() and not each.isspace()}
    assert undrawable("ร้านกาแฟ ☕", fonts) == ("☕",)  # and what nothing draws is still refused by name


def test_of_a_family_one_weight_is_for_text_and_one_for_what_is_strong() -> None:
    (fonts,) = behind("ร้าน")
    assert (fonts.text.name, fonts.strong.name) == ("Noto Sans Thai Regular", "Noto Sans Thai Bold")
    assert fonts.strong.boldness == 0


def test_a_font_that_has_no_bold_is_thickened_where_text_is_strong() -> None:
    fonts = behind("קפה")
    as_it_is = tuple(replace(each, strong=replace(each.strong, boldness=0.0)) for each in fonts)
    assert ink("קפה", fonts, strong=True) > 1.15 * ink("קפה", fonts) > 1.15 * ink("קפה", as_it_is, strong=True)


def test_a_variable_font_is_set_to_the_weight_that_is_wanted(tmp_path: Path) -> None:
    path = made_font(tmp_path / "light.ttf", {ord(PRIVATE): box(200, 300)}, heavier=True)
    fonts = behind(PRIVATE, str(path))
    unset = tuple(replace(each, strong=replace(each.strong, weight=None)) for each in fonts)
    assert [each.strong.weight for each in fonts] == [700]
    assert ink(PRIVATE, fonts, strong=True) > 1.5 * ink(PRIVATE, unset, strong=True)


# --- never a box ---------------------------------------------------------------------------------------------------


def test_what_a_font_maps_to_its_box_or_to_nothing_is_not_drawn(tmp_path: Path) -> None:
    for name, glyph in (("box", box(100, 400)), ("colours", nothing())):
        path = made_font(tmp_path / f"{name}.ttf", {ord(PRIVATE): glyph})
        assert ord(PRIVATE) in system_fonts.code_points(str(path), 0)  # its map alone would have it on paper
        assert behind(PRIVATE, str(path)) == ()


def test_a_font_of_last_resort_is_none(tmp_path: Path) -> None:
    path = made_font(tmp_path / "last.ttf", {ord(PRIVATE): box(200, 300), 0xFDD0: box(250, 300)})
    assert behind(PRIVATE, str(path)) == ()
    honest = made_font(tmp_path / "first.ttf", {ord(PRIVATE): box(200, 300)})
    assert len(behind(PRIVATE, str(honest))) == 1


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x00\x01\x00\x00" + b"\xff" * 60, b"ttcf" + b"\0" * 60])
def test_a_file_that_is_no_font_draws_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "no.ttf").write_bytes(content)
    assert behind("ร", str(tmp_path / "no.ttf"), machine=Folders((tmp_path,))) == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_among_the_fonts_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ttf")
    assert behind("ร", machine=Folders((tmp_path, SHELF))) == behind("ร", machine=Folders((tmp_path, SHELF)))


# --- which ---------------------------------------------------------------------------------------------------------


def test_a_font_that_the_settings_name_comes_before_the_machines_own() -> None:
    bold = str(SHELF / "NotoSansThai-Bold.ttf")
    (fonts,) = behind("ร้าน", bold)
    assert {each.path for each in files_of((fonts,))} == {bold}
    (by_family,) = behind("ร้าน", "noto sans thai")
    assert by_family.text.name == "Noto Sans Thai Regular"
    assert behind("ร้าน", "Noto Sans Thaai", str(SHELF / "gone.ttf")) == behind("ร้าน")  # what is not here is passed by


def test_a_slip_is_drawn_again_by_the_fonts_that_drew_it(tmp_path: Path) -> None:
    mine = Path(shutil.copy(SHELF / "NotoSansThai-Bold.ttf", tmp_path / "mine.ttf"))
    before = files_of(behind("ร้าน", str(mine)))
    again = fonts_behind(["ร้าน"], "en", Wishes(alike=before, machine=MACHINE))
    assert files_of(again) == before
    assert files_of(behind("ร้าน")) != before  # the machine alone would take another


def test_a_font_that_was_changed_since_is_not_what_drew_it(tmp_path: Path) -> None:
    recorded = tuple(
        replace(each, path=str(SHELF / "NotoSansThai-Regular.ttf"))
        for each in files_of(behind("ร้าน", str(SHELF / "NotoSansThai-Bold.ttf")))
    )
    now = fonts_behind(["ร้าน"], "en", Wishes(alike=recorded, machine=MACHINE))
    assert files_of(now) == files_of(behind("ร้าน"))
    gone = tuple(replace(each, path=str(tmp_path / "gone.ttf")) for each in recorded)
    assert files_of(fonts_behind(["ร้าน"], "en", Wishes(alike=gone, machine=MACHINE))) == files_of(now)


@pytest.fixture
def fontconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fontconfig:
    """Fontconfig, which knows the shelf and nothing else."""
    conf = f"<fontconfig><dir>{SHELF}</dir><cachedir>{tmp_path}</cachedir></fontconfig>"
    (tmp_path / "fonts.conf").write_text(conf, encoding="utf-8")
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))
    return Fontconfig()


@has_fontconfig
@pytest.mark.parametrize("name", NAMES)
def test_fontconfig_and_the_folders_find_the_same_fonts(fontconfig: Fontconfig, name: str) -> None:
    assert files_of(behind(name, machine=fontconfig)) == files_of(behind(name))


@has_fontconfig
def test_a_family_that_is_not_here_is_none_though_fontconfig_would_name_another(fontconfig: Fontconfig) -> None:
    assert fontconfig._asked("fc-match", "Gone With The Family")  # it always has an answer
    assert fontconfig.of_family("Gone With The Family") == []
    assert {each.family for each in fontconfig.of_family("Noto Sans Thai")} == {"Noto Sans Thai"}
    assert "Noto Sans Georgian" in fontconfig.families()


@pytest.mark.skipif(sys.platform == "win32", reason="the commands here are shell scripts")
def test_no_program_is_started_while_the_shipped_faces_suffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("fc-list", "fc-match"):
        (tmp_path / command).write_text(f"#!/bin/sh\n: > '{tmp_path}/asked'\n")
        (tmp_path / command).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    wishes = Wishes(machine=Fontconfig())
    for language in ("en", "ar", "hi", "ja"):
        assert fonts_behind(sample(language).texts, language, wishes) == ()
    assert not (tmp_path / "asked").exists()
    assert fonts_behind(["ร"], "en", wishes) == ()
    assert (tmp_path / "asked").exists()  # where they do not, it is


def test_a_path_is_told_from_a_family() -> None:
    assert all(map(fallback.is_path, ("/srv/a", "C:\\fonts\\a", "a.TTF", "~/b.otf", "x.ttc")))
    assert not any(map(fallback.is_path, ("Noto Sans Thai", "Leelawadee UI", "TH Sarabun New 1.0")))


def test_the_hairlines_of_a_symbol_do_not_fade_away(tmp_path: Path) -> None:
    path = made_font(tmp_path / "thin.ttf", {ord(PRIVATE): box(250, 253), ord("☃"): box(250, 253)})
    fonts = behind(f"{PRIVATE}☃", str(path))
    assert ink(PRIVATE, fonts) == 0  # the same line, in a letter, which is drawn as it is
    assert ink("☃", fonts) > 30


def test_every_platform_s_folders_are_looked_through(tmp_path: Path) -> None:
    local = {"WINDIR": str(tmp_path / "win"), "LOCALAPPDATA": str(tmp_path / "local")}
    assert list(folders_of("win32", local, tmp_path)) == [
        tmp_path / "win" / "Fonts",
        tmp_path / "local" / "Microsoft" / "Windows" / "Fonts",
    ]
    assert list(folders_of("darwin", {}, tmp_path))[:2] == [tmp_path / "Library/Fonts", Path("/Library/Fonts")]
    assert list(folders_of("linux", {"XDG_DATA_DIRS": "/a:/b"}, tmp_path)) == [
        *(tmp_path / ".local/share/fonts", Path("/a/fonts"), Path("/b/fonts"), tmp_path / ".fonts"),
    ]
    for name in ("NotoSansThai-Regular.ttf", "NotoSansThai-Bold.ttf"):  # somewhere below, and called as Windows does
        (tmp_path / "below").mkdir(exist_ok=True)
        shutil.copy(SHELF / name, tmp_path / "below" / name.upper())
    (fonts,) = behind("ร้าน", machine=Folders((tmp_path / "gone", tmp_path)))
    assert {Path(each.path).name for each in files_of((fonts,))} == {
        "NOTOSANSTHAI-REGULAR.TTF",
        "NOTOSANSTHAI-BOLD.TTF",
    }


@pytest.mark.parametrize(
    ("text", "language", "tag"),
    [
        *(("กาแฟ", "th", ""), ("카페", "en", "ko"), ("カフェ珈琲", "en", "ja"), ("珈琲", "ja", "ja")),
        *(("咖啡馆", "en", "zh-cn"), ("咖啡館", "en", "zh-tw"), ("咖啡", "zh-Hant", "zh-tw")),
    ],
)
def test_which_of_its_shapes_a_shared_character_takes_is_told_by_the_words_and_their_language(
    text: str, language: str, tag: str
) -> None:
    assert fallback._tag(text, language) == tag
