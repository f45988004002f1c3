"""What may be said: help with an example everywhere, and complaints of one line."""

from __future__ import annotations

import argparse
import json
import re
import shlex

import pytest

from pos_recovery import __version__
from pos_recovery.commands import arguments, dispatch
from tests.commands.conftest import Call
from tests.commands.shell import Shell

COMMANDS = [name for name in arguments.EXAMPLES if name]


def examples() -> list[list[str]]:
    lines = [line.strip() for text in arguments.EXAMPLES.values() for line in text.splitlines()]
    return [shlex.split(re.sub(r"\s{3,}.*", "", line))[1:] for line in lines]


@pytest.mark.parametrize("name", arguments.EXAMPLES)
def test_every_command_has_help_with_an_example(call: Call, name: str) -> None:
    done = call(*name.split(), "--help")
    assert done.code == 0
    assert done.err == ""
    assert f"example:\n  {arguments.EXAMPLES[name].splitlines()[0]}" in done.out


@pytest.mark.parametrize("words", examples(), ids=" ".join)
def test_every_example_can_be_said(words: list[str]) -> None:
    told = argparse.Namespace(**{"home": None, "json": False, **vars(arguments.parser().parse_args(words))})
    assert callable(dispatch.by_name(told))


def test_no_command_is_without_an_example_or_without_a_function() -> None:
    top = next(action for action in arguments.parser()._actions if isinstance(action, argparse._SubParsersAction))
    said = list(top.choices)
    for group in ("staff", "printer", "scanner"):
        within = next(a for a in top.choices[group]._actions if isinstance(a, argparse._SubParsersAction))
        said += [f"{group} {name}" for name in within.choices]
    assert sorted(said) == sorted(COMMANDS)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["brew", "late"], "pos-recovery: argument COMMAND: invalid choice: 'brew'"),
        (
            ["redeem"],
            "pos-recovery redeem: the following arguments are required: CODE. See `pos-recovery redeem --help`.",
        ),
        (["redeem", "X", "--ending", "sad"], "pos-recovery redeem: argument --ending: invalid choice: 'sad'"),
        (["show", "X", "Y"], "pos-recovery: unrecognized arguments: Y"),
        (
            ["printer", "jobs", "--retry", "--came-out", "X"],
            "pos-recovery printer jobs: argument --came-out: not allowed",
        ),
        (["printer", "virtual", "--port", "70000"], "pos-recovery printer virtual: argument --port: '70000' is not a"),
        (["printer", "virtual", "--speed", "0"], "pos-recovery printer virtual: argument --speed: '0' is not a number"),
        (["printer", "virtual", "--fault", "fire"], "--fault: no such fault: 'fire'; there are paper-out, near-end"),
        (["staff"], "pos-recovery staff: the following arguments are required: WHAT"),
        (["--as", "me", "staff", "list"], "pos-recovery: argument --as: invalid int value: 'me'"),
        (["issue", "late", "--count", "5"], "--count is 1 to 4, not 5"),
        (["issue", "late", "--count", "0"], "--count is 1 to 4, not 0"),
        (["issue", "lat"], "no such reason: 'lat'; nearest: late. See `pos-recovery reasons`"),
        (["issue", "late", "--language", "xx"], "no slip speaks 'xx'; choose one of en, es"),
        (["issue", "late", "--request-id", "a b"], "--request-id is 1 to 64 letters, digits, dots, colons"),
        (["issue", "late", "--request-id", ""], "--request-id is 1 to 64 letters"),
        (["void", "X", "--request-id", "a/2"], "--request-id is 1 to 64 letters"),
        (["redeem", "X", "--request-id", "x" * 65], "--request-id is 1 to 64 letters"),
        (["--jso", "reasons"], "pos-recovery: unrecognized arguments: --jso"),
    ],
)
def test_a_complaint_is_one_line_and_exit_code_2(call: Call, words: list[str], line: str) -> None:
    done = call(*words)
    assert (done.code, done.out) == (2, "")
    assert done.line.startswith(line)


def test_a_complaint_of_a_printer_made_of_software_ends_like_the_others(call: Call) -> None:
    for option, value in (("--fault", "fire"), ("--speed", "0")):
        assert call("printer", "virtual", option, value).line.endswith(". See `pos-recovery printer virtual --help`.")


def test_the_version_is_one_line(shell: Shell) -> None:
    for words in (["version"], ["--version"]):
        done = shell.bare(*words)
        assert (done.code, done.out, done.err) == (0, f"pos-recovery {__version__}\n", "")
    assert shell("version", "--json").told == {"outcome": "version", "version": __version__}


def test_the_register_needs_a_terminal(shell: Shell) -> None:
    done = shell()
    assert (done.code, done.out) == (2, "")
    assert done.line == "the register needs a terminal; for scripts, see `pos-recovery --help`"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_options_for_all_commands_may_stand_before_and_after_the_command(
    call: Call, capsys: pytest.CaptureFixture[str], place: int
) -> None:
    words = ["staff", "list"]
    words[place:place] = ["--home", str(call.home), "--json", "--as", "2"]
    assert arguments.run(words) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["staff"]] == ["Ana", "Ben"]


def test_the_home_may_be_named_by_the_environment(shell: Shell) -> None:
    done = shell.bare("staff", "list", "--json", POS_RECOVERY_HOME=str(shell.home))
    assert done.told["outcome"] == "staff"


def test_reasons_can_be_listed_before_set_up_and_on_any_console(new_shell: Shell) -> None:
    done = new_shell("reasons", "--json")
    assert [each["id"] for each in done.told["reasons"]][:2] == ["late", "wrong_item"]
    assert {"name", "say", "listen", "acknowledge", "act", "thank", "explain"} <= set(done.told["reasons"][0])
    old = new_shell("reasons", PYTHONIOENCODING="ascii")
    assert (old.code, old.err) == (0, "")
    assert "late         Late" in old.out


@pytest.mark.parametrize("words", [["nonsense"], ["issue"], ["redeem", "X", "--ending", "nonsense"], ["verify"]])
def test_a_complaint_about_words_is_one_json_object_too(call: Call, words: list[str]) -> None:
    done = call(*words, "--json")
    assert (done.code, done.told["outcome"]) == (2, "wrong_usage")
    assert done.told["sentence"] == done.line
    assert call(*words).out == ""
