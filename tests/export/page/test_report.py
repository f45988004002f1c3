"""The report page: the same bytes for ever, nothing in it that runs or is fetched, and every number of the summary."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from subprocess import PIPE, Popen, run
from typing import Any
from weakref import ref

import pytest

from pos_recovery.export.page import charts, formatting
from pos_recovery.export.page.report import SHOWN_STORES, write_report
from pos_recovery.export.page.shown_exceptions import KINDS, SHOWN_EXCEPTIONS, SHOWN_OF_EACH
from pos_recovery.system.package_files import shipped_text
from tests.export import samples

NIGHTS = ("one_store", "chain", "nothing", "quiet", "only_late", "yen", "hostile")
FILES = {"coupons", "events", "refusals", "exceptions", "daily", "balances"}
OF_THE_NIGHT = {f"{name}.{kind}" for name in FILES for kind in ("csv", "parquet")} | {
    "summary.json",
    "datapackage.json",
}

VARIABLE = re.compile(r"var\(--([a-z]+)\)")
EMPTY_TAGS = {"meta", "br"}
WRITTEN_THEN = "2d408a3a379db97019412acaab788d8b833f80ef1819cc2e46f197b03577beb9"
"""SHA-256 of the page of `one_store`. Once nights are published it changes only with `format` in summary.json."""


class Reading(HTMLParser):
    """What a browser would make of the page, as far as these tests ask."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "a tag is closed that was not opened last"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"[ \n]+", " ", " ".join(self.words))

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    def all(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]

    def numbers(self) -> set[int]:
        """Every whole number on the page, thin spaces taken out."""
        found = re.findall(r"\d[\d\u202f]*", self.text)
        return {int(digits.replace("\u202f", "")) for digits in found}


@cache
def page(name: str) -> str:
    return write_report(*getattr(samples, name)())


@cache
def read(name: str) -> Reading:
    return Reading(page(name))


class Row(dict[str, Any]):
    """A row of a table that can be referred to weakly."""


def counts(part: Any) -> Iterator[int]:  # noqa: ANN401  any part of a summary
    """Every count of the summary, money apart."""
    if isinstance(part, Mapping):
        for key, value in part.items():
            if not (key.endswith("_minor") or key in {"minor_units", "format", "hour"}):
                yield from counts(value)
    elif isinstance(part, list):
        for value in part:
            yield from counts(value)
    elif isinstance(part, int):
        yield part


def sums(summary: Mapping[str, Any]) -> Iterator[str]:
    """Every sum of money of the summary, as the page writes it."""
    for code, purse in summary["money"].items():
        parts = [purse, *summary["balance"][code].values()]
        for part in parts:
            for key, minor in part.items():
                if key.endswith("_minor") and minor is not None:
                    yield formatting.money(minor, code, purse["minor_units"])


# The bytes


WRITE = "import sys; from tests.export import samples; from pos_recovery.export.page.report import write_report; \
sys.stdout.buffer.write(write_report(*samples.hostile()).encode()); \
assert not {'matplotlib', 'numpy', 'scipy', 'PIL'} & set(sys.modules)"


def test_two_processes_on_unlike_machines_write_the_same_bytes_without_a_library_for_plots() -> None:
    here = {"PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8"}
    there = {"PYTHONHASHSEED": "2", "TZ": "America/Adak", "LC_ALL": "C"}
    at_work = [
        Popen([sys.executable, "-W", "error", "-c", WRITE], stdout=PIPE, stderr=PIPE, env=dict(os.environ) | machine)
        for machine in (here, there)
    ]
    (one, complaint), (other, other_complaint) = (process.communicate() for process in at_work)
    assert (complaint, other_complaint) == (b"", b"")
    assert one == other == page("hostile").encode()


def test_a_page_that_was_written_once_is_written_again_the_same() -> None:
    assert hashlib.sha256(page("one_store").encode()).hexdigest() == WRITTEN_THEN


def test_the_report_is_opened_without_loading_what_draws_it() -> None:
    heavy = "{'jinja2', 'markupsafe', 'babel'}"
    look = f"import sys, pos_recovery.export.page.report; print({heavy} & set(sys.modules))"
    assert run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout == "set()\n"


