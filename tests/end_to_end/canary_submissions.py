"""Submits every example of every service, with a canary in each of its texts."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import cycle

import httpx2

from tests.api.people import CHILD, ERIK, GORAN, GUARDIAN, HENRIK, PERNILLA, ULRIKA
from tests.end_to_end.canary_calls import Front, Json
from tests.end_to_end.canary_forms import FormSchema, as_before
from tests.end_to_end.canary_words import Canaries

CITIZENS = (HENRIK, GORAN, PERNILLA, ULRIKA, ERIK)
PEOPLE = (*CITIZENS, GUARDIAN, CHILD)
_MOST_TRIES = 40


@dataclass(frozen=True)
class Submitter:
    """Sends forms until they are taken; `written` and `accepted` are paths of texts."""

    front: Front
    canaries: Canaries
    citizens: Iterator[str] = field(default_factory=lambda: cycle(CITIZENS))
    written: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)

    async def submit_everything(self) -> AsyncIterator[tuple[str, str]]:
        """Yield the citizen and the case id of each example that was accepted."""
        listed = (await self.front.call("GET", "/v1/services", {})).json()["items"]
        for service in listed:
            code = service["code"]
            told = (await self.front.call("GET", f"/v1/services/{code}", {})).json()
            form = FormSchema(code, told["form"])
            self.written.update(form.texts())
            for example in told["examples"]:
                yield await self.submit(form, example)

    async def submit(
        self, form: FormSchema, example: Json, citizen: str = "", **fields: str
    ) -> tuple[str, str]:
        """Submit *example*, filled, for a citizen or the next one; return who and which case."""
        citizen = citizen or next(self.citizens)
        answers = form.filled(example, self.canaries)
        body: Json = {"service": form.code, "answers": answers, **fields}
        token, told = self.front.citizen_token(citizen), ""
        for _ in range(_MOST_TRIES):
            answer = await self.front.post(token, "/v1/cases", body)
            told = answer.text
            if answer.status_code == 201:
                sent = json.dumps(body["answers"], ensure_ascii=False)
                made = self.canaries.made.items()
                self.accepted.update(purpose for text, purpose in made if text in sent)
                return citizen, str(answer.json()["case_id"])
            body = _mended(body, example, answer)
        raise AssertionError(f"{form.code} is never accepted: {told}")


def _mended(body: Json, example: Json, answer: httpx2.Response) -> Json:
    told = answer.json()
    if told["code"] == "duplicate_suspected":
        return body | {"not_duplicate_of": told["duplicates"]}
    assert told["code"] == "invalid_answers", answer.text
    pointers = [error["pointer"] for error in told["errors"]]
    return body | {"answers": as_before(body["answers"], example, pointers[0])}
