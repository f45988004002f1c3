"""Calls that know no deadline get one: name look-ups, spoolers, device lists.

The call runs in a thread of its own and is left behind when it takes too long; Python cannot stop it. So only such
calls belong here whose late success harms nobody, or that clean up after themselves.
"""

import errno
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def within(deadline_s: float, call: Callable[[], Result], what: str) -> Result:
    """What `call` returns, or raises, if it does so in time.

    Raises:
        TimeoutError: it did not; `what` is the sentence for a person.
    """
    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that asked)
            errors.append(error)

    thread = threading.Thread(target=run, name="a call with a deadline", daemon=True)
    thread.start()
    thread.join(deadline_s)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(errno.ETIMEDOUT, what)
    return results[0]