# Nothing runs, nothing is fetched


@pytest.mark.parametrize("name", NIGHTS)
def test_nothing_on_the_page_runs_or_is_fetched(name: str) -> None:
    reading = read(name)
    assert not reading.tags & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "link",
        "base",
        "form",
        "image",
        "foreignobject",
    }
    for tag, attributes in reading.elements:
        assert not [
            key for key in attributes if key.startswith("on") or key in {"src", "srcset", "action", "style:"}
        ], tag
        assert not [value for value in attributes.values() if "http" in value.lower()], tag
    assert not re.search(r"@import|url\((?!#)", page(name))


def test_the_page_forbids_itself_to_fetch_or_run_anything() -> None:
    policy = next(attributes["content"] for tag, attributes in read("yen").elements if "http-equiv" in attributes)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("name", NIGHTS)
def test_every_link_leads_to_a_row_or_to_a_file_of_the_night(name: str) -> None:
    reading = read(name)
    ids = reading.all("id")
    assert len(ids) == len(set(ids))
    for link in reading.all("href"):
        assert link.removeprefix("#") in ids if link.startswith("#") else link in OF_THE_NIGHT or link.endswith(".xlsx")
    for meant in reading.all("aria-labelledby"):
        assert set(meant.split()) <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page(name))) <= set(ids)


@pytest.mark.parametrize("name", NIGHTS)
def test_every_picture_says_what_it_shows(name: str) -> None:
    reading = read(name)
    pictures = [attributes for tag, attributes in reading.elements if tag == "svg"]
    assert all(picture["role"] == "img" and picture["aria-labelledby"] for picture in pictures)
    assert [tag for tag, _ in reading.elements].count("desc") == len(pictures) - 1  # the cup's title says it all


# Text from people is data


def test_hostile_names_are_words_and_nothing_else() -> None:
    reading = read("hostile")
    assert reading.tags == read("chain").tags
    for name in ("<script>alert(1)</script>", "\"><img src=x onerror='alert(1)'>", "{{ 7 * 7 }} {0} $x^2$ &amp; '"):
        assert reading.text.count(name) >= 3, name
    for name in ("Harbour [U+202E]gnp.exe", "x[U+0000][U+001B][31mred[U+000D][U+000A]", "مقهى الميناء", "東京駅前"):
        assert name in reading.text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", page("hostile"))


def test_a_name_that_was_not_escaped_would_be_noticed() -> None:
    assert (
        "script" in Reading(page("hostile").replace("&lt;script&gt;alert(1)&lt;/script&gt;", samples.HOSTILE[0])).tags
    )


def test_hostile_text_in_an_exception_is_words_too() -> None:
    night, rows = samples.one_store()
    rows = [
        row | {"CouponCode": samples.HOSTILE[0], "ExceptionCode": "new<kind>", "Detail": "a\u202eb"} for row in rows
    ]
    reading = Reading(write_report(samples.with_exceptions(night, rows), rows))
    assert reading.tags <= read("one_store").tags
    assert "new<kind>" in reading.text
    assert "a[U+202E]b" in reading.text


# What is said


@pytest.mark.parametrize("name", NIGHTS)
def test_every_number_of_the_summary_is_on_the_page(name: str) -> None:
    summary = getattr(samples, name)()[0]
    reading = read(name)
    numbers = reading.numbers() | {0}  # nothing at all is a dot or a dash
    assert set(counts(summary)) - numbers == set()
    assert [money for money in sums(summary) if money not in reading.text] == []
    for row in [*summary["reasons"], *summary["stores"]]:
        assert formatting.shown(row["name"]) in reading.text


def test_the_headline_figures_stand_in_their_order() -> None:
    text = read("one_store").text
    headlines = [
        "Saturday, 21 November 2026", "Harbour St", "Given", "Came back", "Turned around", "Noticed first",
        "Cost per recovered guest", "Outstanding promises, at cost", "Apart from gift-card liability",
        "The sum that proves itself", "It adds up", "What went wrong", "When it went wrong", "The last 30 days",
        "Days until they came back", "Worth a look", "The files, and how to check them",
        "pos-recovery verify 2026-11-21_000012", "No guest is named",
    ]  # fmt: skip
    places = [text.index(headline) for headline in headlines[1:]]
    assert places == sorted(places)
    assert "63\u202f% 30 before the guest said a word" in text


