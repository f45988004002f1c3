"""Money: minor units to text and back, for currencies with two, no and three decimal places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_recovery import money


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("EUR", "1.20", 120),
        ("EUR", "1.2", 120),
        ("EUR", " 25 ", 2500),
        ("EUR", "0", 0),
        ("EUR", "1.2000", 120),
        ("JPY", "450", 450),
        ("KWD", "0.850", 850),
        ("KWD", "1", 1000),
    ],
)
def test_an_amount_is_whole_minor_units_of_its_currency(currency: str, text: str, minor: int) -> None:
    assert from_text(text, currency) == minor


@pytest.mark.parametrize(("currency", "texts"), [("EUR", "0.07"), ("JPY", "7"), ("KWD", "0.007")])
def test_plain_text_shows_all_decimal_places_and_no_symbol(currency: str, texts: str) -> None:
    assert to_text(7, currency) == texts


@given(st.integers(0, LARGEST_MINOR), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert from_text(to_text(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("currency", "text", "said"),
    [
        ("EUR", "", "'' is not an amount; write it like 1.20"),
        ("EUR", "1,20", "'1,20' is not an amount; write it like 1.20"),
        ("JPY", "¥450", "'¥450' is not an amount; write it like 120"),
        ("EUR", "-1", "'-1' is not an amount; write it like 1.20"),
        ("EUR", "NaN", "'NaN' is not an amount; write it like 1.20"),
        ("EUR", "Infinity", "'Infinity' is not an amount; write it like 1.20"),
        ("EUR", "1e2", "'1e2' is not an amount; write it like 1.20"),
        ("EUR", "1e999999999", "'1e999999999' is not an amount; write it like 1.20"),
        ("EUR", "1_000", "'1_000' is not an amount; write it like 1.20"),
        ("EUR", "١٢", "'١٢' is not an amount; write it like 1.20"),
        ("EUR", "0.005", "'0.005' is finer than EUR goes (2 decimal places)"),
        ("JPY", "4.5", "'4.5' is finer than JPY goes (0 decimal places)"),
        ("EUR", "10000000.01", "'10000000.01' must lie between 0 and 10000000.00"),
        ("EUR", "9" * 200, f"'{'9' * 40}' must lie between 0 and 10000000.00"),
    ],
)
def test_what_is_no_amount_is_refused_in_one_line(currency: str, text: str, said: str) -> None:
    with pytest.raises(MoneyError) as refused:
        from_text(text, currency)
    assert str(refused.value) == said


@given(st.text(max_size=30))
def test_no_text_makes_reading_an_amount_fail_otherwise(text: str) -> None:
    try:
        assert 0 <= from_text(text, "EUR") <= LARGEST_MINOR
    except MoneyError:
        return


def test_currencies_are_iso_codes() -> None:
    assert {"EUR", "CZK", "JPY", "KWD"} <= money.currencies()
    assert money.is_currency("USD")
    assert not money.is_currency("usd")
    assert not money.is_currency("COFFEE")
