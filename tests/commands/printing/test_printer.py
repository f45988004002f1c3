"""Commands and the paper they prove: real processes, and a virtual printer with its bad days."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from db.tables.column_types import JobState
from tests.commands.conftest import Call
from tests.commands.printing.printers import (
    AtThePrinter,
    Program,
    started,
    states_on_record,
    until_it_waits_for_paper,
    use,
    virtual_printer,
)
from tests.commands.shell import Done, Shell
from tests.till import STRANGER

pytestmark = pytest.mark.long

SET_UP = ["setup", "--defaults", "--lead", "Ana", "--timezone", "Europe/Prague"]


@pytest.fixture
def printer() -> Iterator[AtThePrinter]:
    with virtual_printer() as there:
        yield there


# Set-up


def test_set_up_tries_the_printer_once_and_learns_what_it_proves(new_call: Call, printer: AtThePrinter) -> None:
    address = printer.url.removeprefix("tcp://")
    done = new_call(*SET_UP, "--printer", address, "--json")
    assert (done.code, done.err) == (0, "")
    assert (done.told["printer"], done.told["printer_proof"]) == (printer.url, "confirmed")
    assert done.told["printer_condition"] == "ready"
    assert (len(printer.pieces), any(len(text) == len(STRANGER) for text in printer.codes)) == (1, False)

    again = new_call(*SET_UP, "--printer", address, "--json").told
    assert (again["outcome"], again["printer_proof"], again["printer_condition"]) == (
        "already_set_up", "confirmed", "not_asked",
    )  # fmt: skip
    assert len(printer.pieces) == 1

    issued = new_call("issue", "late", "--json")
    assert (issued.code, issued.err, issued.told["printed"], issued.told["printer_condition"]) == (
        0, "", "confirmed", "ready",
    )  # fmt: skip
    assert printer.codes[-1] == issued.told["code"]
    assert len(printer.pieces) == 3


def test_set_up_says_what_the_test_slip_showed(new_call: Call, printer: AtThePrinter) -> None:
    done = new_call(*SET_UP, "--printer", printer.url)
    assert "The test slip is printed. Proof of paper: it confirms every slip that is on paper.\n" in done.out


def test_a_cheap_printer_is_learnt_as_one_that_works_through(new_call: Call) -> None:
    with virtual_printer(process_id=False) as cheap:
        assert new_call(*SET_UP, "--printer", cheap.url, "--json").told["printer_proof"] == "processed"
        assert new_call("issue", "late", "--json").told["printed"] == "processed"


def test_without_a_test_slip_nothing_is_printed(new_call: Call, printer: AtThePrinter) -> None:
    done = new_call(*SET_UP, "--printer", printer.url, "--no-test-slip", "--json")
    assert (done.told["printer_proof"], done.told["printer_condition"], printer.slips) == (None, "not_asked", [])


@pytest.mark.parametrize(
    ("fault", "condition", "words"),
    [
        ("mute", "not_answering", "The printer does not answer. Is it on, its cable in, its address right?"),
        ("paper-out", "no_paper", "No paper. Put in a roll and close the cover."),
        ("open", "cover_open", "The cover is open. Close it."),
    ],
)
@pytest.mark.parametrize("as_json", [True, False])
def test_a_printer_that_will_not_print_never_fails_set_up(
    new_call: Call, fault: str, condition: str, words: str, *, as_json: bool
) -> None:
    with virtual_printer(fault) as there:
        done = new_call(*SET_UP, "--printer", there.url, *(["--json"] if as_json else []))
    assert (done.code, done.err) == (0, "")
    if as_json:
        assert (done.told["outcome"], done.told["printer_proof"]) == ("set_up", None)
        assert done.told["printer_condition"] == condition
    else:
        assert f"{words} Print it later with: pos-recovery printer test\n" in done.out


def test_an_absent_printer_never_fails_set_up(new_call: Call) -> None:
    done = new_call(*SET_UP, "--printer", "127.0.0.1:1", "--json").told
    assert (done["outcome"], done["printer"], done["printer_condition"]) == (
        "set_up", "tcp://127.0.0.1:1", "not_answering",
    )  # fmt: skip


def test_set_up_asks_for_the_printer_and_takes_a_bare_address(new_call: Call, printer: AtThePrinter) -> None:
    done = new_call("setup", stdin=f"Harbour St\nUTC\nEUR\nAna\n{printer.url.removeprefix('tcp://')}\n")
    assert done.code == 0
    assert "n address such as 192.0.2.7." in done.err
    assert "Printer [preview:]: " in done.err
    assert f'printer = "{printer.url}"' in (new_call.home / "settings.toml").read_text()


# Printing


def test_no_paper_leaves_the_slip_waiting_and_a_retry_prints_it(call: Call, printer: AtThePrinter) -> None:
    with_printer = use(call, printer.url)
    printer.strike("paper-out")
    issued = with_printer("issue", "late", "--count", "2", "--json")
    assert (issued.code, issued.told["printed"], issued.told["printer_condition"]) == (3, "pending", "no_paper")
    assert issued.line == (
        "No paper. Put in a roll and close the cover. The slip is on record: it prints by itself while the register "
        "runs, or now with `pos-recovery printer jobs --retry`."
    )
    waiting = with_printer("printer", "jobs", "--json").told["jobs"]
    assert [(job["code"], job["copy"], job["state"], job["proof"]) for job in waiting] == [
        (code, 1, "pending", None) for code in issued.told["codes"]
    ]
    assert [(job["attempts"], job["error"]) for job in waiting] == [(1, "no paper"), (0, None)]
    status = with_printer("printer", "status", "--json")
    assert (status.code, status.told["condition"], status.told["waiting"]) == (3, "no_paper", 2)
    still = with_printer("printer", "jobs", "--retry")
    assert (still.code, still.line[:9]) == (3, "No paper.")

    printer.reload()
    done = with_printer("printer", "jobs", "--retry", "--json")
    assert (done.code, done.err, done.told["jobs"]) == (0, "", [])
    assert [(job["code"], job["state"]) for job in done.told["retried"]] == [
        (code, "printed") for code in issued.told["codes"]
    ]
    assert printer.codes == issued.told["codes"]
    everything = with_printer("printer", "jobs", "--all", "--json").told["jobs"]
    assert [(job["state"], job["proof"]) for job in everything] == [("printed", "confirmed")] * 2


def test_paper_that_ends_in_the_middle_is_asked_for_and_the_slip_goes_on(shell: Shell, printer: AtThePrinter) -> None:
    printer.strike("paper-out 30")
    with started(shell, printer.url, "issue", "late", "--json") as program:
        assert program.stderr
        line = program.stderr.readline()
        assert line == "No paper. Put in a roll and close the cover. The slip goes on by itself.\n"
        printer.reload()
        out, err = program.communicate()
    done = Done(program.returncode, out, err)
    assert (done.code, done.told["printed"]) == (0, "confirmed")
    assert len(printer.pieces) == 2


def test_a_cable_that_is_pulled_leaves_a_doubt_that_a_person_settles(call: Call, printer: AtThePrinter) -> None:
    with_printer = use(call, printer.url)
    printer.strike("cut-cable 6000")
    issued = with_printer("issue", "late", "--json")
    code = issued.told["code"]
    assert (issued.code, issued.told["printed"]) == (3, "unknown")
    assert issued.line.startswith("Nobody can tell whether the slip came out (")
    assert "`pos-recovery printer jobs --came-out " in issued.line
    status = with_printer("printer", "status")
    assert "An earlier job broke off in it, so the next one begins with a flush and a cut." in status.out
    assert "Slips: 1 in doubt. See `pos-recovery printer jobs`." in status.out
    assert "  in doubt  today " in with_printer("printer", "jobs").out

    settled = with_printer("printer", "jobs", "--came-out", code.lower(), "--json")
    assert (settled.code, settled.told["jobs"]) == (0, [])
    printed = with_printer("printer", "jobs", "--all", "--json").told["jobs"]
    assert [(job["state"], job["proof"]) for job in printed] == [("printed", "by_person")]

    following = with_printer("issue", "late", "--json")
    assert (following.code, following.told["printed"]) == (0, "confirmed")
    assert printer.codes[-1] == following.told["code"]


@pytest.mark.parametrize(("came_out", "outcome"), [(STRANGER, "unknown"), ("nonsense", "mistyped")])
def test_only_a_slip_of_ours_can_have_come_out(call: Call, came_out: str, outcome: str) -> None:
    done = call("printer", "jobs", "--came-out", came_out, "--json")
    assert (done.code, done.told["outcome"]) == (1, outcome)


def test_only_a_slip_in_doubt_can_have_come_out(call: Call) -> None:
    code = call("issue", "late", "--json").told["code"]
    done = call("printer", "jobs", "--came-out", code, "--json")
    assert (done.code, done.told["outcome"], done.told["code"]) == (1, "not_in_doubt", code)
    assert [job["proof"] for job in done.told["jobs"]] == ["handed_over"]
    assert "is in doubt; nothing was changed." in call("printer", "jobs", "--came-out", code).out


def test_a_command_that_dies_while_it_sends_leaves_a_doubt_never_a_sending(shell: Shell, printer: AtThePrinter) -> None:
    printer.strike("paper-out 20")
    with started(shell, printer.url, "issue", "late") as program:
        printer.wait_for("paper-out")
        os.kill(program.pid, signal.SIGKILL)
        out, err = program.communicate()
    assert (program.returncode, out, err) == (-signal.SIGKILL, "", "")
    assert states_on_record(shell) == [JobState.SENDING]  # the twin: nobody has owned up yet
    listed = shell("printer", "jobs", "--json").told["jobs"]
    assert [(job["state"], job["attempts"]) for job in listed] == [("unknown", 1)]
    assert states_on_record(shell) == [JobState.UNKNOWN]


def test_while_another_program_prints_nothing_is_owned_up_to(shell: Shell, call: Call, printer: AtThePrinter) -> None:
    printer.strike("paper-out 20")
    with started(shell, printer.url, "issue", "late", "--json") as program:
        printer.wait_for("paper-out")
        listed = use(call, printer.url)("printer", "jobs", "--json").told["jobs"]
        printer.reload()
        out, _ = program.communicate()
    assert [job["state"] for job in listed] == ["sending"]
    assert Done(program.returncode, out, "").told["printed"] == "confirmed"


def test_a_reprint_of_a_slip_in_doubt_is_a_copy_that_settles_it(call: Call, printer: AtThePrinter) -> None:
    with_printer = use(call, printer.url)
    printer.strike("cut-cable 6000")
    code = with_printer("issue", "late", "--json").told["code"]
    copy = with_printer("reprint", code, "--json")
    assert (copy.code, copy.told["copy"], copy.told["printed"], copy.told["printer_condition"]) == (
        0, 2, "confirmed", "ready",
    )  # fmt: skip
    assert with_printer("printer", "jobs").out == "Every slip is accounted for.\n"


def test_the_first_slip_that_must_wait_lets_the_others_wait_untried(call: Call) -> None:
    done = call("issue", "late", "--count", "4", "--json", POS_RECOVERY_PRINTER="tcp://127.0.0.1:1")
    jobs = call("printer", "jobs", "--json").told["jobs"]
    assert (done.code, done.told["printed"]) == (3, "pending")
    assert [job["attempts"] for job in jobs] == [1, 0, 0, 0]


# How it is


@pytest.mark.parametrize(
    ("fault", "condition", "code", "words"),
    [
        (None, "ready", 0, "Ready."),
        ("near-end", "near_end", 0, "Ready, but the roll is nearly used up. Have a new roll at hand."),
        ("paper-out", "no_paper", 3, "No paper. Put in a roll and close the cover."),
        ("open", "cover_open", 3, "The cover is open. Close it."),
        ("hot", "trouble", 3, "The printer reports an error. Let it cool"),
        ("offline", "offline", 3, "The printer is offline and does not say why."),
        ("mute", "not_answering", 3, "The printer does not answer. Is it on,"),
        ("busy", "not_answering", 3, "The printer does not answer. Is it on,"),
    ],
)
def test_the_status_is_what_the_printer_says(
    call: Call, printer: AtThePrinter, fault: str | None, condition: str, code: int, words: str
) -> None:
    printer.strike(*filter(None, [fault]))
    with_printer = use(call, printer.url)
    told = with_printer("printer", "status", "--json")
    assert told.told == {
        "outcome": "printer_status", "printer": printer.url, "paper": 58, "condition": condition,
        "can_print": code == 0, "why": "", "busy": False, "proof": None, "flush_first": False,
        "waiting": 0, "in_doubt": 0, "not_drawn": 0, "held_up": 0,
    }  # fmt: skip
    said = with_printer("printer", "status")
    assert (told.code, said.code) == (code, code)
    assert said.out.startswith(f"{printer.url}, 58 mm. {words}")
    assert printer.slips == []


@pytest.mark.parametrize(
    ("url", "words", "proof"),
    [
        ("preview:", "No printer: slips are pictures in ", None),
        ("cups://bar", "The printer cannot be asked", "handed_over"),
    ],
)
def test_what_cannot_be_asked_is_no_trouble(call: Call, url: str, words: str, proof: str | None) -> None:
    done = use(call, url)("printer", "status")
    assert (done.code, done.err, words in done.out) == (0, "", True)
    told = use(call, url)("printer", "status", "--json").told
    assert (told["condition"], told["can_print"], told["proof"]) == ("not_asked", None, proof)


def test_finding_printers_needs_no_set_up_and_never_fails(new_call: Call) -> None:
    found = new_call("printer", "find", "--json")
    assert (found.code, found.told["outcome"]) == (0, "printers_found")
    assert all(set(each) == {"url", "words"} for each in found.told["printers"])
    assert 'Put yours into the settings: printer = "…"' in new_call("printer", "find").out
    assert not new_call.home.exists()


# The test slip


def test_the_test_slip_is_printed_and_its_proof_remembered(call: Call, printer: AtThePrinter) -> None:
    with_printer = use(call, printer.url)
    done = with_printer("printer", "test", "--json")
    assert done.told == {
        "outcome": "printer_tested", "printed": "confirmed", "printer": printer.url, "condition": "ready",
        "proof": "confirmed", "detail": "confirmed by the printer",
    }  # fmt: skip
    assert (done.code, len(printer.pieces)) == (0, 1)
    assert with_printer("printer", "status", "--json").told["proof"] == "confirmed"
    said = with_printer("printer", "test")
    assert said.out.startswith("The test slip is printed. Proof of paper: it confirms every slip that is on paper.\n")
    assert said.out.count("☐") == 5


def test_a_test_slip_without_a_printer_is_a_picture(call: Call) -> None:
    picture = call.home / "slips" / "test.png"
    done = call("printer", "test")
    assert (done.code, done.err, done.out) == (0, "", f"No printer: the test slip is a picture, {picture}\n")
    assert picture.read_bytes().startswith(b"\x89PNG")
    told = call("printer", "test", "--json").told
    assert (told["printed"], told["proof"]) == ("handed_over", None)
    assert call("printer", "status", "--json").told["proof"] is None


def test_a_printer_that_never_answers_is_tested_without_asking_it(call: Call) -> None:
    with virtual_printer(answers=False) as mute:
        with_printer = use(call, mute.url)
        asked = with_printer("printer", "test", "--json")
        assert (asked.code, asked.told["printed"], asked.told["proof"]) == (3, "pending", None)
        assert "one that never answers: `pos-recovery printer test --mute`.\n" in with_printer("printer", "test").out
        assert mute.slips == []
        blind = with_printer("printer", "test", "--mute", "--json")
        assert (blind.code, blind.told["printed"], blind.told["proof"]) == (0, "handed_over", "handed_over")
        mute.wait_for("cut")
        issued = with_printer("issue", "late", "--json")
        assert (issued.code, issued.told["printed"], issued.line) == (
            0, "handed_over", "Sent. Is the slip in your hand?",
        )  # fmt: skip


def test_a_test_without_paper_says_so(call: Call, printer: AtThePrinter) -> None:
    printer.strike("paper-out")
    done = use(call, printer.url)("printer", "test")
    assert (done.code, done.out) == (3, "No paper. Put in a roll and close the cover.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of our own needs a pseudo terminal")
@pytest.mark.parametrize(
    ("answers", "code", "proof"),
    [("y\ny\n", 0, "handed_over"), ("y\nn\n", 3, None), ("maybe\nn\n", 3, None)],
    ids=["whole", "not whole", "it should answer"],
)
def test_at_a_terminal_a_person_s_eyes_decide(shell: Shell, answers: str, code: int, proof: str | None) -> None:
    with virtual_printer(answers=False) as mute:
        ours, theirs = os.openpty()
        with open(ours, "wb", buffering=0) as typing, open(theirs, "rb") as terminal:  # noqa: PTH123  descriptors
            environment = {**os.environ, "POS_RECOVERY_PRINTER": mute.url}
            command = [sys.executable, "-m", "pos_recovery", "--home", str(shell.home), "printer", "test"]
            with Popen(command, stdin=terminal, stdout=PIPE, stderr=PIPE, text=True, env=environment) as program:
                typing.write(answers.encode())
                out, err = program.communicate()
        assert (program.returncode, "Traceback" in err) == (code, False)
        assert "Is it one that never answers? Print all the same? [y/n] " in err
        assert ("Did the test slip come out whole? [y/n] " in err) == answers.startswith("y")
        assert ("Good. Slips are handed over from now on" in out) == (proof is not None)
        assert use(shell, mute.url)("printer", "status", "--json").told["proof"] == proof


# Its own letters


def test_which_of_its_own_letters_are_right_is_asked_for_and_remembered(call: Call, tmp_path: Path) -> None:
    paper = tmp_path / "paper"
    with_printer = use(call, f"{paper.as_uri()}?mode=text")
    drawn = with_printer("issue", "late", "--language", "cs", "--json")
    assert (drawn.told["printed"], b"\x1bt" in paper.read_bytes()) == ("handed_over", False)

    asks = "`pos-recovery printer test` asks which this one has."
    assert asks in with_printer("printer", "status").out

    told = with_printer("printer", "test", "--json").told
    czech = {line["line"]: (line["number"], line["codec"]) for line in told["lines"]}
    assert czech[8] == (18, "cp852")
    assert all(codec == "cp852" for _, codec in czech.values()), "all other languages have what every printer has"
    said = with_printer("printer", "test").out
    assert "  8  ĄąĆć" in said
    assert "Say which are: `pos-recovery printer test --right 8`" in said

    paper.unlink()
    right = with_printer("printer", "test", "--right", "8", "--json")
    assert (right.code, right.told["outcome"], paper.exists()) == (0, "pages_kept", False)
    assert {"number": 18, "codec": "cp852"} in right.told["pages"]
    assert asks not in with_printer("printer", "status").out
    with_printer("issue", "late", "--language", "cs")
    assert b"\x1bt\x12" in paper.read_bytes()

    none = with_printer("printer", "test", "--right", "none")
    assert none.out == "Noted: slips use the letters that every printer has, and whatever else is on one is drawn.\n"
    paper.unlink()
    with_printer("issue", "late", "--language", "cs")
    assert b"\x1bt\x12" not in paper.read_bytes()


@pytest.mark.parametrize(
    ("lines", "why"),
    [("8,x", "numbers of lines"), ("0", "there is no line 0"), ("1,4", "lines 1 and 4 cannot both be right")],
)
def test_lines_that_cannot_be_right_are_refused(call: Call, lines: str, why: str) -> None:
    done = call("printer", "test", "--right", lines)
    assert (done.code, done.line.startswith(f"--right: {why}")) == (2, True)


def test_where_slips_are_drawn_no_letters_are_asked_for(call: Call, printer: AtThePrinter) -> None:
    assert "lines" not in use(call, printer.url)("printer", "test", "--json").told


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of our own needs a pseudo terminal")
def test_at_a_terminal_a_person_says_which_letters_are_right(shell: Shell, printer: AtThePrinter) -> None:
    url = f"{printer.url}?mode=text"
    ours, theirs = os.openpty()
    with open(ours, "wb", buffering=0) as typing, open(theirs, "rb") as terminal:  # noqa: PTH123  descriptors
        environment = {**os.environ, "POS_RECOVERY_PRINTER": url}
        command = [sys.executable, "-m", "pos_recovery", "--home", str(shell.home), "printer", "test"]
        with Popen(command, stdin=terminal, stdout=PIPE, stderr=PIPE, text=True, env=environment) as program:
            typing.write(b"eight\n8 99\n8\n")
            out, err = program.communicate()
    assert (program.returncode, "Traceback" in err) == (0, False)
    assert "Numbers of lines are wanted" in err
    assert "There is no line 99" in err
    assert out.endswith("Noted: slips use the letters of these lines from now on.\n")
    assert use(shell, url)("printer", "test", "--right", "8", "--json").told["pages"][-1]["codec"] == "cp852"


# A printer made of software


def virtual(*words: str) -> Program:
    """`printer virtual` on any free port, telling one JSON object a line."""
    command = [sys.executable, "-m", "pos_recovery", "printer", "virtual", "--port", "0", "--json", *words]
    return Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)


def test_a_newcomer_shows_the_whole_product_with_two_terminals(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "slips"
    with virtual("--paper", "58", "--speed", "1000", "--folder", str(folder)) as printer:
        assert printer.stdin
        assert printer.stdout
        first = json.loads(printer.stdout.readline())
        assert (first["outcome"], first["folder"]) == ("virtual_printer", str(folder))
        with_printer = use(call, first["url"])
        assert with_printer("issue", "late", "--json").told["printed"] == "confirmed"
        printer.stdin.write("paper-out\n")
        printer.stdin.flush()
        while json.loads(printer.stdout.readline()).get("event") != "paper-out":
            pass
        assert with_printer("issue", "late", "--json").told["printed"] == "pending"
        printer.stdin.write("reload\n")
        printer.stdin.flush()
        while json.loads(printer.stdout.readline()).get("event") != "reloaded":
            pass
        assert with_printer("printer", "jobs", "--retry", "--json").told["jobs"] == []
        out, err = printer.communicate("quit\n")
    assert (printer.returncode, err) == (0, "")
    slips = [event for event in map(json.loads, out.splitlines()) if event.get("event") == "slip"]
    assert len(slips) >= 2
    assert all(Path(slip["file"]).read_bytes().startswith(b"\x89PNG") for slip in slips)


def test_a_fault_may_be_there_from_the_start(call: Call, tmp_path: Path) -> None:
    with virtual("--fault", "open", "--folder", str(tmp_path)) as printer:
        assert printer.stdout
        url = json.loads(printer.stdout.readline())["url"]
        while json.loads(printer.stdout.readline()).get("event") != "open":
            pass
        assert use(call, url)("printer", "status", "--json").told["condition"] == "cover_open"
        printer.communicate("quit\n")


def test_a_port_in_use_is_one_sentence_and_exit_code_4(new_call: Call, printer: AtThePrinter) -> None:
    port = printer.url.rpartition(":")[2]
    done = new_call("printer", "virtual", "--port", port, "--json")
    assert (done.code, done.told["outcome"], done.told["port"]) == (4, "port_unavailable", int(port))
    assert done.line.startswith(f"Port {port} is in use: ")
    assert done.line.endswith("Choose another with --port; 0 is any free one.")


# The doctor


def test_the_doctor_asks_the_printer_and_a_trouble_is_only_worth_a_look(call: Call, printer: AtThePrinter) -> None:
    with_printer = use(call, printer.url)
    with_printer("printer", "test")
    assert f"✔ printer    {printer.url}, 58 mm: Ready. Proof of paper: it confirms" in with_printer("doctor").out
    printer.strike("paper-out")
    done = with_printer("doctor")
    assert (done.code, f"▲ printer    {printer.url}, 58 mm: No paper." in done.out) == (0, True)


def test_the_doctor_misses_what_a_printer_needs_from_this_machine(call: Call) -> None:
    done = call("doctor", "--json", POS_RECOVERY_PRINTER="cups://bar", PATH="")
    printer = done.told["findings"][-1]
    assert (done.code, printer["part"], printer["well"]) == (5, "printer", False)
    assert "the command lp is missing" in printer["detail"]


def test_a_ledger_that_is_busy_when_the_slip_is_out_keeps_no_code_back(shell: Shell, printer: AtThePrinter) -> None:
    """Nothing can be written of the paper; but whoever runs this must not issue a second coupon for want of a code."""
    printer.strike("paper-out 20")
    with started(shell, printer.url, "issue", "late", "--json") as program:
        until_it_waits_for_paper(program)
        with closing(sqlite3.connect(shell.home / "ledger.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            printer.reload()
            out, err = program.communicate()
    done = Done(program.returncode, out, err)
    assert (done.code, done.told["outcome"], done.told["printed"]) == (3, "issued", "unknown")
    assert printer.codes == [done.told["code"]]
    assert done.line.startswith("The coupon is on record. What became of its slip could not be written down:")


@pytest.mark.parametrize("end", ["void", "redeem"])
def test_the_same_request_again_prints_nothing_for_a_coupon_that_is_over(
    call: Call, printer: AtThePrinter, end: str
) -> None:
    printer.strike("open")
    here = use(call, printer.url)
    code = here("issue", "late", "--request-id", "one", "--json").told["code"]
    here(end, code)
    printer.mend()
    again = here("issue", "late", "--request-id", "one")
    assert again.code == 0
    assert again.out.endswith(f"is {'voided' if end == 'void' else 'redeemed'} by now.\n")
    assert again.err == ""
    assert printer.pieces == []