def test_a_sum_that_does_not_hold_is_said() -> None:
    night, rows = samples.yen()
    night["balance"]["JPY"]["closing"]["cost_minor"] += 1
    text = Reading(write_report(night, rows)).text
    assert "does not add up" in text
    assert "It adds up" not in text


def test_a_day_with_nothing_is_told_kindly() -> None:
    reading = read("nothing")
    assert "Nothing was given on this day" in reading.text
    assert "Nothing stood out. A good night." in reading.text
    assert "Nobody has told us yet" in reading.text
    assert [tag for tag, _ in reading.elements].count("svg") == 1  # the cup


def test_a_chain_that_has_no_money_yet_has_a_page() -> None:
    night, rows = samples.nothing()
    text = Reading(write_report(night | {"money": {}, "balance": {}}, rows)).text
    assert "There is no promise on the books yet." in text


def test_yen_have_no_cents() -> None:
    text = read("yen").text
    assert "Promised JPY\u00a01\u202f890 " in text
    assert not re.search(r"JPY\u00a0[\d\u202f]+\.\d", text)


def test_a_store_that_stands_alone_is_compared_with_nobody() -> None:
    assert "Store by store" not in read("one_store").text
    assert "Store by store" in read("chain").text
    assert "43 stores" in read("chain").text


def test_the_stores_that_gave_most_are_pictured_and_the_others_are_told_in_numbers_or_in_the_file() -> None:
    night, _ = samples.chain()
    reading = read("chain")
    assert sum(name.startswith("store-") and name.endswith("-title") for name in reading.all("id")) == SHOWN_STORES
    assert "the 12 that gave most; 31 more are in daily.csv" in reading.text
    assert "The next 28, in numbers" in reading.text
    assert all(store["name"] in reading.text for store in night["stores"])
    assert "gave most" not in read("hostile").text


# The day, and what came late


def test_an_empty_day_is_told_as_empty_everywhere() -> None:
    text = read("quiet").text
    assert "Nothing was given on this day. Either" in text
    assert "0 given on this day, 42 a day on average." in text
    assert "The last 30 days" in text
    assert "earlier days" not in text
    assert text.count("given on this day") == 2


def test_what_came_late_is_told_apart_where_the_day_itself_had_nothing() -> None:
    text = read("only_late").text
    assert "Nothing was given on this day; 1 came back, 1 guest turned around." in text
    assert "Come late, from earlier days: 8 coupons given, 3 came back, 3 guests turned around." in text
    assert "Given 8 5 made again on the spot none on this day, 8 on earlier days" in text
    assert "Came back 4 1 on this day, 3 on earlier days, whenever given" in text
    assert "0 given on this day, 42 a day on average. What is of earlier days stands on its own day." in text
    assert "17 facts came late, from days that were closed before" in text


def test_what_came_late_is_told_apart_beside_what_is_of_the_day() -> None:
    text = read("chain").text
    assert (
        "2\u202f417 coupons given, 1\u202f498 came back, 1\u202f281 guests turned around. "
        "Of these, 48 given, 34 back and 26 turned around came late, from earlier days."
    ) in text
    assert "2\u202f369 on this day, 48 on earlier days" in text
    assert "2\u202f369 given on this day, 2\u202f216 a day on average." in text


@pytest.mark.parametrize("previous", [None, "2026-11-19"])
def test_days_that_nobody_had_closed_are_earlier_and_not_late(previous: str | None) -> None:
    for sample, words in ((samples.chain, "Of these, 48 given, 34 back and 26 turned around are of earlier days."),
                          (samples.only_late, "From earlier days: 8 coupons given")):  # fmt: skip
        night, rows = sample()
        text = Reading(write_report(night | {"previous_business_day": previous}, rows)).text
        assert words in text
        assert "late, from earlier days" not in text


