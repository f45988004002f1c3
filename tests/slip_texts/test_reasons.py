"""The reasons and their playbooks: nine that are shipped, and what a store may make of them."""

from __future__ import annotations

import pytest

from pos_recovery.slip_texts.reasons import GRID_PLACES, KEYS, PLAYBOOK, Reason, ReasonsError, load_reasons, on_grid

TOO_LOUD: dict[str, object] = {
    "name": "Too loud",
    "say": "I'm sorry it's so loud in here.",
    "listen": "Step closer, so they need not shout.",
    "acknowledge": "“You can't hear yourself think.”",
    "act": "Turn the music down. Find them a quiet table.",
    "thank": "Thank them for saying so.",
    "explain": "Say when the room empties.",
}


def refusal(overrides: dict[str, dict[str, object]]) -> str:
    with pytest.raises(ReasonsError) as caught:
        load_reasons(overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message


def grid(overrides: dict[str, dict[str, object]] | None = None) -> str:
    return " ".join(f"{reason.key or '-'}:{reason.id}" for reason in on_grid(load_reasons(overrides)))


def reason(id_: str, overrides: dict[str, dict[str, object]] | None = None) -> Reason:
    return {each.id: each for each in load_reasons(overrides)}[id_]


# What is shipped


def test_nine_reasons_stand_on_nine_keys_in_the_order_of_the_counter() -> None:
    assert [(each.key, each.id, each.name) for each in load_reasons()] == [
        ("1", "late", "Late"),
        ("2", "wrong_item", "Wrong item"),
        ("3", "forgotten", "Forgotten"),
        ("4", "spilled", "Spilled"),
        ("5", "quality", "Not right"),
        ("6", "sold_out", "Sold out"),
        ("7", "equipment", "Machine down"),
        ("8", "staff", "Our manners"),
        ("9", "other", "Other …"),
    ]


@pytest.mark.parametrize("shipped", load_reasons(), ids=lambda each: each.id)
def test_a_shipped_reason_passes_every_check_a_store_s_own_passes(shipped: Reason) -> None:
    values = {key: getattr(shipped, key) for key in ("name", "say", *PLAYBOOK, "never", "remade_default", "key")}
    own = {each.id: {"hidden": True} for each in load_reasons()} | {"copied": values}
    assert on_grid(load_reasons(own)) == (Reason(id="copied", **values),)


@pytest.mark.parametrize("shipped", load_reasons(), ids=lambda each: each.id)
def test_a_playbook_is_five_different_lines_in_the_order_they_are_done(shipped: Reason) -> None:
    assert [step for step, _ in shipped.playbook] == ["listen", "acknowledge", "act", "thank", "explain"]
    assert len({line for _, line in shipped.playbook}) == 5
    assert shipped.never.startswith("Never ")


def test_what_is_said_says_sorry() -> None:
    assert [each.id for each in load_reasons() if "sorry" not in each.say] == []


def test_what_can_be_made_again_is_proposed_as_remade() -> None:
    assert [each.id for each in load_reasons() if each.remade_default] == [
        "wrong_item",
        "forgotten",
        "spilled",
        "quality",
    ]


# A store's own reasons


def test_a_store_may_say_one_line_differently() -> None:
    own: dict[str, dict[str, object]] = {"late": {"say": "  Sorry for the wait! "}}
    assert reason("late", own).say == "Sorry for the wait!"
    assert reason("late", own).act == reason("late").act
    assert grid(own) == grid()


def test_a_reason_of_the_store_s_own_takes_the_next_free_key() -> None:
    assert grid({"too_loud": TOO_LOUD}) == f"{grid()} 0:too_loud"
    assert reason("too_loud", {"too_loud": TOO_LOUD}).never == "Never offer to sell anything now."


def test_beyond_ten_there_are_places_but_no_keys() -> None:
    own = {f"own_{n}": TOO_LOUD for n in range(3)}
    assert grid(own) == f"{grid()} 0:own_0 -:own_1 -:own_2"
    assert len(on_grid(load_reasons(own))) == GRID_PLACES


def test_a_hidden_reason_leaves_the_grid_and_stays_known() -> None:
    own: dict[str, dict[str, object]] = {"sold_out": {"hidden": True}}
    assert grid(own) == "1:late 2:wrong_item 3:forgotten 4:spilled 5:quality 7:equipment 8:staff 9:other"
    hidden = load_reasons(own)[-1]
    assert (hidden.id, hidden.name, hidden.key, hidden.hidden) == ("sold_out", "Sold out", None, True)


def test_the_key_of_a_hidden_reason_is_free_again() -> None:
    own: dict[str, dict[str, object]] = {"sold_out": {"hidden": True}, "too_loud": TOO_LOUD}
    assert "5:quality 6:too_loud 7:equipment" in grid(own)


def test_the_grid_follows_the_keys() -> None:
    own: dict[str, dict[str, object]] = {"late": {"key": 3}, "forgotten": {"key": "1"}}
    assert grid(own).startswith("1:forgotten 2:wrong_item 3:late 4:spilled")


def test_twelve_places_are_all_there_are() -> None:
    own = {f"own_{n}": TOO_LOUD for n in range(4)}
    assert refusal(own) == "reasons: 13 are shown and the grid has 12 places; hide some with hidden = true"


def test_a_grid_with_nothing_on_it_is_refused() -> None:
    own: dict[str, dict[str, object]] = {each.id: {"hidden": True} for each in load_reasons()}
    assert refusal(own) == "reasons: all of them are hidden; a barista needs at least one"


def test_two_reasons_on_one_key_are_refused() -> None:
    assert refusal({"late": {"key": 4}}) == "reasons: 'late' and 'spilled' are both on key 4; free: 1, 0"


def test_a_mistyped_id_is_not_taken_for_a_new_reason() -> None:
    message = refusal({"forgottn": {"say": "Sorry."}})
    assert message.startswith("reasons.forgottn is a reason of your own and lacks name, listen, ")
    assert message.endswith("; nearest: forgotten")


def test_a_new_reason_has_a_whole_playbook() -> None:
    own = {key: text for key, text in TOO_LOUD.items() if key not in {"thank", "explain"}}
    assert refusal({"too_loud": own}) == "reasons.too_loud is a reason of your own and lacks thank, explain"


@pytest.mark.parametrize("bad", ["Late", "9lives", "", "too-loud", "a" * 25, "späť"])
def test_an_id_is_what_the_night_file_can_carry(bad: str) -> None:
    assert f"reasons.{bad}: an id is at most 24 of a-z, 0-9 and _, with a letter first" in refusal({bad: TOO_LOUD})


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"sai": "Sorry"}, "reasons.late.sai: no such key; nearest: say"),
        ({"id": "late"}, "reasons.late.id: no such key; nearest: hidden"),
        ({"say": ["Sorry"]}, "reasons.late.say must be text in quotes, not ['Sorry']"),
        ({"say": ""}, "reasons.late.say must not be empty"),
        ({"say": "x" * 91}, "reasons.late.say is 91 characters long, 90 is the most"),
        ({"act": "x" * 71}, "reasons.late.act is 71 characters long, 70 is the most"),
        ({"act": "one\ntwo"}, "reasons.late.act must fit in 1 line"),
        ({"name": "\x07Late"}, "reasons.late.name holds the control character U+0007"),
        ({"name": "Far, far too late"}, "reasons.late.name is 17 columns wide, 14 fit on the key"),
        ({"name": "たいへんお待たせ"}, "reasons.late.name is 16 columns wide, 14 fit on the key"),
        ({"hidden": "yes"}, "reasons.late.hidden must be true or false, not 'yes'"),
        ({"remade_default": 1}, "reasons.late.remade_default must be true or false, not 1"),
        ({"key": 10}, f"reasons.late.key must be one of {', '.join(KEYS)}, not 10"),
        ({"key": "q"}, f"reasons.late.key must be one of {', '.join(KEYS)}, not 'q'"),
        ({"key": True}, f"reasons.late.key must be one of {', '.join(KEYS)}, not True"),
    ],
)
def test_a_value_the_counter_cannot_use_is_refused_in_one_line(own: dict[str, object], message: str) -> None:
    assert refusal({"late": own}) == message


def test_a_name_in_devanagari_is_measured_as_it_is_drawn() -> None:
    assert reason("late", {"late": {"name": "बहुत इंतज़ार"}}).name == "बहुत इंतज़ार"


@pytest.mark.parametrize("key", ["say", *PLAYBOOK])
def test_no_line_may_sell_or_ask(key: str) -> None:
    message = refusal({"late": {key: "Offer an upgrade."}})
    assert message == f"reasons.late.{key}: 'upgrade' asks or sells something; a recovery has no strings"
    assert "'with purchase' asks or sells" in refusal({"late": {key: "A cookie with purchase."}})


def test_the_line_that_says_what_never_to_do_may_name_it() -> None:
    assert reason("late", {"late": {"never": "Never upsell."}}).never == "Never upsell."


def test_a_settings_file_with_a_sentence_for_a_table_is_refused() -> None:
    with pytest.raises(ReasonsError, match=r"reasons\.late must be a table, not 'Sorry'"):
        load_reasons({"late": "Sorry"})  # type: ignore[dict-item]
