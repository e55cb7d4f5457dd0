"""After the secret of case ids was changed: what was begun before is known, and stays one case."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic import SecretStr

from runtime.settings import Settings, WrongSettingsError, load_settings
from tests.api.calling import RENEWAL, Api, new_key, serving
from tests.api.conftest import IdleTemporal, MakeSettings
from tests.api.people import GORAN, PERNILLA
from tests.api.test_closed_cases import close
from tests.api.test_erased_cases import erase

pytestmark = pytest.mark.asyncio(loop_scope="session")

_NEXT = SecretStr("the-next-secret-of-case-ids-is-long-enough")


def rotated(settings: Settings, **former: SecretStr) -> Settings:
    """Return the same stack's settings with another secret, and with *former* ones."""
    return settings.model_copy(update={"case_id_secret": _NEXT, **former})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def later(served: Settings) -> AsyncIterator[Api]:
    """The API of the stack that `api` serves, after a rotation that kept the former secret."""
    async with serving(rotated(served, case_id_secrets_old=served.case_id_secret)) as running:
        yield running


async def test_a_key_of_before_leads_to_the_case_it_began(api: Api, later: Api) -> None:
    key = new_key()
    first = await api.citizen(GORAN).submit(key=key, prefer="wait=2")

    again = await later.citizen(GORAN).submit(key=key)
    other = await later.citizen(GORAN).submit(RENEWAL | {"message": "Another"}, key=key)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["case_id"] == first.json()["case_id"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_instances_on_both_sides_of_the_change_find_each_others_cases(
    served: Settings, later: Api
) -> None:
    """What the first of the two restarts is for."""
    key = new_key()
    async with serving(served.model_copy(update={"case_id_secrets_old": _NEXT})) as sooner:
        begun_later = await later.citizen(PERNILLA).submit(key=key)
        found_sooner = await sooner.citizen(PERNILLA).submit(key=key)

    assert (begun_later.status_code, found_sooner.status_code) == (201, 200)
    assert begun_later.json()["case_id"] == found_sooner.json()["case_id"]


async def test_without_the_former_secret_the_same_key_is_another_case(
    served: Settings, api: Api
) -> None:
    """What the former secrets are kept for: this is what is lost without them."""
    key = new_key()
    first = await api.citizen(PERNILLA).submit(key=key)

    async with serving(rotated(served)) as forgetful:
        again = await forgetful.citizen(PERNILLA).submit(key=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["case_id"] != again.json()["case_id"]


async def test_a_new_key_begins_a_case_once(later: Api) -> None:
    key = new_key()

    first = await later.citizen(GORAN).submit(key=key)
    second = await later.citizen(GORAN).submit(key=key)

    assert (first.status_code, second.status_code) == (201, 200)


async def test_a_key_of_before_never_counts_as_a_new_case(served: Settings, api: Api) -> None:
    key = new_key()
    begun = (await api.citizen(GORAN).submit(key=key)).json()["case_id"]
    limited = rotated(served, case_id_secrets_old=served.case_id_secret)

    async with serving(limited.model_copy(update={"limit_submits_per_hour": 1})) as strict:
        citizen = strict.citizen(GORAN)
        before = [await citizen.submit(key=key) for _ in range(3)]
        new = [await citizen.submit(key=new_key()) for _ in range(2)]
        after = await citizen.submit(key=key)
        reused = await citizen.submit(RENEWAL | {"message": "Another"}, key=key)

    assert [answer.status_code for answer in (*before, after)] == [200] * 4
    assert {answer.json()["case_id"] for answer in (*before, after)} == {begun}
    assert [answer.status_code for answer in new] == [201, 429]
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("also_in_temporal", [True, False], ids=["gone", "still in Temporal"])
async def test_a_key_of_before_whose_case_was_erased_is_spent(
    api: Api, later: Api, database: str, also_in_temporal: bool
) -> None:
    key = new_key()
    case_id = (await api.citizen(GORAN).submit_admitted(key=key))["case_id"]
    assert (await api.citizen(GORAN).send(case_id, "withdraw")).status_code == 200
    await close(api, database, case_id)

    await erase(api, database, case_id, also_in_temporal=also_in_temporal)

    answers = [
        await later.citizen(GORAN).submit(key=key),
        await later.citizen(GORAN).submit(RENEWAL | {"message": "Another"}, key=key),
    ]
    told = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert told == [(410, "case_erased")] * 2


async def test_owners_of_before_find_a_case_that_no_worker_has_touched(
    make_settings: MakeSettings, idle_temporal: IdleTemporal, database: str
) -> None:
    before = make_settings(database, idle_temporal.port)
    after = rotated(before, case_id_secrets_old=before.case_id_secret)
    key = new_key()
    async with serving(before) as old, serving(after) as new:
        first = await old.citizen(GORAN).submit(key=key)
        path = first.headers["Location"]
        again = await new.citizen(GORAN).submit(key=key)
        read = await new.citizen(GORAN).get(path)
        stranger = await new.citizen(PERNILLA).get(path)

    assert (first.status_code, again.status_code, read.status_code) == (201, 200, 200)
    assert again.json()["case_id"] == read.json()["case_id"] == first.json()["case_id"]
    assert stranger.status_code == 404


async def test_a_key_of_before_is_known_while_postgresql_is_away(
    served: Settings, api: Api
) -> None:
    key = new_key()
    first = await api.citizen(GORAN).submit(key=key)
    away = served.model_copy(update={"database_url": "postgres://nobody@127.0.0.1:1/none"})

    async with serving(rotated(away, case_id_secrets_old=served.case_id_secret)) as later_api:
        again = await later_api.citizen(GORAN).submit(key=key)

    assert again.status_code == 200
    assert again.json()["case_id"] == first.json()["case_id"]


async def test_a_former_secret_that_is_too_short_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, served: Settings
) -> None:
    monkeypatch.setenv("ARENDE_DATA_DIR", str(served.data_dir))
    monkeypatch.setenv("ARENDE_CASE_ID_SECRETS_OLD", f"{'a' * 32} short-one")

    with pytest.raises(WrongSettingsError, match="ARENDE_CASE_ID_SECRETS_OLD") as refusal:
        load_settings("local")

    assert "short-one" not in str(refusal.value)
