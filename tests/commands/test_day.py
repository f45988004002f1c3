"""A day at the counter on the command line: every deed, what it tells, and its exit code."""

from __future__ import annotations

from datetime import datetime

import pytest

from pos_recovery.rules.codes import ALPHABET, printed, read_code
from tests.commands.conftest import Call
from tests.commands.shell import Shell
from tests.till import BARISTA_PIN, LEAD_PIN, STRANGER


def wrong(code: str) -> str:
    """The code with one symbol wrong, and no keyboard to blame for it."""
    wrongs = (code[:5] + letter + code[6:] for letter in ALPHABET if letter != code[5])
    return next(text for text in wrongs if not read_code(text).candidates)


def test_a_slip_from_the_first_apology_to_the_last_drop(shell: Shell) -> None:
    """Issue, show, redeem, redeem again, reverse, redeem: each in a process of its own."""
    issued = shell("issue", "forgotten", "--item", "egg muffin", "--remade", "--as", "2", "--json", pin=BARISTA_PIN)
    code = issued.told["code"]
    assert issued.code == 0
    assert issued.told | {
        "outcome": "issued", "state": "issued", "reason": "forgotten", "item": "egg muffin", "remade": True,
        "noticed_first": True, "staff": 2, "staff_name": "Ben", "printed": "handed_over", "codes": [code],
        "code_printed": printed(code), "replay": False, "given_today": 1, "currency": "CZK", "store": "harbour",
    } == issued.told  # fmt: skip
    assert (shell.home / "slips" / f"{code}.png").read_bytes().startswith(b"\x89PNG")

    shown = shell("show", printed(code).lower(), "--json", pin=None)
    assert (shown.code, shown.told["outcome"], shown.told["state"]) == (0, "found", "issued")
    assert [job["printed"] for job in shown.told["print_jobs"]] == ["handed_over"]

    redeemed = shell("redeem", code, "--ending", "turned_around", "--json")
    assert (redeemed.code, redeemed.told["outcome"], redeemed.told["ending"]) == (0, "redeemed", "turned_around")

    again = shell("redeem", code, "--json")
    assert (again.code, again.told["outcome"]) == (1, "already_redeemed")
    assert again.told["redeemed_at"] == redeemed.told["redeemed_at"]
    assert datetime.fromisoformat(again.told["redeemed_at"]).utcoffset() is not None
    assert (again.told["store"], again.told["register"], again.told["same_register"]) == ("harbour", "1", True)
    assert (again.told["staff_name"], again.told["just_now"], again.told["code"]) == ("Ana", True, code)

    reversed_ = shell("reverse", code, "--note", "wrong slip", "--json")
    assert (reversed_.code, reversed_.told["outcome"], reversed_.told["state"]) == (0, "reversed", "issued")
    assert shell("redeem", code, "--json").code == 0


def test_people_read_sentences_and_nothing_on_stderr(call: Call) -> None:
    issued = call("issue", "late", "--no-print")
    assert (issued.code, issued.err) == (0, "")
    code = issued.out.removeprefix("Issued: ")[:14]
    assert issued.out.startswith(f"Issued: {code}. Good through ")
    assert call("redeem", code).out == f"Good. One drink on the house for {code}.\n"
    refused = call("redeem", code)
    assert (refused.code, refused.err) == (1, "")
    assert refused.out.startswith("Already used: today ")
    assert "at this register, by Ana." in refused.out
    assert call("reverse", code).out == f"The redemption was taken back; {code} is good again.\n"
    assert call("void", code).out == f"{code} is void; its slip is worth nothing now.\n"
    assert call("show", code, pin=None).out.startswith(f"{code}: void. Given for: late, today ")
    assert call("reverse", code).out.startswith(f"{code} has not been redeemed, so there is nothing to take back.")
    assert call("redeem", code, "--goodwill").out.startswith("A drink as goodwill is on record (number 1 today).")
    assert call("show", STRANGER).out.startswith(f"{printed(STRANGER)} is a proper code, but not one of ours.")
    assert call("show", "nonsense").out.startswith("That is not a whole code: a letter is wrong or missing.")


def issue(call: Call, *words: str) -> str:
    done = call("issue", "late", "--no-print", "--json", *words)
    assert done.code == 0
    return str(done.told["code"])


def test_a_party_gets_four(call: Call) -> None:
    done = call("issue", "late", "--count", "4", "--no-print", "--json")
    assert len(set(done.told["codes"])) == 4
    assert (done.told["printed"], done.told["given_today"], done.told["allowance"]) == ("skipped", 4, 10)


