"""The counter alone, and extras beside it: in environments as an installer leaves them, whole and in pieces."""

from __future__ import annotations

import ast
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pos_recovery.system import extras
from pos_recovery.system.locations import Home
from tests.installs import EXTRAS, PROJECT, ROOT, Installed
from tests.till import MovableClock, Till

OURS = ("night", "cloud", "sftp", "chain")
REMEDY = re.compile(r"; nothing was done; type this, then try again: (.+)$")


@pytest.fixture
def plain(tmp_path: Path) -> Installed:
    return Installed.plain(tmp_path / "environment")


@pytest.fixture
def nightly(plain: Installed) -> Installed:
    plain.add("night")
    return plain


@pytest.fixture
def traded(home: Home) -> Home:
    """A register with a coupon of the day before yesterday or so."""
    till = Till.open(home, MovableClock(datetime.now(UTC) - timedelta(days=1, hours=12)))
    till.code()
    till.counter.close()
    return home


def runs(home: Home) -> int:
    with closing(sqlite3.connect(home.ledger)) as ledger:
        return int(ledger.execute("SELECT count(*) FROM export_run").fetchone()[0])


# --- the counter alone -----------------------------------------------------------------------------------------------


def test_a_plain_install_has_a_day_at_the_counter(plain: Installed, home: Home, tmp_path: Path) -> None:
    """Every other command: `.ci/run`."""
    code = plain("issue", "late", "--json", home=home.folder).told["code"]
    assert plain("redeem", code, home=home.folder).code == 0
    assert plain("backup", str(tmp_path / "stick"), home=home.folder).code == 0
    told = plain("doctor", "--json", home=home.folder)
    assert told.code == 0
    assert told.told["findings"][1]["detail"] == (
        "not installed: night (`export` and `verify`), cloud (nights that go to s3://, abfs:// or gs://), "
        "sftp (nights that go to sftp://), chain (a chain's PostgreSQL)"
    )


def test_nothing_of_an_extra_is_loaded_by_a_module_of_the_counter() -> None:
    assert list(loads_of_extras(("pos_recovery/export", "pos_recovery/commands/export.py"))) == []


def test_modules_of_the_night_are_seen_to_load_it() -> None:
    """The twin: the same look at all modules finds them."""
    assert "pos_recovery/export/counts/queries.py: duckdb" in set(loads_of_extras(()))


def loads_of_extras(passed: tuple[str, ...]) -> list[str]:
    """Imports that run, at the top of a module or in a function, of what only extras bring."""
    names = {Requirement(each).name for extra in OURS for each in EXTRAS[extra]}
    return [
        f"{file.relative_to(ROOT).as_posix()}: {module}"
        for room in ("pos_recovery", "receipts", "db")
        for file in (ROOT / room).rglob("*.py")
        if not file.relative_to(ROOT).as_posix().startswith(passed or ("-",))
        for module in sorted(imported(ast.parse(file.read_text(encoding="utf-8"))))
        if canonicalize_name(module) in names
    ]


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
        found |= imported(node)
    return found


# --- what is missing -------------------------------------------------------------------------------------------------


