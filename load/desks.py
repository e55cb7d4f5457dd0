"""A desk: staff come to it one after another, look into their inbox and work off what waits."""

from collections.abc import Collection

from load.calling import Body
from load.chance import Chance, chance_of
from load.stage import Stage
from load.town import Place
from store.people import StaffPerson

_STARTS_WITHIN = 5.0
_STAYS = (20.0, 40.0)
_LOOKS_AGAIN = (3.0, 6.0)
_READS = (0.5, 2.0)
_DECIDES = (1.0, 4.0)


async def staff_desk(stage: Stage, number: int) -> None:
    """Keep desk *number* staffed until the part is over; all minutes are drawn."""
    chance = chance_of(stage.seed, "desk", number)
    if not await stage.clock.pause(chance.uniform(0, _STARTS_WITHIN)):
        return
    is_open = True
    while is_open:
        person = stage.office.sit()
        is_open = await _sitting(stage, person, chance)
        stage.office.leave(person)


async def _sitting(stage: Stage, person: StaffPerson, chance: Chance) -> bool:
    """Let *person* work for a while; False when the part is over.

    The first look is at the list, later ones at the counts unless there is something to do.
    """
    token = stage.town.token(person)
    leaves_after = stage.clock.now().total_seconds() / 60 + chance.uniform(*_STAYS)
    has_news = True
    while stage.clock.now().total_seconds() / 60 < leaves_after:
        if has_news or stage.office.answers_call(person):
            inbox = await stage.calls.get("read_inbox", "/v1/inbox", token)
            if not await _work_off(stage, person, inbox, chance):
                return False
        if not await stage.clock.pause(chance.uniform(*_LOOKS_AGAIN)):
            return False
        counts = await stage.calls.get("count_inbox", "/v1/inbox/counts", token)
        has_news = counts is not None and counts["queued"] > 0
    return True


async def _work_off(stage: Stage, person: StaffPerson, inbox: Body | None, chance: Chance) -> bool:
    for item in inbox["items"] if inbox else ():
        is_theirs = item["state"] == "assigned" and item["assigned_to"] == person.hsa_id
        if not (is_theirs or may_take(person, item, stage.town.needs_prescriber)):
            continue
        if is_theirs or await stage.send(person, "take", item["case_id"], {}):
            await _handle(stage, person, item, chance)
        if not await stage.clock.pause(chance.uniform(*_DECIDES)):
            return False
    return True


def may_take(person: StaffPerson, item: Body, needs_prescriber: Collection[str]) -> bool:
    """Whether nobody has the case and it was not handed over, by those like *person*, to others."""
    is_prepared = item["handed_over_at"] is not None
    holds_role = item["handled_by"]["role"]["code"] in person.roles
    decides = holds_role and (person.prescriber or item["service"] not in needs_prescriber)
    return item["state"] == "queued" and (decides or not is_prepared)


async def _handle(stage: Stage, person: StaffPerson, item: Body, chance: Chance) -> None:
    """Read a case and do what it needs: move it, ask about it, hand it over or decide it."""
    case_id = item["case_id"]
    await stage.calls.get("open_case", f"/v1/cases/{case_id}", stage.town.token(person))
    if not await stage.clock.pause(chance.uniform(*_READS)):
        return
    errand = stage.errands.get(case_id)
    place = (item["handled_by"]["unit"]["hsa_id"], item["handled_by"]["role"]["code"])
    if errand and errand.is_transferred and stage.is_first("transfer", case_id):
        await _transfer(stage, person, case_id, place, chance)
    elif errand and errand.is_asked and stage.is_first("ask-patient", case_id):
        stage.asked_by[case_id] = person.hsa_id
        await stage.send(person, "ask-patient", case_id, {"text": "Since when do you take it?"})
    elif place[1] not in person.roles:
        await _hand_over(stage, person, case_id, place)
    else:
        await stage.send(person, "resolve", case_id, _outcome(stage, person, item["service"]))


async def _transfer(
    stage: Stage, person: StaffPerson, case_id: str, place: Place, chance: Chance
) -> None:
    role = chance.choice(stage.town.other_roles(place))
    body = {"role": role, "reason": "This is for other hands."}
    if await stage.send(person, "transfer", case_id, body):
        stage.office.tell((place[0], role))


async def _hand_over(stage: Stage, person: StaffPerson, case_id: str, place: Place) -> None:
    """Give what *person* may only prepare to those who hold the case's role."""
    body = {"note": "Prepared, for you to decide."}
    if await stage.send(person, "hand-over", case_id, body):
        stage.office.tell(place)


def _outcome(stage: Stage, person: StaffPerson, service: str) -> Body:
    """Approve, or have the patient contacted where approving takes a prescriber."""
    may_approve = person.prescriber or service not in stage.town.needs_prescriber
    return {
        "outcome": "approved" if may_approve else "requires_contact",
        "text": "Your case has been decided.",
        "documented_in_record": "yes",
        "qualified_contact": False,
    }
