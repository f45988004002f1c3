"""The checks behind `settings_file.load`: types by pydantic's core, then what only we know (zones, currencies …).

Loaded only when settings are read, because that core and the lists that are asked (currencies) are slow to load. All of
pydantic takes four times as long, to make the same checks, in the same words, of annotations (2.14: 75 ms to 17).
A file must hold the right type; the environment holds only text, so there "58" may stand for 58.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import time
from pathlib import Path
from typing import Any

from pydantic_core import SchemaValidator, ValidationError
from pydantic_core import core_schema as kinds

from pos_recovery.rules import currencies, money, time_zones
from pos_recovery.rules.spelling import nearest
from pos_recovery.rules.text_cleaning import NAME_LIMIT, clean
from pos_recovery.scanners.keyboard_wedge import Habits
from pos_recovery.scanners.scanner_url import ScannerUrlError, check_scanner_url
from pos_recovery.settings.schema import PAPERS, PREFIX, ConfigError, Settings
from pos_recovery.slip_texts import slip_fonts
from pos_recovery.slip_texts.no_strings import strings_attached
from pos_recovery.slip_texts.reasons import ReasonsError, load_reasons
from pos_recovery.slip_texts.slip_words import WordsError, languages, load_words
from pos_recovery.slip_texts.web_site import bare_site
from receipts.address.host_names import plain_host
from receipts.address.printer_url import check_printer_url
from receipts.printers.discovery import as_printer_url
from receipts.values.errors import ReceiptError


def _plain(text: str) -> str:
    if clean(text, 400) != text:
        raise ValueError("must be plain text in one line, without control characters or spaces at its ends")
    return text


def _time(value: object) -> object:
    """A TOML time, or text like "04:00"; pydantic's strict mode takes no text for a time."""
    if not isinstance(value, str):
        return value
    try:
        wall = time.fromisoformat(value)
    except ValueError:
        raise ValueError('write it like "04:00"') from None
    if wall.tzinfo is not None:
        raise ValueError('it is the store\'s own wall clock; write it like "04:00"')
    return wall


def _list(value: object) -> object:
    """A tuple, as `Settings` has it, as the list that TOML has."""
    return list(value) if isinstance(value, tuple) else value


_HOST = re.compile(
    r"(?=.{1,60}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+(:\d{1,5})?"
)
_ID = kinds.str_schema(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")
_TABLES = kinds.dict_schema(kinds.str_schema(), kinds.dict_schema(kinds.str_schema(), kinds.any_schema()))


def _plain_text(at_least: int | None = None, at_most: int | None = None) -> kinds.CoreSchema:
    text = kinds.str_schema(min_length=at_least, max_length=at_most)
    return kinds.no_info_after_validator_function(_plain, text)


WRITTEN: Mapping[str, kinds.CoreSchema] = {
    "store_id": _ID,
    "store_name": _plain_text(1, NAME_LIMIT),
    "timezone": kinds.str_schema(),
    "currency": kinds.str_schema(),
    "register": _ID,
    "printer": _plain_text(),
    "paper": kinds.int_schema(),
    "language": kinds.str_schema(),
    "phone": _plain_text(at_most=40),
    "web_site": _plain_text(at_most=60),
    "valid_days": kinds.int_schema(ge=1, le=3650),
    "day_starts": kinds.no_info_before_validator_function(_time, kinds.time_schema()),
    "drink_cost": kinds.str_schema(),
    "allowance": kinds.int_schema(ge=1, le=1000),
    "cap": kinds.int_schema(ge=1, le=10_000),
    "goodwill_cap": kinds.int_schema(ge=0, le=1000),
    "baristas_may_redeem": kinds.bool_schema(),
    "names_in_nights": kinds.bool_schema(),
    "sign_out_after_s": kinds.int_schema(ge=15, le=86_400),
    "sound": kinds.bool_schema(),
    "scanner": _plain_text(),
    "scanner_prefix": kinds.str_schema(max_length=20),
    "scanner_suffix": kinds.str_schema(max_length=20),
    "scanner_keys": kinds.str_schema(),
    "scanner_pace_ms": kinds.float_schema(ge=0, le=1000, allow_inf_nan=False),
    "scanner_ending": kinds.literal_schema(["", "enter", "tab", "none", "other"]),
    "fonts": kinds.no_info_before_validator_function(_list, kinds.list_schema(_plain_text(1), max_length=20)),
    "reasons": _TABLES,
    "words": _TABLES,
}
"""What may be written, with its types. Names are those of `schema.Settings`; a test holds them together."""

_ALL_WRITTEN = SchemaValidator(
    kinds.typed_dict_schema(
        {key: kinds.typed_dict_field(kind, required=False) for key, kind in WRITTEN.items()}, extra_behavior="forbid"
    )
)


def checked(written: Mapping[str, Any], where: str, environ: Mapping[str, str]) -> Settings:
    """The settings, or a ConfigError naming where the wrong value stands."""
    in_environment: dict[str, Any] = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and name.removeprefix(PREFIX).lower() in WRITTEN
    }
    if "fonts" in in_environment:  # several as in PATH
        in_environment["fonts"] = [each for each in in_environment["fonts"].split(os.pathsep) if each]
    in_file = _typed(written, where, strict=True)
    values = {**in_file, **_typed(in_environment, "environment", strict=False)}

    def blame(key: str, problem: str) -> ConfigError:
        if key in in_environment:
            return ConfigError("environment", PREFIX + key.upper(), problem)
        return ConfigError(where, key, problem)

    for key in ("store_name", "timezone", "currency"):
        if key not in values:
            raise blame(key, "is missing; run `pos-recovery setup` in a new folder to see a whole file")
    settings = Settings(**{**values, "fonts": tuple(values.get("fonts", ()))})
    _check_places(settings, blame)
    _check_texts(settings, blame)
    return settings


