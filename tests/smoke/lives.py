"""The lives the smoke leads over HTTP: some ordinary, some sent twice, some fought over."""

import asyncio
from dataclasses import dataclass, field

import httpx2

from store.people import CitizenPerson, StaffPerson
from tests.smoke.caller import Body, Caller
from tests.smoke.ledger import CONFLICT, CREATED, OK, Intent, Ledger
from tests.smoke.town import Town

CANARY = "canary-of-the-smoke"
"""Stands in everything that a person writes, and must stand nowhere but in PostgreSQL."""

_REUSED = 422
_ITEM: Body = {
    "dose_now": CANARY,
    "taken_as_prescribed": True,
    "effect": "good",
    "side_effects": False,
    "supply_left_days": 20,
}
_RENEWAL: Body = {
    "addictive_declared": False,
    "prescribed_by": "this_unit",
    "contact_phone": "+46701740605",
    "message": CANARY,
}
_RESOLVE: Body = {
    "outcome": "approved",
    "text": CANARY,
    "documented_in_record": "yes",
    "qualified_contact": False,
}


@dataclass(frozen=True, slots=True)
class Lives:
    """Leads numbered lives; the number says what is special about one."""

    town: Town
    client: httpx2.AsyncClient
    ledger: Ledger
    waiting: dict[int, str] = field(default_factory=dict)
    """What each unfinished life waits for."""

    async def live(self, number: int) -> None:
        """Submit, be taken, and then be asked, answered or resolved."""
        citizen = self.town.citizen(number)
        self.waiting[number] = "to be accepted"
        case_id = await self._submit(citizen, number)
        physicians = self.town.physicians_of(citizen)
        self.waiting[number] = f"{case_id} to be queued"
        await self._caller(physicians[0]).read_until(f"/v1/cases/{case_id}", "queued")
        case = _Case(number, case_id, twice=number % 4 == 1)
        taker = await self._taken_by(case, physicians)
        if number % 3 != 0:
            await self._send(case, taker, "ask-patient", {"text": CANARY})
            await self._send(case, self._caller(citizen), "answer", {"text": CANARY})
        if number % 3 != 2:
            await self._send(case, taker, "resolve", _RESOLVE)
        del self.waiting[number]

    async def _submit(self, citizen: CitizenPerson, number: int) -> str:
        """Submit; every fifth life twice at once, every twentieth then with another body."""
        caller, key = self._caller(citizen), f"life-{number}"
        case_id = self.town.case_id(citizen, key)
        intent = Intent(key, "submit", case_id)
        item: Body = {**_ITEM, "not_found_text": f"Medicine {number}"}
        renewal: Body = {**_RENEWAL, "items": [item]}
        body: Body = {"service": "prescription_renewal", "answers": renewal}
        tries = [caller.post("/v1/cases", body, intent, {OK, CREATED})]
        if number % 5 == 0:
            tries.append(caller.send("/v1/cases", body, key, {OK, CREATED}))
        answers = await asyncio.gather(*tries)
        if number % 20 == 7:
            other: Body = {**body, "answers": {**renewal, "message": "other"}}
            await caller.send("/v1/cases", other, key, {_REUSED})
        assert {answer.json()["case_id"] for answer in answers} == {case_id}
        assert sum(answer.status_code == CREATED for answer in answers) <= 1
        return case_id

    async def _taken_by(self, case: "_Case", physicians: list[StaffPerson]) -> Caller:
        """Let one physician take the case, or two in every seventh life; return who has it."""
        wanting = [self._caller(one) for one in physicians[: 2 if case.number % 7 == 0 else 1]]
        statuses = await asyncio.gather(
            *(
                self._send(case, caller, "take", {}, as_number=position)
                for position, caller in enumerate(wanting)
            )
        )
        assert statuses.count(OK) == 1
        return wanting[statuses.index(OK)]

    async def _send(
        self, case: "_Case", caller: Caller, message: str, body: Body, as_number: int = 0
    ) -> int:
        self.waiting[case.number] = f"{case.case_id} {message}"
        intent = Intent(f"life-{case.number}-{message}-{as_number}", message, case.case_id)
        path = f"/v1/cases/{case.case_id}/{message}"
        lasts = {OK, CONFLICT} if message == "take" else {OK}
        tries = [caller.post(path, body, intent, lasts)]
        if case.twice:
            tries.append(caller.send(path, body, intent.key, lasts))
        first, *again = await asyncio.gather(*tries)
        assert all(answer.status_code == first.status_code for answer in again)
        return first.status_code

    def _caller(self, person: CitizenPerson | StaffPerson) -> Caller:
        return Caller(self.client, self.town.token(person), self.ledger)


@dataclass(frozen=True, slots=True)
class _Case:
    number: int
    case_id: str
    twice: bool
