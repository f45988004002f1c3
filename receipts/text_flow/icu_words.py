"""Word ends in Thai, Lao, Khmer and Burmese, by the dictionaries of the ICU that the machine itself has.

Windows (10 of 2019 and newer) and macOS carry ICU; so does nearly every Linux with a desktop (`libicu` on Debian and
Fedora, `icu` on Arch). Its Python packages bring the same 33 MB of data once more, which is a fifth of the whole
counter. Only its C interface is used, by four functions that have not changed since ICU 2.0.

Traps: Windows and macOS export `ubrk_open`, while Linux exports `ubrk_open_72`, numbered as the library's file is.
`ctypes.util.find_library` starts programs to answer, so it is asked once, and only when there are such words.
Offsets are counted in UTF-16 units; every letter of these scripts is one. Refuses to be needed: None where there is no
ICU, or one built without dictionaries.
"""

import ctypes
import ctypes.util
import re
import sys
from collections.abc import Callable
from functools import cache

_LINES = 2  # UBRK_LINE of unicode/ubrk.h: by word, and never before a mark of repetition
_DONE = -1  # UBRK_DONE
_PROOF = "กาแฟดี"  # two words of Thai: without dictionaries they come back as one

Breaker = Callable[[str], tuple[str, ...]]


@cache
def breaker() -> Breaker | None:
    """What takes a text apart between its words; None where this machine has nothing that can."""
    library, suffix = _library()
    if library is None:
        return None
    try:
        opens = library["ubrk_open" + suffix]
        steps = library["ubrk_next" + suffix]
        closes = library["ubrk_close" + suffix]
    except AttributeError:
        return None
    opens.restype, steps.restype, closes.restype = ctypes.c_void_p, ctypes.c_int32, None
    opens.argtypes = (
        *(ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int32),
        ctypes.POINTER(ctypes.c_int),
    )
    steps.argtypes = closes.argtypes = (ctypes.c_void_p,)

    def taken_apart(text: str) -> tuple[str, ...]:
        status = ctypes.c_int(0)
        units = text.encode("utf-16-le" if sys.byteorder == "little" else "utf-16-be")
        iterator = opens(_LINES, b"", units, len(text), ctypes.byref(status))
        if status.value > 0 or not iterator:  # warnings are below zero
            return (text,)
        try:
            found, start = [], 0
            while (end := steps(iterator)) != _DONE:
                found.append(text[start:end])
                start = end
        finally:
            closes(iterator)
        return tuple(found)

    return taken_apart if len(taken_apart(_PROOF)) > 1 else None


def _library() -> tuple[ctypes.CDLL | None, str]:
    """ICU and what its functions' names end in; None where there is none."""
    if sys.platform == "win32":
        name: str | None = "icu"
    elif sys.platform == "darwin":
        name = "/usr/lib/libicucore.dylib"  # in no folder since macOS 11, and loaded by this name all the same
    else:
        name = ctypes.util.find_library("icuuc")
    if name is None:
        return None, ""
    numbered = re.search(r"\.so\.(\d+)", name)
    try:
        return ctypes.CDLL(name), f"_{numbered[1]}" if numbered else ""
    except OSError:
        return None, ""
