"""What a slip's QR says."""

from __future__ import annotations

import pytest

from pos_recovery.printing.slips import qr_text
from pos_recovery.rules.codes import read_code

CODE = "7KQ4M2XD9RTC"


@pytest.mark.parametrize("written", ["cup.example", "Cup.Example/", "https://cup.example", "HTTP://CUP.EXAMPLE//"])
def test_the_scheme_is_small_for_every_camera_and_the_rest_in_capitals_for_a_small_symbol(written: str) -> None:
    assert qr_text(CODE, written) == f"https://CUP.EXAMPLE/C/{CODE}"
    assert qr_text(CODE, "") == CODE


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_slips_of_either_spelling_are_read_at_the_till(scheme: str) -> None:
    for address in (f"{scheme}://CUP.EXAMPLE/C/{CODE}", f"]Q1{scheme}://CUP.EXAMPLE/C/{CODE}"):
        assert read_code(address).code == read_code(address.swapcase()).code == read_code(CODE).code
