"""The printer's own power fails after every byte of a slip, on a line that stays open: how often is a proof false?

    python -m tests.bench.blackouts [STEP [PROGRAMS]]

Every `STEP`th byte (1 unless said) on every kind of our own printer in simulated time, with the power away for an
instant up to a second; then, over TCP and a serial line, at emupos, whose programs are in the folder PROGRAMS. One line
for each, and exit code 1 if anything that was said was not so. All bytes take some ten minutes at our own printer, and
an hour at emupos.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from receipts.values.paper import PAPER_58
from tests.receipts import emupos
from tests.receipts.adapter import network_box, serial_adapter
from tests.receipts.blackouts import INSTANT, STARTS_IN_S, Kept, kinds, lies, narrow_page
from tests.receipts.samples import LANGUAGES, sample
from tests.receipts.talk.test_emupos_blackouts import A_PIECE, torn_and_proved

OFFS = (INSTANT, 0.0005, 0.02, STARTS_IN_S, 0.3, 1.0)
LETTERS_STEP = 31
"""A slip in letters is in all languages; every so many bytes of it."""


def tell(what: str, found: int, example: str = "") -> int:
    sys.stdout.write(f"{found:6} false  {what}  {example}\n")
    sys.stdout.flush()
    return found


def main(step: int, programs: Path | None) -> int:
    """Sweep, tell, and say by the exit code whether all was true."""
    false = 0
    for kept in kinds():
        offs = OFFS if kept.keeps_marks else tuple(off for off in OFFS if off is not None and off >= STARTS_IN_S)
        found = lies(narrow_page(), kept, offs, step)
        false += tell(str(kept), len(found), *found[:1])
    for language in LANGUAGES:
        for kept in (Kept("confirmed"), Kept("processed", {"process_id": False})):
            found = lies(sample(language), kept, [INSTANT], step * LETTERS_STEP)
            false += tell(f"{language}: {kept}", len(found), *found[:1])
    if programs:
        with tempfile.TemporaryDirectory() as kept_in:
            folder = Path(kept_in)
            with emupos.running(programs, folder, PAPER_58) as there:
                for line in (network_box, serial_adapter):
                    for loses in (A_PIECE, 4 * A_PIECE):
                        places = range(0, 7_700, step)
                        found_at = [at for at in places if torn_and_proved(there, line, folder, at, loses)]
                        what = f"emupos, {line.__name__}, {loses} bytes lost, {len(places)} places"
                        false += tell(what, len(found_at), str(found_at[:5]))
    return int(false > 0)


if __name__ == "__main__":
    step, *programs = [*sys.argv[1:]] or ["1"]
    sys.exit(main(int(step), Path(programs[0]) if programs else None))
