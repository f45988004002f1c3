import pytest
import zxingcpp
from PIL import Image

from receipts.drawing import qr
from receipts.values.errors import QrTooLargeError

CAPITALS = "HTTPS://CUP.EXAMPLE/C/7KQ4M2XD9RTC"
URL = "https://CUP.EXAMPLE/C/7KQ4M2XD9RTC"


def _read(symbol: qr.Symbol, module: int) -> list[str]:
    drawn = symbol.drawn(module)
    quiet = qr.QUIET_MODULES * module
    framed = Image.new("L", (drawn.width + 2 * quiet, drawn.height + 2 * quiet), 255)
    framed.paste(drawn, (quiet, quiet))
    return [found.text for found in zxingcpp.read_barcodes(framed)]


@pytest.mark.parametrize("text", [URL, CAPITALS, "7KQ4M2XD9RTC", "https://cup.example/c/7kq4", "カップ"])
@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_every_symbol_is_read_by_an_independent_reader(text: str, level: str) -> None:
    assert _read(qr.symbol(text, level), 6) == [text]


def _version(modules: int) -> int:
    return (modules - 17) // 4


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
def test_a_small_scheme_before_capitals_costs_one_version_at_the_most(level: str) -> None:
    for length in range(4, 61):
        rest = f"://{'A' * (length - 3)}.BC/C/7KQ4M2XD9RTC"
        small, capitals = (qr.symbol(scheme + rest, level) for scheme in ("https", "HTTPS"))
        assert _version(small.side) - _version(capitals.side) in (0, 1)


def test_all_of_it_in_bytes_it_would_cost_more() -> None:
    """The twin: as one segment, for one small letter in it."""
    from qrcode import QRCode, constants

    capitals = f"HTTPS://{'A' * 57}.BC/C/7KQ4M2XD9RTC"
    whole = QRCode(error_correction=constants.ERROR_CORRECT_H, border=0)
    whole.add_data("https" + capitals[5:], optimize=0)
    whole.make(fit=True)
    assert whole.version - _version(qr.symbol(capitals, "H").side) > 1


def test_a_short_code_gets_the_most_error_correction_on_either_paper() -> None:
    for width in (384, 576):
        symbol, module = qr.fitted(URL, width_dots=width, at_ease_dots=width // 2)
        assert symbol.level == "H"
        assert module >= qr.GOOD_MODULE_DOTS


def test_error_correction_gives_way_before_modules_get_small() -> None:
    symbol, module = qr.fitted("A" * 180, width_dots=384, at_ease_dots=200)
    assert (symbol.level, module) == ("Q", 6)
    assert (qr.symbol("A" * 180, "H").side + 8) * 6 > 384 >= (symbol.side + 8) * 6


def test_modules_shrink_to_the_floor_before_a_text_is_refused() -> None:
    symbol, module = qr.fitted("A" * 420, width_dots=384, at_ease_dots=200)
    assert module == qr.SMALLEST_MODULE_DOTS
    assert (symbol.side + 2 * qr.QUIET_MODULES) * module <= 384


@pytest.mark.parametrize("length", [900, 9_000])
def test_a_text_with_modules_below_the_floor_is_refused(length: int) -> None:
    with pytest.raises(QrTooLargeError):
        qr.fitted("A" * length, width_dots=384, at_ease_dots=200)


def test_at_ease_the_symbol_stays_within_its_room_and_under_need_it_grows_beyond() -> None:
    symbol, module = qr.fitted(URL, width_dots=576, at_ease_dots=288)
    assert symbol.side * module <= 288
    symbol, module = qr.fitted("A" * 140, width_dots=576, at_ease_dots=100)
    assert symbol.side * module > 100
    assert module == qr.GOOD_MODULE_DOTS


def test_modules_are_multiplied_and_never_interpolated() -> None:
    symbol = qr.symbol(URL)
    drawn = symbol.drawn(7)
    small = drawn.resize((symbol.side, symbol.side), Image.Resampling.NEAREST)
    assert small.resize(drawn.size, Image.Resampling.NEAREST).tobytes() == drawn.tobytes()
    assert [pixel == 0 for pixel in small.convert("L").tobytes()] == [dark for row in symbol.modules for dark in row]