def test_a_day_that_is_told_alone_says_nothing_of_earlier_ones() -> None:
    text = read("one_store").text
    assert "48 coupons given, 29 came back, 25 guests turned around." in text
    assert "on this day, whenever given" in text
    assert "earlier days" not in text


def test_an_earlier_ending_that_is_taken_back_still_adds_up() -> None:
    night, rows = samples.one_store()
    text = Reading(write_report(night | {"of_day": night["of_day"] | {"turned_around": 27}}, rows)).text
    assert "25 guests turned around. Of these, \u22122 turned around came late, from earlier days." in text
    assert "27 on this day, \u22122 on earlier days" in text


def test_what_did_not_come_late_is_not_counted_out() -> None:
    night, rows = samples.only_late()
    night["figures"] |= {"came_back": 0, "turned_around": 0}
    night["of_day"] |= {"came_back": 0, "turned_around": 0}
    text = Reading(write_report(night, rows)).text
    assert "Nothing was given on this day. Come late, from earlier days: 8 coupons given. " in text


def test_a_few_days_are_not_called_thirty() -> None:
    assert "The last 5 days" in read("yen").text


def test_coupons_that_came_back_before_they_were_told_are_not_called_nobody() -> None:
    night, rows = samples.one_store()
    text = Reading(write_report(night | {"days_until_return": []}, rows)).text
    assert "Nobody came back" not in text
    assert "is not on record yet" in text


# What a drink costs


def test_where_no_cost_is_set_none_is_told() -> None:
    text = read("unpriced").text
    assert "Cost per recovered guest No cost is set What a drink costs you is the setting drink_cost" in text
    assert "Outstanding promises 831 open" in text
    assert "No cost is set in GBP" in text
    assert "It adds up." in text
    assert not re.search(r"GBP\u00a0|[Aa]t cost", text)


def test_a_cost_that_is_set_is_told_however_little_moved() -> None:
    for name in ("one_store", "quiet", "nothing", "yen"):
        assert "o cost is set" not in read(name).text
    night, rows = samples.unpriced()
    night["balance"]["GBP"]["opening"]["cost_minor"] = 1
    assert "o cost is set" not in Reading(write_report(night, rows)).text


def test_of_several_currencies_the_one_without_a_cost_is_named() -> None:
    night = samples.summary(900, ["Harbour St", "Pier"], {"EUR": (140, 100), "GBP": (0, 100)})
    text = Reading(write_report(night, [])).text
    assert re.search(r"Cost per recovered guest EUR\u00a01\.\d\d GBP no cost is set What", text)
    assert re.search(r"Outstanding promises, at cost EUR\u00a0[^G]+ open GBP [\d\u202f]+ open no cost is set", text)
    assert "GBP\u00a0" not in text


# How much


def test_the_first_exceptions_of_each_kind_are_shown_and_all_are_counted() -> None:
    night, rows = samples.chain()
    reading = read("chain")
    shown = [name for name in reading.all("id") if re.fullmatch(r"E\d{4}", name)]
    assert shown == sorted(shown)
    assert len(shown) == SHOWN_EXCEPTIONS
    kinds = [row["ExceptionCode"] for row in rows if row["ExceptionID"] in shown]
    assert all(kinds.count(kind) >= SHOWN_OF_EACH for kind in KINDS)
    assert "All 234 are in exceptions.csv" in reading.text
    few = Reading(write_report(night, iter(rows[:SHOWN_EXCEPTIONS])))
    assert [name for name in few.all("id") if name.startswith("E0")] == [f"E{n:04}" for n in range(1, 31)]
    assert "are in exceptions.csv" not in few.text
    assert "again" not in few.all("class")


def test_however_many_exceptions_there_are_they_are_counted_and_not_kept() -> None:
    night, rows = samples.one_store()
    told: list[ref[Row]] = []

    def many() -> Iterator[Row]:
        for number in range(1, 5001):
            row = Row(rows[number % 6] | {"ExceptionID": f"E{number:04}"})
            told.append(ref(row))
            yield row
        assert sum(each() is not None for each in told) <= 2 * SHOWN_EXCEPTIONS

    assert "All 5\u202f000 are in" in Reading(write_report(night, many())).text


