"""The people of the smoke: ordinary citizens, and the physicians their renewals go to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from domain.submission import CaseId, derive_case_id
from runtime.issuer import LocalIssuer
from runtime.local_defaults import LOCAL_ISSUER
from runtime.region import load_region
from runtime.settings import Settings
from store.people import CitizenPerson, Person, StaffPerson, list_people
from store.pool import open_pool

_ROLE = "PV/lakare/recept"


@dataclass(frozen=True, slots=True)
class Town:
    """Citizens in turn, and at least two prescribers at the unit of each."""

    settings: Settings
    citizens: Sequence[CitizenPerson]
    physicians: dict[str, list[StaffPerson]]

    def citizen(self, number: int) -> CitizenPerson:
        """Return citizen *number*, counted round."""
        return self.citizens[number % len(self.citizens)]

    def physicians_of(self, citizen: CitizenPerson) -> list[StaffPerson]:
        """Return those who may renew for *citizen*."""
        return self.physicians[citizen.listed_unit or ""]

    def case_id(self, citizen: CitizenPerson, key: str) -> CaseId:
        """Return the case that *key* of *citizen* must lead to."""
        secret = self.settings.case_id_secret.get_secret_value().encode()
        return derive_case_id(secret, LOCAL_ISSUER, citizen.identity, key)

    def token(self, person: Person) -> str:
        """Return a bearer token for *person*."""
        issuer, now = LocalIssuer(self.settings), datetime.now(UTC)
        if isinstance(person, CitizenPerson):
            return issuer.citizen_token(person.identity, now)
        return issuer.staff_token(person.hsa_id, person.commission, now)


async def read_town(settings: Settings) -> Town:
    """Read the people from the registers of a running stack."""
    region = load_region(settings.region_dir)
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        people = await list_people(
            conn,
            special=False,
            service_roles=region.catalogue.routed_roles(),
            leading_roles=tuple(region.catalogue.system_roles.model_dump().values()),
            on=region.calendars.default.local_day(datetime.now(UTC)),
        )
    staff = [person for person in people if isinstance(person, StaffPerson)]
    prescribers = [one for one in staff if _ROLE in one.roles and one.prescriber]
    by_unit = groupby(prescribers, key=lambda person: person.unit or "")
    return Town(
        settings=settings,
        citizens=[person for person in people if isinstance(person, CitizenPerson)],
        physicians={unit: list(group) for unit, group in by_unit},
    )
