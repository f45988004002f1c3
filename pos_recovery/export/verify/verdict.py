"""What looking at nights answers: the problems that were found, told as JSON and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pos_recovery.export.facts.flaws import shown


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it was written."""

    night: str
    """The folder's name; empty: of the nights together."""
    file: str
    """Empty: of the night as a whole."""
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """On a folder."""

    nights: int
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    """What is no fault, and should be known."""
    first: str = ""
    """The folder's name of the earliest night."""
    last: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    """In all nights, by table; of those whose files are whole."""
    manifest_sha256: str = ""
    """Of the newest night's manifest; empty: none can be read."""

    @property
    def is_verified(self) -> bool:
        """Whether all is as it was written."""
        return self.nights > 0 and not self.problems


def told(verdict: Verdict) -> dict[str, Any]:
    """The answer of `verify --json`."""
    return {
        "outcome": "verified" if verdict.is_verified else "not_verified",
        "nights": verdict.nights,
        "problems": [
            {"night": shown(each.night), "file": each.file, "code": each.code, "sentence": each.sentence}
            for each in verdict.problems
        ],
        "notes": list(verdict.notes),
        "manifest_sha256": verdict.manifest_sha256 or None,
    }


def in_words(verdict: Verdict) -> Iterator[str]:
    """The same for a person, line by line."""
    for problem in verdict.problems:
        where = "/".join(each for each in (shown(problem.night), problem.file) if each)
        yield f"{where}: {problem.sentence}" if where else problem.sentence
    yield from verdict.notes
    span = verdict.first if verdict.nights == 1 else f"{verdict.first} to {verdict.last}"
    nights = "1 night" if verdict.nights == 1 else f"{verdict.nights} nights"
    if verdict.is_verified:
        rows = ", ".join(
            f"{verdict.rows[name]} {name if verdict.rows[name] != 1 else name.removesuffix('s')}"
            for name in ("coupons", "events", "refusals")
        )
        yield f"Verified: {nights}, {span}; {rows}. Every file is whole and the numbers add up."
        yield f"SHA-256 of the newest manifest, to keep elsewhere: {verdict.manifest_sha256}"
    elif verdict.nights:
        problems = "1 problem" if len(verdict.problems) == 1 else f"{len(verdict.problems)} problems"
        yield f"Not verified: {problems} in {nights}, {span}."
    else:
        yield "Not verified."
