"""What there is to set of one register, and what is said where something of it will not do. Loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pos_recovery.scanners.keyboard_wedge import Habits

PREFIX = "POS_RECOVERY_"
PAPERS = (58, 80)


class ConfigError(Exception):
    """The settings cannot be used. One line: where, which key, what is wrong, the nearest valid value."""

    def __init__(self, where: str, key: str | None, problem: str) -> None:
        super().__init__(": ".join(part for part in (where, key, problem) if part))
        self.where = where
        self.key = key
        self.problem = problem


class NotSetUpError(ConfigError):
    """There is no settings file yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, checked. The comments of the settings file say what each is for."""

    store_id: str = "1"
    store_name: str
    timezone: str
    currency: str
    register: str = "1"
    printer: str = "preview:"
    paper: int = 58
    language: str = "en"
    phone: str = ""
    web_site: str = ""
    valid_days: int = 90
    day_starts: time = time(4)
    drink_cost: str = "0"
    allowance: int = 10
    cap: int = 40
    goodwill_cap: int = 5
    baristas_may_redeem: bool = False
    names_in_nights: bool = False
    sign_out_after_s: int = 180
    sound: bool = False
    scanner: str = ""
    scanner_prefix: str = ""
    scanner_suffix: str = ""
    scanner_keys: str = ""
    scanner_pace_ms: float = 0.0
    scanner_ending: str = ""
    fonts: tuple[str, ...] = ()
    reasons: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def scanner_habits(self) -> Habits:
        """What was learned of a scanner that types."""
        from pos_recovery.scanners.keyboard_wedge import Habits

        return Habits(
            self.scanner_keys,
            self.scanner_prefix,
            self.scanner_suffix,
            self.scanner_pace_ms,
            self.scanner_ending,
        )


KEYS = tuple(each.name for each in fields(Settings))
