"""Who plays in the demo: a citizen, and the physician who holds the role a renewal goes to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from runtime.region import load_region
from runtime.settings import Settings
from store.people import CitizenPerson, Person, StaffPerson, list_people
from store.pool import open_pool

RENEWAL = "prescription_renewal"


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of the story; both belong to one unit. `zone` is their local time."""

    citizen: CitizenPerson
    physician: StaffPerson
    zone: ZoneInfo


async def find_cast(settings: Settings) -> Cast:
    """Return ordinary people of the region's registers."""
    region = load_region(settings.region_dir)
    catalogue, calendar = region.catalogue, region.calendars.default
    role = next(entry.handling.role for entry in catalogue.services if entry.code == RENEWAL)
    async with await open_pool(settings.database_url, 1) as pool, pool.acquire() as conn:
        people = await list_people(
            conn,
            special=False,
            service_roles=catalogue.routed_roles(),
            leading_roles=tuple(catalogue.system_roles.model_dump().values()),
            on=calendar.local_day(datetime.now(UTC)),
        )
    return _choose(people, role, ZoneInfo(calendar.zone))


def _choose(people: list[Person], role: str, zone: ZoneInfo) -> Cast:
    citizen = next(person for person in people if isinstance(person, CitizenPerson))
    staff = (person for person in people if isinstance(person, StaffPerson))
    physician = next(
        person for person in staff if person.unit == citizen.listed_unit and role in person.roles
    )
    return Cast(citizen=citizen, physician=physician, zone=zone)
