"""A citizen: reads the form, submits, looks now and then, and answers when asked."""

from typing import Any

from load.calling import NO_ANSWER, REFUSED, Body
from load.chance import Chance, chance_of
from load.mix import Errand
from load.stage import Stage
from store.people import CitizenPerson

_RENEWAL = "prescription_renewal"
_MOST_LOOKS = 12
_OVER = {"resolved", "closed", "rejected"}
_WAITS = {"Prefer": "wait=2"}

_FILLS_IN = (2.0, 8.0)
_LOOKS_AGAIN = (10.0, 40.0)
_ANSWERS_AFTER = (5.0, 30.0)
_CREATED = {200, 201}


async def live(stage: Stage, errand: Errand, citizen: CitizenPerson) -> None:
    """Lead *errand* from its form to its outcome, or to the end of the part; minutes are drawn."""
    submitted = await _submit(stage, errand, citizen)
    if submitted is None:
        return
    case_id = submitted["case_id"]
    stage.errands[case_id] = errand
    _tell(stage, submitted)
    await _follow(stage, case_id, citizen, chance_of(stage.seed, "follow", errand.number))


async def _submit(stage: Stage, errand: Errand, citizen: CitizenPerson) -> Body | None:
    """Send the form; when asked whether it repeats a case, say no and send it again."""
    form = await stage.calls.get("read_form", f"/v1/services/{errand.service}")
    if form is None:
        return None
    body: Body = {"service": errand.service, "answers": _answers(stage, errand, form["examples"])}
    status, told = await _post(stage, errand, citizen, body)
    if status == REFUSED and "duplicates" in told:
        stage.refused("submit", told)
        body["not_duplicate_of"] = told["duplicates"]
        status, told = await _post(stage, errand, citizen, body)
    key = _key(errand)
    if status in _CREATED:
        stage.ledger.cases[key] = told["case_id"]
        return told
    if status == NO_ANSWER:
        stage.ledger.undecided.add(key)
    else:
        stage.refused("submit", told)
    return None


async def _post(
    stage: Stage, errand: Errand, citizen: CitizenPerson, body: Body
) -> tuple[int, Body]:
    token = stage.town.token(citizen)
    return await stage.calls.post("submit", "/v1/cases", body, token, _key(errand), **_WAITS)


def _key(errand: Errand) -> str:
    return f"errand-{errand.number}"


def _answers(stage: Stage, errand: Errand, examples: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one of the *examples*, of a drawn medicine; a repeat draws what its original drew."""
    number = errand.number if errand.repeats is None else errand.repeats
    chance = chance_of(stage.seed, "answers", number)
    answers = chance.choice(examples)
    if errand.service != _RENEWAL:
        return answers
    first, *others = answers["items"]
    named = {**first, "npl_id": chance.choice(stage.town.npl_ids)}
    return {**answers, "items": [named, *others]}


async def _follow(stage: Stage, case_id: str, citizen: CitizenPerson, chance: Chance) -> None:
    """Look at the case until it is over; each look also stands for the notices that went out."""
    for _ in range(_MOST_LOOKS):
        if not await stage.clock.pause(chance.uniform(*_LOOKS_AGAIN)):
            return
        case = await stage.calls.get("read_case", f"/v1/cases/{case_id}", stage.town.token(citizen))
        if case is None:
            continue
        if case["state"] in _OVER:
            await _read_events(stage, case_id, citizen)
            return
        if case["state"] == "awaiting_patient":
            await _answer(stage, case_id, citizen, chance)
        _tell(stage, case)


async def _read_events(stage: Stage, case_id: str, citizen: CitizenPerson) -> None:
    path = f"/v1/cases/{case_id}/events"
    await stage.calls.get("read_events", path, stage.town.token(citizen))


async def _answer(stage: Stage, case_id: str, citizen: CitizenPerson, chance: Chance) -> None:
    if not await stage.clock.pause(chance.uniform(*_ANSWERS_AFTER)):
        return
    if await stage.send(citizen, "answer", case_id, {"text": "Since the spring."}):
        stage.office.call(stage.asked_by[case_id])


def _tell(stage: Stage, case: Body) -> None:
    place = case["handled_by"]
    if place is not None and case["state"] == "queued":
        stage.office.tell((place["unit"]["hsa_id"], place["role"]["code"]))
