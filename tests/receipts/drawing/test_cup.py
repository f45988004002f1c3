import pytest
from PIL import Image

from receipts.drawing.cup import cup
from receipts.drawing.preview import text


def _ink(image: Image.Image) -> int:
    return image.convert("L").histogram()[0]


def test_the_more_there_is_in_the_cup_the_more_ink_there_is_on_the_paper() -> None:
    inks = [_ink(cup(144, fill / 10)) for fill in range(11)]
    assert inks == sorted(inks)
    assert len(set(inks)) == 11


def test_a_half_full_cup_has_half_the_coffee_of_a_full_one() -> None:
    empty, half, full = (_ink(cup(192, fill)) for fill in (0.0, 0.5, 1.0))
    assert 0.42 < (half - empty) / (full - empty) < 0.52  # its corners are round at the bottom


@pytest.mark.parametrize("side", [48, 90, 144, 192])
def test_no_line_is_thinner_than_it_was_asked_to_be(side: int) -> None:
    image = cup(side, 0.0, 3)
    saucer = [y for y in range(image.height) if sum(image.getpixel((x, y)) == 0 for x in range(side)) > side * 0.6]
    assert len(saucer) >= 3


@pytest.mark.parametrize("fill", [-0.1, 1.1])
def test_a_cup_cannot_be_fuller_than_full(fill: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        cup(100, fill)


def test_the_cup_reads_as_a_cup_in_a_terminal() -> None:
    assert text(cup(120, 0.5), 40).strip("\n") == CUP.strip("\n")


CUP = """
                  █▄
            ▀█▄    █   ▀█
            ▄█▀  ▄█▀   ▄█
           █▀   ██    █▀
           ▀█    █▄   ▀▄

       ██████████████████████▄
       ██                   █▄▄▄
       ██                   █▀▀▀▀█▄
       ▀█                   █     ▀█
        █                  ▄█      █
        █ ████████████████ ██      █
        █ ████████████████ ██    ▄█▀
        █▄▀███████████████ █████▀▀
         █▄ ▀██████████▀▀▄█▀
          ▀▀█▄▄▄▄▄▄▄▄▄▄█▀▀

    ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀
"""
