"""Money: a text to minor units, by ISO 4217's places; the writing of other countries is refused with what was meant."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_recovery.rules.currencies import places, spent
from pos_recovery.rules.money import LARGEST_MINOR, MoneyError, from_text


@pytest.mark.parametrize(
    ("currency", "text", "minor"),
    [
        ("EUR", "1.20", 120),
        ("EUR", "1.2", 120),
        ("EUR", " 25 ", 2500),
        ("EUR", "0", 0),
        ("JPY", "450", 450),
        ("JPY", "0.00", 0),
        ("VND", "45000", 45000),
        ("HUF", "450", 45000),
        ("RSD", "250.50", 25050),
        ("KWD", "0.850", 850),
        ("KWD", "1", 1000),
        ("IQD", "3500", 3500000),
    ],
)
def test_an_amount_is_whole_minor_units_of_its_currency(currency: str, text: str, minor: int) -> None:
    assert from_text(text, currency) == minor


@given(st.integers(0, LARGEST_MINOR), st.sampled_from(["EUR", "JPY", "KWD", "HUF"]))
def test_what_is_written_with_all_its_places_is_read_back(minor: int, currency: str) -> None:
    assert from_text(str(Decimal(minor).scaleb(-(places(currency) or 0))), currency) == minor


@pytest.mark.parametrize(
    ("currency", "text", "said"),
    [
        ("EUR", "", "'' is not an amount; write it like 1.20"),
        ("EUR", "-1", "'-1' is not an amount; write it like 1.20"),
        ("EUR", "NaN", "'NaN' is not an amount; write it like 1.20"),
        ("EUR", "Infinity", "'Infinity' is not an amount; write it like 1.20"),
        ("EUR", "1e2", "'1e2' is not an amount; write it like 1.20"),
        ("EUR", "1e999999999", "'1e999999999' is not an amount; write it like 1.20"),
        ("EUR", "0.005", "'0.005' is finer than EUR goes; write 0.01"),
        ("EUR", "1.2000", "'1.2000' is finer than EUR goes; write 1.20"),
        ("JPY", "4.50", "'4.50' is finer than JPY goes; write 5"),
        ("EUR", "10000000.01", "'10000000.01' must lie between 0 and 10000000.00"),
        ("EUR", "9" * 200, f"'{'9' * 40}' must lie between 0 and 10000000.00"),
    ],
)
def test_what_is_no_amount_is_refused_in_one_line(currency: str, text: str, said: str) -> None:
    with pytest.raises(MoneyError) as refused:
        from_text(text, currency)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("currency", "text", "meant"),
    [
        ("VND", "45.000", "finer than VND goes; write 45000"),
        ("VND", "45,000", "not an amount; write 45000"),
        ("VND", "45.000 ₫", "not an amount; write 45000"),
        ("VND", "45.000,00", "not an amount; write 45000"),
        ("KRW", "5,500원", "not an amount; write 5500"),
        ("CLP", "$3.500", "not an amount; write 3500"),
        ("CLP", "3.500", "finer than CLP goes; write 3500"),
        ("UGX", "10.000", "finer than UGX goes; write 10000"),
        ("IDR", "45.000", "finer than IDR goes; write 45000, or 45.00"),
        ("COP", "12.000", "finer than COP goes; write 12000, or 12.00"),
        ("HUF", "1 250 Ft", "not an amount; write 1250"),
        ("EUR", "1,20", "not an amount; write 1.20"),
        ("EUR", "3,20 €", "not an amount; write 3.20"),
        ("EUR", "1.200", "finer than EUR goes; write 1200, or 1.20"),
        ("EUR", "1.234,50", "not an amount; write 1234.50"),
        ("USD", "1,234.50", "not an amount; write 1234.50"),
        ("USD", "US$ 3.20", "not an amount; write 3.20"),
        ("EUR", "1 234,5", "not an amount; write 1234.50"),
        ("EUR", "1\u202f234,50", "not an amount; write 1234.50"),
        ("CHF", "1’234.50", "not an amount; write 1234.50"),
        ("CHF", "4.–", "not an amount; write 4"),
        ("INR", "1,23,456.50", "not an amount; write 123456.50"),
        ("INR", "Rs. 120", "not an amount; write 120"),
        ("EGP", "\u0664\u0665\u066c\u0665\u0660", "not an amount; write it like 1.20"),
        ("EGP", "\u0664\u0665\u066b\u0665\u0660", "not an amount; write 45.50"),
        ("JPY", "４５０円", "not an amount; write 450"),
        ("KWD", "1,200", "not an amount; write 1200, or 1.200"),
        ("EUR", "1_000", "not an amount; write 1000"),
        ("EUR", "3 20", "not an amount; write it like 1.20"),
        ("VND", "45k", "not an amount; write it like 120"),
        ("EUR", "(5)", "not an amount; write it like 1.20"),
    ],
)
def test_an_amount_in_the_writing_of_another_country_is_refused_with_the_number_that_was_meant(
    currency: str, text: str, meant: str
) -> None:
    with pytest.raises(MoneyError) as refused:
        from_text(text, currency)
    assert str(refused.value) == f"{text!r} is {meant}"


def test_read_as_a_number_alone_a_thousand_dong_would_be_one() -> None:
    """The twin: a number of Python's has no places, so 45.000 is whole, and a thousandth of the price."""
    assert Decimal("45.000") == Decimal("45.000").to_integral_value() == 45


@pytest.mark.parametrize("group", [".", ",", " ", "\u00a0", "\u202f", "'", "’"])
def test_no_grouped_thousands_of_any_currency_are_read_as_a_thousandth(group: str) -> None:
    for currency in spent():
        if (group, places(currency)) == (".", 3):
            assert from_text("45.000", currency) == 45000  # with all its places: forty-five, and nothing else
            continue
        with pytest.raises(MoneyError, match=r"write 45000\b"):
            from_text(f"45{group}000", currency)


@given(st.text(max_size=30), st.sampled_from(["EUR", "VND", "KWD"]))
def test_no_text_makes_reading_an_amount_fail_otherwise(text: str, currency: str) -> None:
    try:
        assert 0 <= from_text(text, currency) <= LARGEST_MINOR
    except MoneyError:
        return


def test_a_ledger_that_counts_otherwise_takes_what_it_can_keep() -> None:
    assert from_text("450", "HUF", 0) == 450
    assert from_text("450.00", "HUF", 0) == 450
    with pytest.raises(MoneyError, match=r"'450.50' is finer than this ledger counts HUF; write 451"):
        from_text("450.50", "HUF", 0)
