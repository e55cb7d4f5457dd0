"""An ordinary life: a prescription renewal that is taken, asked about, answered and approved."""

from datetime import UTC, datetime
from uuid import uuid4

from pydantic import JsonValue

from bench.stack import Bench
from domain.actors import Actor, ActorKind
from domain.messages import Answer, AnyMessage, AskPatient, Documented, Resolve, Take
from domain.region import form_of
from domain.submission import CaseId, Submission
from domain.vocabulary import Outcome
from store.people import StaffPerson

SERVICE = "prescription_renewal"
MESSAGES = 4
"""How many messages a life takes after its submission."""


def submission(bench: Bench, number: int) -> Submission:
    """Return what citizen *number*, counted round, sends now: another product in each round."""
    now = datetime.now(UTC)
    turn, place = divmod(number, len(bench.citizens))
    citizen = bench.citizens[place]
    entry = bench.region.catalogue.find_service(SERVICE)
    if entry is None:
        raise LookupError(SERVICE)
    example = form_of(entry).examples(bench.region.occasion(entry, None, now))[0]
    return Submission(
        case_id=CaseId(str(uuid4())),
        service=SERVICE,
        answers=_of_product(example, bench.npl_ids[turn % len(bench.npl_ids)]),
        patient=citizen.identity,
        submitted_by=citizen.identity,
        received_at=now,
        fingerprint="bench",
    )


def _of_product(answers: dict[str, JsonValue], npl_id: str) -> dict[str, JsonValue]:
    match answers["items"]:
        case [dict() as first, *_]:
            return {**answers, "items": [{**first, "npl_id": npl_id}]}
        case _:
            raise LookupError(SERVICE)


def messages(bench: Bench, submitted: Submission) -> tuple[AnyMessage, ...]:
    """Return what happens to the case after it, in order."""
    unit = next(
        person.listed_unit for person in bench.citizens if person.identity == submitted.patient
    )
    physician = _staff(bench.physicians[unit or ""])
    patient = Actor(kind=ActorKind.CITIZEN, id=submitted.patient)
    return (
        Take(action_id="take", actor=physician),
        AskPatient(action_id="ask", actor=physician, text="Since when do you take it?"),
        Answer(action_id="answer", actor=patient, text="Since the spring."),
        Resolve(
            action_id="resolve",
            actor=physician,
            outcome=Outcome.APPROVED,
            text="Renewed for a year.",
            documented_in_record=Documented.YES,
            qualified_contact=False,
        ),
    )


def _staff(person: StaffPerson) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=person.hsa_id,
        commission=person.commission,
        unit=person.unit,
        roles=person.roles,
        prescriber=person.prescriber,
    )