def test_the_same_request_id_is_the_same_answer(call: Call) -> None:
    first = call("issue", "late", "--count", "2", "--no-print", "--request-id", "till-1:42", "--json").told
    again = call("issue", "late", "--count", "2", "--no-print", "--request-id", "till-1:42", "--json").told
    assert (first["replay"], again["replay"]) == (False, True)
    assert again["codes"] == first["codes"]
    code = first["code"]
    for deed, outcome in (
        ("redeem", "redeemed"),
        ("reverse", "reversed"),
        ("reprint", "reprinted"),
        ("void", "voided"),
    ):
        done = [call(deed, code, "--request-id", f"{deed}-1", "--json") for _ in range(2)]
        assert [each.code for each in done] == [0, 0]
        assert [(each.told["outcome"], each.told["replay"]) for each in done] == [(outcome, False), (outcome, True)]
    reused = call("redeem", code, "--request-id", "void-1", "--json")
    assert (reused.code, reused.told["outcome"]) == (2, "wrong_usage")
    assert "was used for something else" in reused.line


def test_every_refusal_has_its_own_word_and_exit_code_1(call: Call) -> None:
    code, dead = issue(call), issue(call)
    call("void", dead)
    refusals = {
        "voided": ["redeem", dead],
        "unknown": ["redeem", STRANGER],
        "mistyped": ["redeem", wrong(code)],
        "not_redeemed": ["reverse", code],
    }
    for outcome, words in refusals.items():
        done = call(*words, "--json")
        assert (done.code, done.told["outcome"], done.err) == (1, outcome, "")
    role = call("redeem", code, "--as", "2", "--json", pin=BARISTA_PIN)
    assert (role.code, role.told["outcome"], role.told["why"]) == (1, "not_allowed", "role")
    nobody = call("redeem", code, "--as", "99999999999999999999999", "--json")
    assert (nobody.code, nobody.told["why"]) == (1, "no_such_person")


def test_a_reprint_is_a_copy_with_a_picture_of_its_own(call: Call) -> None:
    code = call("issue", "late", "--json").told["code"]
    done = call("reprint", code, "--json")
    assert (done.code, done.told["outcome"], done.told["copy"], done.told["printed"]) == (
        0,
        "reprinted",
        2,
        "handed_over",
    )
    first, copy = (call.home / "slips" / name for name in (f"{code}.png", f"{code}-copy2.png"))
    assert first.read_bytes() != copy.read_bytes()


def test_done_with_the_paper_in_doubt_is_exit_code_3(call: Call) -> None:
    done = call("issue", "late", "--json", POS_RECOVERY_PRINTER="tcp://127.0.0.1:1")  # nothing listens there
    assert (done.code, done.told["outcome"], done.told["printed"]) == (3, "issued", "pending")
    assert "on record" in done.line
    assert call("show", done.told["code"], "--json").told["state"] == "issued"


def test_a_mistyped_code_needs_no_database(call: Call) -> None:
    bad = wrong(issue(call))
    (call.home / "ledger.sqlite").unlink()
    for deed in ("show", "redeem", "reverse", "void", "reprint"):
        done = call(deed, bad, "--json", pin=None)
        assert (done.code, done.told) == (1, {"outcome": "mistyped", "raw": bad})
    assert not (call.home / "ledger.sqlite").exists()


def test_notes_of_any_kind_are_kept_cleaned_and_shown_literally(call: Call) -> None:
    done = call(
        "issue", "late", "--no-print", "--json", "--item", "[bold]latte[/]", "--note", "\x1b[2J\udcff🙂" + "x" * 9_000
    )
    assert done.told["item"] == "[bold]latte[/]"
    assert done.told["note"].startswith("🙂xxx")
    assert len(done.told["note"]) <= 280
    assert "([bold]latte[/])" in call("show", done.told["code"]).out


def test_a_reader_that_goes_away_is_nobody_s_fault(shell: Shell) -> None:
    import os
    import sys
    from subprocess import PIPE, Popen

    environment = {**os.environ, "HOME": str(shell.home), "PYTHONUNBUFFERED": ""}
    with Popen([sys.executable, "-m", "pos_recovery", "reasons"], stdout=PIPE, stderr=PIPE, env=environment) as program:
        assert program.stdout
        assert program.stderr
        program.stdout.close()
        assert (program.wait(), program.stderr.read()) == (0, b"")


# People


