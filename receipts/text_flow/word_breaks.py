"""Where words end in scripts that put no space between them.

Thai, Lao, Khmer and Burmese need a dictionary: the machine's own ICU (`receipts.text_flow.icu_words`). Without one,
Thai is left to BudouX, which is right nine times of ten, Burmese breaks between syllables as its readers are used to,
and Lao and Khmer only at their spaces. Chinese is BudouX's everywhere: it ends lines at phrases, where ICU's dictionary
cuts 上海滨江 into 上, 海滨 and 江. Korean has spaces, and breaks there.

A pure function of the text and the machine. Japanese is not here: its rules stand in `receipts.text_flow.line_breaks`.
"""

import re
from collections.abc import Callable
from functools import cache

from receipts.text_flow.language import primary

_BY_DICTIONARY = re.compile(
    "(?P<thai>[\u0e01-\u0e3a\u0e40-\u0e4e]+)|(?P<lao>[\u0e81-\u0ecf\u0edc-\u0edf]+)|"
    "(?P<khmer>[\u1780-\u17d3\u17d7\u17dc\u17dd]+)|(?P<burmese>[\u1000-\u103f\u104c-\u108f\u109a-\u109f\ua9e0-\ua9fe\uaa60-\uaa7f]+)"
)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb]")
_BURMESE_SYLLABLE = re.compile("(?<!\u1039)(?=[\u1000-\u102a\u103f](?!\u1037?[\u103a\u1039]))")
_NEVER_LAST = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4")  # vowels written first
_NEVER_FIRST = frozenset("\u0e2f\u0e30\u0e32\u0e33\u0e45\u0e46\u0eaf\u0eb0\u0eb2\u0eb3\u0ebd\u0ec6\u17d7")
_STACKERS = frozenset("\u1039\u17d2\u1a60\uaaf6\U00011133")  # unseen; the consonant after it stands below


def is_chinese(text: str, language: str) -> bool:
    """Whether the Han characters of `text` are Chinese words: those of a text without kana, in another language."""
    return primary(language) != "ja" and bool(_HAN.search(text)) and not _KANA.search(text)


def may_part(before: str, after: str) -> bool:
    """Whether two neighbouring grapheme clusters may be parted at all, in a word that is longer than the line."""
    return not (before[-1] in _STACKERS or before[-1] in _NEVER_LAST or after[0] in _NEVER_FIRST)


def lacks_dictionary(text: str) -> bool:
    """Whether `text` has words whose ends only a dictionary knows, on a machine that has none."""
    return bool(_BY_DICTIONARY.search(text)) and _dictionary() is None


def ends(text: str) -> set[int]:
    """Where a word ends inside runs of Thai, Lao, Khmer and Burmese: offsets in `text`."""
    return {
        run.start() + end
        for run in _BY_DICTIONARY.finditer(text)
        for end in _offsets(_words(run[0], run.lastgroup or ""))
        if may_part(text[: run.start() + end], text[run.start() + end :])
    }


def inner(text: str, language: str) -> set[int]:
    """Offsets inside a Korean word or a Chinese phrase, where UAX #14 allows a break and readers do not like one."""
    inside = {at for at in range(1, len(text)) if _HANGUL.match(text, at - 1) and _HANGUL.match(text, at)}
    if is_chinese(text, language):
        for run in _HAN.finditer(text):
            phrases = _offsets(_phrases(run[0], language))
            inside |= {run.start() + at for at in range(1, len(run[0])) if at not in phrases}
    return inside


def _offsets(pieces: tuple[str, ...]) -> set[int]:
    """Where pieces meet."""
    found, at = set(), 0
    for piece in pieces[:-1]:
        at += len(piece)
        found.add(at)
    return found


def _words(run: str, script: str) -> tuple[str, ...]:
    by_dictionary = _dictionary()
    return by_dictionary(run) if by_dictionary else without_dictionary(run, script)


def _dictionary() -> Callable[[str], tuple[str, ...]] | None:
    from receipts.text_flow import icu_words  # only where such words are met

    return icu_words.breaker()


def without_dictionary(run: str, script: str) -> tuple[str, ...]:
    """`run` taken apart as well as can be on a machine that has no ICU."""
    if script == "thai":
        return tuple(_budoux("thai")(run))
    return tuple(filter(None, _BURMESE_SYLLABLE.split(run))) if script == "burmese" else (run,)


def _phrases(run: str, language: str) -> tuple[str, ...]:
    return tuple(_budoux("traditional_chinese" if is_traditional(run, language) else "simplified_chinese")(run))


def is_traditional(run: str, language: str) -> bool:
    """Whether Chinese is written in traditional characters: as the language says, else as its characters do."""
    subtags = {each.lower() for each in language.split("-")[1:]}
    if subtags & {"hant", "tw", "hk", "mo"} or primary(language) == "yue":
        return True
    return primary(language) != "zh" and not _is_in(run, "gb2312") and _is_in(run, "big5")


def _is_in(run: str, codec: str) -> bool:
    try:
        run.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


@cache
def _budoux(model: str) -> Callable[[str], list[str]]:
    import budoux  # only where such words are met

    load: Callable[[], budoux.Parser] = getattr(budoux, f"load_default_{model}_parser")
    return load().parse
