"""A message takes effect once: what was answered before is answered again."""

import pytest

from domain.legality import Refusal
from domain.messages import AnyMessage, Assign, Colleague, Destination, Transfer
from domain.seen import REMEMBERED, Seen, digest_of, earlier_answer, remembered
from tests.unit import case_samples as samples
from tests.unit.opening_samples import HEALTH_CENTRE

TAKE = samples.take()


def answered(message: AnyMessage, refusal: Refusal | None = None, rev: int = 3) -> dict[str, Seen]:
    return remembered({}, message, Seen(digest=digest_of(message), refusal=refusal, rev=rev))


def test_new_action_id_has_no_answer_yet() -> None:
    assert earlier_answer({}, TAKE) is None


@pytest.mark.parametrize("refusal", [None, Refusal.NOT_LAWFUL_NOW])
def test_same_message_is_answered_the_same(refusal: Refusal | None) -> None:
    again = earlier_answer(answered(TAKE, refusal), TAKE)

    assert again is not None
    assert (again.refusal, again.rev) == (refusal, 3)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(TAKE.model_copy(update={"reason": "Other"}), id="other content"),
        pytest.param(TAKE.model_copy(update={"actor": samples.HOLDER}), id="other sender"),
        pytest.param(
            samples.ask().model_copy(update={"action_id": TAKE.action_id}), id="other kind"
        ),
    ],
)
def test_used_action_id_with_another_message_is_refused(other: AnyMessage) -> None:
    again = earlier_answer(answered(TAKE), other)

    assert again is not None
    assert again.refusal is Refusal.ACTION_ID_REUSED


def test_new_list_of_words_makes_no_other_message_of_a_repeated_one() -> None:
    said = samples.answer()
    again = said.model_copy(update={"red_flag_words": True})

    assert digest_of(again) == digest_of(said)


def assign(*roles: str) -> Assign:
    colleague = Colleague(id="SE0000000001-D2", unit=samples.UNIT, roles=roles)
    return Assign(
        action_id="a", actor=samples.COORDINATOR, to=samples.HOLDER.id, colleague=colleague
    )


def transfer(version: str) -> Transfer:
    calendar = HEALTH_CENTRE.model_copy(update={"version": version})
    destination = Destination(route=samples.route(), calendar=calendar)
    return Transfer(action_id="a", actor=samples.MANAGER, reason="r", destination=destination)


@pytest.mark.parametrize(
    ("first", "retried"),
    [
        pytest.param(assign("one"), assign("one", "two"), id="the colleague's roles"),
        pytest.param(transfer("1"), transfer("2"), id="the calendar"),
        pytest.param(
            TAKE,
            TAKE.model_copy(
                update={"actor": samples.ASSIGNEE.model_copy(update={"roles": ("other",)})}
            ),
            id="the sender's roles",
        ),
        pytest.param(
            TAKE, TAKE.model_copy(update={"expected_rev": 7}), id="the rev it was seen at"
        ),
    ],
)
def test_what_was_looked_up_anew_does_not_make_a_retry_another_message(
    first: AnyMessage, retried: AnyMessage
) -> None:
    assert digest_of(first) == digest_of(retried)


def test_target_chosen_by_the_sender_is_part_of_the_message() -> None:
    there = transfer("1").model_copy(update={"unit": samples.OTHER_UNIT})

    assert digest_of(there) != digest_of(transfer("1"))


def test_the_last_five_hundred_are_remembered() -> None:
    seen: dict[str, Seen] = {}
    takes = [TAKE.model_copy(update={"action_id": f"t-{number}"}) for number in range(502)]
    for take in takes:
        seen = remembered(seen, take, Seen(digest=digest_of(take), refusal=None, rev=1))

    assert len(seen) == REMEMBERED
    assert next(iter(seen)) == "t-2"