def test_a_command_whose_extra_is_missing_says_what_to_type_and_does_nothing(
    plain: Installed, traded: Home, tmp_path: Path
) -> None:
    before = sorted(traded.folder.iterdir())
    plain.came_from(f"file://{tmp_path}", dir_info={})
    for words in (["export"], ["export", "--install-timer"], ["verify", str(tmp_path)]):
        done = plain(*words, "--json", home=traded.folder)
        assert done.code == 5
        assert done.line == done.told["sentence"]
        assert done.line.startswith(f"`pos-recovery {words[0]}` needs the extra night, which is not installed here; ")
        assert REMEDY.search(done.line)[1] == done.told["command"]  # type: ignore[index]
        assert done.told["command"].endswith(f"install '{tmp_path}[night]'")
        assert (done.told["outcome"], done.told["extras"]) == ("configuration_wrong", ["night"])
    assert sorted(traded.folder.iterdir()) == before
    assert runs(traded) == 0


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (["--out", "sftp://night:secret@127.0.0.1:1/nights"], "sftp"),
        (["--out", "S3://bucket/nights"], "cloud"),
        (["--out", "abfs://container@account.dfs.core.windows.net/nights"], "cloud"),
        (["--database", "postgresql://night:secret@127.0.0.1:1/chain"], "chain"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_a_night_goes_or_comes_from_may_need_one_more(
    nightly: Installed, tmp_path: Path, words: list[str], extra: str
) -> None:
    done = nightly("export", *words, home=tmp_path / "home")  # nothing is set up: it is asked before anything else
    assert done.code == 5
    assert done.line.startswith(f"`pos-recovery export` needs the extra {extra}, which is not installed here; ")
    assert "secret" not in done.line
    assert not (tmp_path / "home").exists()


def test_with_its_extra_it_goes_on(nightly: Installed, traded: Home) -> None:
    """The twin: nothing else was in the way."""
    assert nightly("export", home=traded.folder).code == 0
    assert nightly("verify", str(traded.nights), home=traded.folder).code == 0
    told = nightly("doctor", "--json", home=traded.folder).told["findings"][1]
    assert told["detail"].startswith("night; not installed: cloud")


@pytest.mark.parametrize(
    ("out", "database", "needed"),
    [
        ("/srv/nights", None, ("night",)),
        ("", "", ("night",)),
        ("file:///srv/nights", "sqlite:////srv/ledger.sqlite", ("night",)),
        ("az://container/nights", "postgres://hub/chain", ("night", "cloud", "chain")),
        ("ssh://office/nights", "postgresql+psycopg://hub/chain", ("night", "sftp", "chain")),
        ("nobody-knows://office/nights", None, ("night",)),
    ],
)
def test_an_export_needs_what_its_two_addresses_need(out: str, database: str | None, needed: tuple[str, ...]) -> None:
    assert extras.of_export(out, database) == needed


# --- another version, or in pieces -----------------------------------------------------------------------------------


def test_a_package_of_another_version_is_named_with_the_one_that_is_needed(nightly: Installed, tmp_path: Path) -> None:
    metadata = nightly.own("xlsxwriter") / "METADATA"
    metadata.write_text(re.sub(r"(?m)^Version: .*", "Version: 3.2.0", metadata.read_text(encoding="utf-8")))
    done = nightly("export", home=tmp_path / "home")
    assert done.code == 5
    assert "the extra night, of which xlsxwriter is of version 3.2.0 and ==3.3.1 is needed; nothing" in done.line
    assert "--force-reinstall" not in done.line


def test_a_package_in_pieces_is_named_and_installed_again(nightly: Installed, tmp_path: Path) -> None:
    about = nightly.own("duckdb")
    package = about.parent / "duckdb"
    (package / "__init__.py").unlink()
    done = nightly("verify", str(tmp_path), home=tmp_path / "home")
    assert done.code == 5
    assert "of which duckdb is not whole (duckdb/__init__.py is missing); nothing was done" in done.line
    assert " install --force-reinstall 'pos-recovery[night]'" in done.line

    (package / "__init__.py").write_text("from duckdb import nobody_has_this\n")
    done = nightly("verify", str(tmp_path), home=tmp_path / "home")
    assert done.code == 5
    assert "of which duckdb is not whole (ImportError: cannot import name 'nobody_has_this'" in done.line


def test_what_a_package_is_built_on_may_be_missing_too(nightly: Installed, tmp_path: Path) -> None:
    for part in nightly.packages.glob("markupsafe*"):
        part.unlink()
    done = nightly("export", home=tmp_path / "home")
    assert done.code == 5
    assert "of which jinja2 is not whole (ModuleNotFoundError: No module named 'markupsafe'); nothing" in done.line


def test_a_copy_that_has_lost_its_own_list_does_not_take_all_for_there(nightly: Installed, tmp_path: Path) -> None:
    (nightly.packages / "pos_recovery-0.1.0.dist-info" / "METADATA").unlink()
    done = nightly("export", home=tmp_path / "home")
    assert done.code == 5
    assert " install --force-reinstall 'pos-recovery[night]'" in done.line


def test_files_that_differ_and_work_are_no_harm(nightly: Installed, tmp_path: Path) -> None:
    """The twin: a system that strips and patches what it installs, or leaves out tests, is told nothing."""
    about = nightly.own("xlsxwriter")
    with (about.parent / "xlsxwriter" / "__init__.py").open("a") as file:
        file.write("\n# of this system\n")
    assert nightly("verify", str(tmp_path), home=tmp_path / "home", HOME=str(tmp_path)).code != 5


def test_by_its_metadata_alone_a_package_in_pieces_would_be_there(nightly: Installed) -> None:
    """The twin."""
    about = nightly.own("duckdb")
    (about.parent / "duckdb" / "__init__.py").unlink()
    asked = "from importlib.metadata import version; print(version('duckdb'))"
    assert nightly.python("-c", asked).code == 0


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"raise ImportError('half a file', name='xlsxwriter.workbook')\n#", "half a file"),
        (b"!", "SyntaxError: invalid syntax"),
        (b"\0", "null bytes"),
    ],
    ids=["half a file", "no Python", "nothing"],
)
def test_what_breaks_as_it_is_loaded_is_told_as_a_missing_extra_and_closes_no_day(
    nightly: Installed, traded: Home, broken: bytes, why: str
) -> None:
    """As long as it was, so that only loading it tells."""
    module = nightly.own("xlsxwriter").parent / "xlsxwriter" / "workbook.py"
    size = module.stat().st_size
    module.write_bytes(broken.ljust(size, broken[-1:] if len(broken) == 1 else b" "))
    done = nightly("export", home=traded.folder)
    assert done.code == 5
    assert "needs the extra night, of which xlsxwriter is not whole (" in done.line
    assert why in done.line
    assert runs(traded) == 0
    assert not list(traded.nights.glob("2*"))


# --- the list --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", OURS)
def test_every_package_of_an_extra_is_here_and_imported_by_its_own_name(extra: str) -> None:
    assert extras.lacking(extra) == ()
    for each in EXTRAS[extra]:
        assert find_spec(Requirement(each).name.replace("-", "_")) is not None


def test_all_and_dev_have_every_extra() -> None:
    assert EXTRAS["all"] == [f"pos-recovery[{','.join(OURS)}]"]
    assert "pos-recovery[all]" in EXTRAS["dev"]
    assert tuple(extras.NEEDED_FOR) == OURS


@pytest.mark.parametrize("version", ["1.9", "2", "2.0", "2.0.1", "2.9.9", "3.0", "3.0rc1", "2.0a1", "10.0", "26.0.1"])
def test_versions_are_compared_as_pip_compares_them(version: str) -> None:
    bounds = {
        str(Requirement(each).specifier) for each in PROJECT["dependencies"] + [x for e in OURS for x in EXTRAS[e]]
    }
    for each in bounds | {">=2,<3", "==2.0", "==2.0.1"}:
        expected = Requirement(f"some{each}").specifier.contains(version, prereleases=True)
        assert extras.fits(version, each) == expected, each