def test_people_come_go_and_get_new_pins(call: Call) -> None:
    added = call("staff", "add", "Cy", "--role", "barista", "--pin-stdin", "--json", stdin="4711\n")
    assert added.told == {"outcome": "added", "id": 3, "name": "Cy", "role": "barista"}
    assert call("issue", "late", "--no-print", "--as", "3", pin="4711").code == 0
    drawn = call("staff", "reset-pin", "3", "--json").told
    assert (drawn["outcome"], drawn["name"], len(drawn["pin"])) == ("pin_reset", "Cy", 6)
    assert call("issue", "late", "--no-print", "--as", "3", pin=drawn["pin"]).code == 0
    assert call("staff", "disable", "3", "--json").told == {"outcome": "disabled", "id": 3, "name": "Cy"}
    listed = call("staff", "list", "--json", pin=None).told["staff"]
    assert [(each["id"], each["role"], each["active"]) for each in listed] == [
        (1, "shift_lead", True),
        (2, "barista", True),
        (3, "barista", False),
    ]
    assert "Cy  (barista, left)" in call("staff", "list", pin=None).out


def test_a_lost_pin_has_a_way_out_for_whoever_owns_the_folder(call: Call) -> None:
    drawn = call("setup", "--defaults", "--add-lead", "Dee", "--json", pin=None).told
    assert (drawn["outcome"], drawn["name"], drawn["role"]) == ("added", "Dee", "shift_lead")
    assert call("staff", "reset-pin", "1", "--as", str(drawn["id"]), pin=drawn["pin"]).code == 0
    chosen = call("setup", "--defaults", "--add-lead", "Eve", "--json", pin="8642").told
    assert "pin" not in chosen
    assert call("staff", "disable", "2", "--as", str(chosen["id"]), pin="8642").code == 0
    assert call("setup", "--defaults", "--add-lead", "\x07", "--json").code == 2


def test_five_wrong_pins_lock_out_and_a_lead_ends_the_wait(call: Call) -> None:
    tries = [call("issue", "late", "--as", "2", "--no-print", "--json", pin="0000") for _ in range(5)]
    assert [each.code for each in tries] == [1] * 5
    assert [each.told.get("tries_left") for each in tries] == [4, 3, 2, 1, None]
    assert [each.told["outcome"] for each in tries] == ["not_allowed"] * 4 + ["locked_out"]
    locked = call("issue", "late", "--as", "2", "--no-print", "--json", pin=BARISTA_PIN)
    assert locked.told == {"outcome": "locked_out", "until": tries[-1].told["until"], "why": "pin"}
    assert call("issue", "late", "--as", "2", "--no-print", pin=BARISTA_PIN).out.startswith("Too many wrong PINs.")
    new = call("staff", "reset-pin", "2", "--json").told["pin"]
    assert call("issue", "late", "--as", "2", "--no-print", pin=new).code == 0


@pytest.mark.parametrize(
    ("words", "code", "outcome"),
    [
        (["staff", "add", "Cy", "--role", "barista", "--as", "2"], 1, "not_allowed"),
        (["staff", "disable", "99"], 1, "not_allowed"),
        (["staff", "disable", "1"], 1, "not_allowed"),
        (["staff", "reset-pin", "99"], 1, "not_allowed"),
        (["staff", "add", "\x07 ", "--role", "barista"], 2, "wrong_usage"),
    ],
)
def test_looking_after_people_has_rules(call: Call, words: list[str], code: int, outcome: str) -> None:
    done = call(*words, "--json", pin=BARISTA_PIN if "2" in words else LEAD_PIN)
    assert (done.code, done.told["outcome"]) == (code, outcome)


@pytest.mark.parametrize("pin", ["12", "letmein", "12a4"])
def test_a_pin_that_cannot_be_one_is_wrong_usage_and_not_repeated(call: Call, pin: str) -> None:
    done = call("issue", "late", pin=pin)
    assert (done.code, done.line) == (2, "A PIN is 4 to 8 digits.")


@pytest.mark.parametrize("digits", ["٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "à&é\"'(-è_ç", "é+ěščřžýáí"])  # noqa: RUF001  of many scripts
def test_a_pin_counts_in_digits_of_any_script_and_from_their_keys_without_shift(call: Call, digits: str) -> None:
    typed = "".join(digits[int(digit)] for digit in LEAD_PIN)
    assert call("issue", "late", "--no-print", pin=typed).code == 0


def test_without_a_pin_and_without_a_terminal_nothing_is_asked(shell: Shell) -> None:
    done = shell("issue", "late", pin=None)
    assert (done.code, done.line) == (2, "a PIN is needed: set POS_RECOVERY_PIN, or run this in a terminal")


def test_no_pin_reaches_the_home_folder_or_the_answer(call: Call) -> None:
    secret = "86420975"
    added = call("staff", "add", "Cy", "--role", "barista", "--pin-stdin", "--json", stdin=f"{secret}\n")
    refused = call("issue", "late", "--as", "2", "--json", pin=secret)
    assert secret not in added.out + added.err + refused.out + refused.err
    assert [path for path in call.home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()] == []
