"""One value after the other of a ledger is made what it cannot be, and the commands are tried on each.

Every column of every table, in nine ways. Nothing may end as a bug of ours (70), and a night that is published has to
be verified. Prints what did not hold, and which damages the doctor takes for sound: NULL where a column may be absent.
Takes some ten minutes; `python -m tests.bench.damages coupon refusal` looks at these tables only.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db.connection.errors import StoreError
from db.tables.column_types import Ending
from pos_recovery.commands import arguments
from pos_recovery.opening import doctor
from pos_recovery.system.locations import Home
from tests.damages import COLUMNS, DAMAGES, damage
from tests.till import LEAD, LEAD_PIN, STRANGER, MovableClock, Till, copy_of, make_template, settings


def traded(folder: Path) -> tuple[Home, list[str]]:
    """A home with something in every table, one night told, and one to be told."""
    home = make_template(folder)
    till = Till.open(home, MovableClock(datetime.now(UTC) - timedelta(days=1, hours=12)))
    used, void, good = till.code(note="n", item="tea"), till.code(note="m"), till.code(item="cake")
    till.redeem(used)
    till.end(used, Ending.TURNED_AROUND)
    till.void(void)
    till.print(good)
    till.reprint(good)
    till.redeem(void)
    till.redeem(STRANGER)
    till.counter.close()
    said(home, "export", "--day", str((datetime.now(UTC) - timedelta(days=4)).date()))
    return home, [used, good]


def said(home: Home, *words: str) -> tuple[int, str]:
    """How a command ended, and what it said."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = arguments.run(["--home", str(home.folder), *words])
    return code, out.getvalue()


def tried(home: Home, used: str, good: str) -> list[str]:
    """What did not hold."""
    wrong = []
    slips = [[deed, good] for deed in ("redeem", "reprint", "void")] + [[deed, used] for deed in ("show", "reverse")]
    for words in (*slips, ["issue", "late"], ["printer", "jobs", "--all"], ["staff", "list"], ["export"]):
        code, told = said(home, *words)
        if code == 70 or "try once more" in told or "Try again; if" in told:
            wrong.append(f"{words[0]}: {code} {told.strip()[-150:]}")
        if words == ["export"] and code == 0 and said(home, "verify", str(home.nights))[0]:
            wrong.append("export: it is not verified")
    try:
        till = Till.open(home, MovableClock(datetime.now(UTC)))
        till.counter.board.today(LEAD)
        till.counter.board.slips("")
        till.counter.board.slips(good[:4])
        till.counter.close()
    except StoreError:
        pass
    except Exception as error:  # noqa: BLE001  that is what is looked for
        wrong.append(f"the screens: {error!r}")
    return wrong


def main(tables: list[str]) -> int:
    """1 where anything did not hold."""
    os.environ["POS_RECOVERY_PIN"] = LEAD_PIN
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        template, codes = traded(Path(folder) / "template")
        for number, (table, column) in enumerate(COLUMNS):
            for name, value in DAMAGES.items():
                if tables and table not in tables:
                    continue
                home = copy_of(template, Path(folder) / f"{number} {name}")
                with contextlib.suppress(Exception):  # SQLite itself refuses it, as in an INTEGER PRIMARY KEY
                    if damage(home.ledger, table, column, value):
                        try:
                            list(doctor._database(home, settings(), lambda: datetime.now(UTC)))
                            sys.stdout.write(f"{table}.{column}, {name}: the doctor sees nothing\n")
                        except StoreError:
                            pass
                        for wrong in tried(home, *codes):
                            failed = True
                            sys.stdout.write(f"{table}.{column}, {name}: {wrong}\n")
                        sys.stdout.flush()
                shutil.rmtree(home.folder)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