def test_a_kind_leads_to_its_first_row_and_where_none_is_shown_to_the_file() -> None:
    night, rows = samples.chain()
    told = [row for row in rows if row["ExceptionCode"] != "burst"]
    reading = Reading(write_report(night, told))
    links = reading.all("href")
    assert links[links.index("exceptions.csv") - 1].startswith("#E")
    assert {f"#{next(row['ExceptionID'] for row in told if row['ExceptionCode'] == kind)}" for kind in KINDS
            if kind != "burst"} <= set(links)  # fmt: skip


def test_every_kind_of_exception_has_words() -> None:
    assert {row["ExceptionCode"] for row in samples.chain()[1]} == set(KINDS)


def test_an_outlier_says_what_was_expected_and_how_likely_it_is() -> None:
    assert "Count 19, expected 6.4 by chance 1 in 24\u202f390" in read("one_store").text


def test_a_chain_is_told_in_less_than_150_kilobytes() -> None:
    assert len(page("chain").encode()) < 150_000


# Readable


def colours(rules: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", rules))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_every_text_can_be_read_by_day_and_by_night() -> None:
    day, night = (colours(rules) for rules in shipped_text("export/page/report.css").split("@media", 2)[:2])
    for paint in (day, day | night):
        for text in ("ink", "soft", "strong", "alarm"):
            for ground in ("paper", "card"):
                assert contrast(paint[text], paint[ground]) >= 4.5, (text, ground)
        for shade in ("h1", "h2", "h3"):
            assert contrast(paint["on-light"], paint[shade]) >= 4.5, shade
        for shade in ("h4", "h5"):
            assert contrast(paint["on-dark"], paint[shade]) >= 4.5, shade
        assert contrast(paint["bar"], paint["paper"]) >= 3  # a shape, not a text


def test_no_sentence_of_the_page_depends_on_a_colour() -> None:
    """The few are solid and the many hatched; lines differ by dash and mark; the heat has its numbers in it."""
    shapes = [attributes for _, attributes in read("one_store").elements]
    assert {"class": "hatched", "fill": "url(#pareto-hatch)"}.items() <= next(
        each.items() for each in shapes if each.get("class") == "hatched"
    )
    marks = {each["class"]: each["marker-mid"] for each in shapes if "marker-mid" in each}
    assert marks == {"line dotted": "url(#trend-dotted)", "line squared": "url(#trend-squared)"}
    assert re.search(r"^\.chart \.squared \{.*stroke-dasharray", shipped_text("export/page/report.css"), re.MULTILINE)


def test_every_colour_of_a_drawing_is_one_that_day_night_and_paper_have() -> None:
    """So that it turns light where the page turns dark: a paint of its own would not."""
    shapes = {"path", "rect", "circle", "text", "g", "svg", "marker", "pattern"}
    painted = [
        value
        for name in NIGHTS
        for tag, attributes in read(name).elements
        if tag in shapes
        for key in ("fill", "stroke", "color", "style")
        if (value := attributes.get(key))
    ]
    assert [
        value for value in painted if not re.fullmatch(r"none|currentColor|url\(#[a-z-]+\)|var\(--[a-z]+\)", value)
    ] == []
    charts_rules = [line for line in shipped_text("export/page/report.css").splitlines() if line.startswith(".chart ")]
    assert len(charts_rules) > 10
    assert not re.search(r"#[0-9a-f]{3,8}\b", " ".join(charts_rules))


def test_where_a_reader_has_high_contrast_every_colour_of_a_drawing_is_the_readers() -> None:
    rules = shipped_text("export/page/report.css")
    own = next(line for line in rules.splitlines() if line.startswith("  svg {"))
    used = {
        name for line in rules.splitlines() if line.startswith((".chart ", "svg ")) for name in VARIABLE.findall(line)
    }
    in_template = set(VARIABLE.findall(shipped_text("export/page/report.html.j2")))
    assert (used | in_template) - {"sans"} <= set(re.findall(r"--([a-z]+):", own))
    assert rules.index("forced-colors: active") < rules.index(own)


# Drawn


def drawn(reading: Reading, name: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a drawing, which come after its description and before the next one's."""
    start = next(at for at, (_, attributes) in enumerate(reading.elements) if attributes.get("id") == f"{name}-desc")
    rest = reading.elements[start + 1 :]
    shapes = {"path", "rect", "circle", "text", "pattern", "clippath", "marker"}
    return rest[: next((at for at, (tag, _) in enumerate(rest) if tag not in shapes), len(rest))]


@pytest.mark.parametrize("name", NIGHTS)
def test_whatever_is_drawn_is_within_its_drawing(name: str) -> None:
    reading = read(name)
    boxes = {
        attributes["aria-labelledby"].split("-title")[0]: attributes["viewbox"].split()
        for tag, attributes in reading.elements
        if tag == "svg" and "-desc" in attributes["aria-labelledby"]
    }
    for picture, (_, _, width, height) in boxes.items():
        for tag, attributes in drawn(reading, picture):
            at = {key: int(attributes[key]) for key in ("x", "y", "width", "height") if key in attributes}
            assert all(value >= 0 for value in at.values()), (picture, attributes)
            if tag == "rect":
                assert at.get("x", 0) + at["width"] <= int(width), (picture, attributes)
                assert at["y"] + at["height"] <= int(height), (picture, attributes)
            elif tag == "text":
                assert at.get("x", 0) <= int(width), (picture, attributes)
                assert at["y"] <= int(height), (picture, attributes)


LARGEST = 10**7


@pytest.mark.parametrize("highest", [0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 48, 99, 101, 2417, 90_001, LARGEST])
@pytest.mark.parametrize("lowest", [0, -1, -30])
def test_an_axis_has_few_numbers_and_round_ones_and_room_for_the_highest(highest: int, lowest: int) -> None:
    scale = charts._Counts(lowest, highest, top=100, bottom=1100)
    values = [int(tick.text.replace(formatting.MINUS, "-").replace("\u202f", "")) for tick in scale.ticks]
    assert 2 <= len(values) <= 9
    assert 0 in values
    assert values[0] <= lowest
    assert max(highest, 1) <= values[-1] < max(2 * highest + 1, -lowest + 1, 2)
    assert str(values[1] - values[0]).rstrip("0") in {"1", "2", "5"}
    places = [tick.at for tick in scale.ticks]
    assert places == sorted(places, reverse=True)
    assert min(before - after for before, after in pairwise(places)) >= 100


def test_numbers_stand_on_the_bars_where_they_fit_and_at_an_axis_where_they_do_not() -> None:
    few, many = charts.returns([0, 1, 2], [48, 7, 1]), charts.returns(list(range(13)), [12_345] * 13)
    assert [bar.text for bar in few.bars] == ["48", "7", "1"]
    assert few.ticks == ()
    assert {bar.text for bar in many.bars} == {""}
    assert [tick.text for tick in many.ticks][:2] == ["0", "5\u202f000"]


def test_days_at_an_axis_do_not_touch_however_long_a_coupon_waited() -> None:
    for last in (0, 6, 14, 15, 31, 90, 400, 3650):
        chart = charts.returns([0, last] if last else [0], [3, 2] if last else [3])
        gaps = [after.at - before.at for before, after in pairwise(chart.days)]
        assert all(gap >= len(str(last)) * 75 + 60 for gap in gaps), last
        assert chart.days[0].text == "0"
        assert len(chart.outline) < 100


def test_one_that_waited_for_ten_years_does_not_make_all_others_invisible() -> None:
    """A clock that was years behind makes such a one: it is told in words, and the days of the others are drawn."""
    chart = charts.returns([0, 3, 3650], [12, 30, 1])
    assert ([bar.text for bar in chart.bars], len(chart.days), chart.later) == (["12", "30"], 15, 1)
    night, rows = samples.one_store()
    night["days_until_return"] = [{"days": day, "coupons": many} for day, many in ((0, 12), (3, 30), (3650, 1))]
    text = Reading(write_report(night, rows)).text
    assert "days after it was given; 1 later" in text
    assert "1 after 3650 days." in text
    assert charts.returns(list(range(91)), [260 * 5 // (5 + day) for day in range(91)]).later == 0


def test_a_day_on_which_more_was_taken_back_than_came_stands_below_the_line() -> None:
    chart = charts.trend([samples.DAY, samples.DAY.replace(day=22)], [3, 4], [2, -1], [1, -2])
    assert [tick.text for tick in chart.ticks] == ["\u22122", "\u22121", "0", "1", "2", "3", "4"]
    assert int(chart.turned_around.split()[-1]) > chart.zero


def test_a_long_name_is_cut_where_the_line_begins_and_a_wide_one_sooner() -> None:
    latin, wide, short = (row.name for row in charts.pareto(["n" * 60, "漢" * 60, "Zu spät"], [3, 2, 1]).rows)
    assert (latin, wide, short) == ("n" * 33 + "…", "漢" * 16 + "…", "Zu spät")


def test_days_without_anything_and_a_store_that_gave_nothing_have_no_drawing() -> None:
    night, rows = samples.chain()
    nothing = {"given": 0, "came_back": 0, "turned_around": 0, "noticed_first": 0}
    night["trend"] = [row | nothing for row in night["trend"]]
    night["stores"][-1] |= {"given": 0, "hours": [0] * 24}
    night["stores"] = night["stores"][-2:]
    ids = Reading(write_report(night, rows)).all("id")
    assert "store-0-title" in ids
    assert not {"trend-title", "store-1-title"} & set(ids)
    assert {"trend-title", "store-1-title"} <= set(read("chain").all("id"))


# Plain words


@pytest.mark.parametrize(
    ("minor", "units", "written"),
    [
        (1240, 100, "EUR\u00a012.40"),
        (5, 100, "EUR\u00a00.05"),
        (-1_234_567, 100, "EUR\u00a0\u221212\u202f345.67"),
        (1200, 1, "EUR\u00a01\u202f200"),
        (1005, 1000, "EUR\u00a01.005"),
    ],
)
def test_money_is_written_with_its_currency_and_its_own_decimals(minor: int, units: int, written: str) -> None:
    assert formatting.money(minor, "EUR", units) == written


def test_a_share_is_rounded_half_up_and_none_of_nothing() -> None:
    assert [formatting.percent(*each) for each in ((1, 8), (1, 200), (0, 5), (0, 0))] == [
        "13\u202f%", "1\u202f%", "0\u202f%", "–",
    ]  # fmt: skip


def test_names_are_listed_as_people_do() -> None:
    assert [formatting.listed(["a"]), formatting.listed(["a", "b"]), formatting.listed(["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_chance_is_one_in_so_many() -> None:
    assert [formatting.odds(None), formatting.odds("0.00025"), formatting.odds("0.000000000000")] == [
        "", "1 in 4\u202f000", "less than 1 in 10¹²",
    ]  # fmt: skip


def test_a_time_is_told_with_its_offset_whether_it_comes_as_text_or_not() -> None:
    at = samples.one_store()[1][0]["BeginDateTime"]
    assert formatting.moment(at) == formatting.moment(at.isoformat()) == "2026-11-21 07:07:00+01:00"
    assert formatting.moment(None) == ""


def test_a_long_name_is_cut_and_the_joiners_of_a_word_stay() -> None:
    assert len(formatting.shown("x" * 500)) == formatting.NAME_LIMIT
    assert formatting.shown("\u0645\u06cc\u200c\u0631\u0648\u0645") == "\u0645\u06cc\u200c\u0631\u0648\u0645"


def test_the_few_that_make_half_are_found() -> None:
    assert [charts.vital_few(given) for given in ([5, 5], [4, 3, 3], [1], [])] == [1, 2, 1, 0]


def test_the_workbook_is_named_where_there_is_one() -> None:
    summary = samples.one_store()[0]
    named = f"{summary['business_day']}_{summary['run']:06}.xlsx"
    assert named in write_report(summary, ())
    assert named not in write_report(summary, (), has_workbook=False)
