"""Sends every message there is, with a canary in each of its texts."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from api.schemas.messages import MESSAGES
from tests.api.people import COORDINATOR, HENRIK, NURSE, NURSE_ROLE, PHYSICIANS
from tests.end_to_end.canary_calls import Front, Json
from tests.end_to_end.canary_forms import FormSchema
from tests.end_to_end.canary_words import Canaries

_PATIENCE_SECONDS = 30
_TAKEN_IN = {200, 202}
_DECLINED = {
    "outcome": "requires_contact",
    "documented_in_record": "yes",
    "qualified_contact": False,
}

_NEEDED: dict[str, Json] = {
    "assign": {"to": PHYSICIANS[1].hsa_id},
    "hand-over": {"to": PHYSICIANS[0].hsa_id},
    "resolve": _DECLINED,
}


def texts_of_messages() -> set[str]:
    """Return the path of every text that a message of any kind may hold."""
    return {path for name in MESSAGES for path in _schema(name).texts()} - _CODES


def _schema(name: str) -> FormSchema:
    return FormSchema(name, MESSAGES[name][0].model_json_schema())


_CODES = {"transfer/TransferBody.role"}
"""Written like a text, but only a code of the role catalogue is taken."""


@dataclass(frozen=True)
class Conversation:
    """Says everything about the cases of one citizen; `sent` are paths of texts that were taken."""

    front: Front
    canaries: Canaries
    sent: set[str] = field(default_factory=set)

    async def say_everything(self, whole: str, moved: str, kept: str, merged: str) -> None:
        """Lead one case through every message, move another and merge one into *kept*."""
        physician, other = (self.front.staff_token(one) for one in PHYSICIANS[:2])
        nurse, coordinator = (self.front.staff_token(one) for one in (NURSE, COORDINATOR))
        citizen = self.front.citizen_token(HENRIK)
        for case_id in (whole, moved, kept, merged):
            await self._until_queued(citizen, case_id)
        for who, name in (
            *((nurse, "take"), (nurse, "hand-over")),
            *((physician, "note"), (physician, "mark-urgent")),
            *((physician, "ask-patient"), (citizen, "answer"), (physician, "reply")),
            *((coordinator, "assign"), (other, "return"), (physician, "take")),
            *((physician, "resolve"), (citizen, "reopen"), (citizen, "withdraw")),
        ):
            await self._send(who, whole, name, {})
        await self._send(physician, moved, "transfer", {"role": NURSE_ROLE})
        await self._send(physician, merged, "merge", {"into": kept})

    async def _send(self, token: str, case_id: str, name: str, given: Mapping[str, Json]) -> None:
        needed = _NEEDED.get(name, {})
        filled = _schema(name).filled({}, self.canaries) | needed | dict(given)
        body = {key: value for key, value in filled.items() if key != "role"} | dict(given)
        answer = await self.front.post(token, f"/v1/cases/{case_id}/{name}", body)
        assert answer.status_code in _TAKEN_IN, (name, answer.text)
        texts = {value for value in body.values() if isinstance(value, str)}
        self.sent.update(self.canaries.made[text] for text in texts & self.canaries.made.keys())

    async def _until_queued(self, token: str, case_id: str) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                listed = (await self.front.get(token, "/v1/cases?limit=100")).json()["items"]
                if (case_id, "queued") in {(one["case_id"], one["state"]) for one in listed}:
                    return
                await asyncio.sleep(0.1)