def _typed(values: Mapping[str, Any], where: str, *, strict: bool) -> dict[str, Any]:
    try:
        return dict(_ALL_WRITTEN.validate_python(dict(values), strict=strict))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        problem = first["msg"].removeprefix("Value error, ")
        shown = clean(repr(first["input"]), 60)
        if strict and first["type"] in {"int_type", "bool_type"} and isinstance(first["input"], str):
            problem += "; write it without quotes"
        if strict and first["type"] == "string_type" and isinstance(first["input"], float):
            problem += "; write it in quotes: a number without them has lost its zeros"
        elif strict and first["type"] == "string_type":
            problem += f'; write it in quotes, like "{clean(str(first["input"]), 40)}"'
        name = key if strict else PREFIX + key.upper()
        raise ConfigError(where, name, f"{shown}: {problem[:1].lower()}{problem[1:]}") from error


def _nearest(given: str, valid: set[str]) -> str:
    near = nearest(given, valid)
    return f"; nearest: {near!r}" if near else ""


def _check_places(settings: Settings, blame: Any) -> None:  # noqa: ANN401  a local function of `checked`
    if not time_zones.is_name(settings.timezone):
        near = _nearest(settings.timezone, time_zones.names()) or "; write it like 'Europe/Berlin'"
        raise blame("timezone", f"there is no time zone {settings.timezone!r}{near}")
    if wrong := currencies.why_not(settings.currency, settings.timezone):
        raise blame("currency", wrong)
    try:
        money.from_text(settings.drink_cost, settings.currency)
    except money.MoneyError as error:
        raise blame("drink_cost", str(error)) from error
    _check_printer(settings.printer, blame)
    _check_scanner(settings, blame)
    _check_web_site(settings.web_site, blame)
    if settings.paper not in PAPERS:
        closest = min(PAPERS, key=lambda width: abs(width - settings.paper))
        raise blame("paper", f"{settings.paper} is not a paper width in mm; nearest: {closest}")
    if settings.cap < settings.allowance:
        raise blame(
            "cap", f"{settings.cap} is below the allowance of {settings.allowance}; nearest: {settings.allowance}"
        )


def _check_web_site(site: str, blame: Any) -> None:  # noqa: ANN401  see above
    """The QR will say https://<SITE>/C/<CODE>: a host and perhaps a port, nothing that capitals break."""
    host = bare_site(site)
    if site and not _HOST.fullmatch(host):
        raise blame("web_site", f'{site!r} is not the name of a web site alone; write it like "cup.example"')
    name = host.partition(":")[0]
    try:
        plain = plain_host(name) if site else name
    except ValueError as error:
        raise blame("web_site", f"{site!r} {error}") from error
    if plain != name:
        raise blame("web_site", f"browsers would read {site!r} otherwise; write {plain}")


def _check_printer(url: str, blame: Any) -> None:  # noqa: ANN401  see above
    """The URL is whole, and the folder of a `file:` printer is there; the device itself may be unplugged just now."""
    try:
        printer = check_printer_url(url)
    except ReceiptError as error:
        meant = as_printer_url(url)
        raise blame("printer", str(error) if meant == url else f"{url!r}: write {meant}") from error
    if printer.scheme == "file":
        folder = Path(printer.path).parent
        if not folder.is_dir():
            there = next(parent for parent in folder.parents if parent.is_dir())
            raise blame("printer", f"cannot write {printer.path}: there is no folder {folder}; nearest: {there}")


def _check_scanner(settings: Settings, blame: Any) -> None:  # noqa: ANN401  see above
    """The URL is whole, and the port is not the printer's: whoever opened it first would keep the other out."""
    if settings.scanner_keys and not Habits.can_be_keys(settings.scanner_keys):
        raise blame("scanner_keys", 'is not as it was learned; write "", or run `pos-recovery scanner learn`')
    if not settings.scanner:
        return
    try:
        scanner = check_scanner_url(settings.scanner)
    except ScannerUrlError as error:
        raise blame("scanner", str(error)) from error
    if scanner.port == check_printer_url(settings.printer).path:
        raise blame("scanner", f"{scanner.port} is the printer's port; write the scanner's, or \"\" if it types")


def _check_texts(settings: Settings, blame: Any) -> None:  # noqa: ANN401  see above
    try:
        load_reasons(settings.reasons)
    except ReasonsError as error:
        raise blame("reasons", str(error)) from error
    attached = strings_attached(settings.store_name)
    if attached:
        raise blame("store_name", f"no strings: {attached!r} stands on every slip and sounds like a condition")
    known = languages(settings.words)
    if settings.language not in known:
        near = _nearest(settings.language, set(known)) or f"; choose one of {', '.join(known)}"
        raise blame("language", f"no slip speaks {settings.language!r}{near}")
    if settings.language not in slip_fonts.spoken(settings.words):
        raise blame("language", f"no slip can speak {settings.language!r} here: {slip_fonts.UNSHAPED}")
    spoken = []
    try:
        spoken = [
            load_words(language, settings.words, own_reasons=tuple(settings.reasons)) for language in settings.words
        ]
    except WordsError as error:
        raise blame("words", str(error)) from error
    _check_fonts(settings, blame)
    _check_drawable(settings, spoken, blame)


def _check_fonts(settings: Settings, blame: Any) -> None:  # noqa: ANN401  see above
    """Each is a family or a whole path. One that is not here is the doctor's to tell, while others can do its work."""
    if not settings.fonts:
        return
    from receipts.fonts.fallback import is_path  # comes with HarfBuzz, which few commands need

    for name in settings.fonts:
        if is_path(name) and not os.path.isabs(os.path.expanduser(name)):  # noqa: PTH111, PTH117  Path's raises
            raise blame("fonts", f"{name!r} is not a whole path; write it like {str(Path(name).absolute())!r}")


def _check_drawable(settings: Settings, spoken: list[Any], blame: Any) -> None:  # noqa: ANN401  see above
    """Every character that will stand on a slip must be in one of the fonts: those shipped, or this machine's."""
    texts = {
        "store_name": settings.store_name,
        "phone": settings.phone,
        "web_site": settings.web_site,
        "printer": settings.printer,  # it stands on the test slip
    }
    for words in spoken:
        for each in fields(words):
            value = getattr(words, each.name)
            parts = value.values() if isinstance(value, Mapping) else [value]
            texts[f"words.{words.language}.{each.name}"] = "\n".join(parts)
    for key, text in texts.items():
        if missing := slip_fonts.lacking(text, settings.language, settings.fonts):
            from receipts.fonts.faces import describe

            shown = ", ".join(describe(char) for char in missing[:3])
            raise blame(key, f"no font here can draw {shown}; {slip_fonts.remedy(missing, settings.fonts)}")
