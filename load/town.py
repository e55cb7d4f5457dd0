"""The people of the play: adults of well staffed units, and the staff of those units."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bench.stack import Bench
from domain.catalogue import HandlingRules
from domain.submission import age_on
from domain.vocabulary import Outcome
from load.chance import Chance
from load.clock import wall_time
from load.mix import Errand
from runtime.issuer import LIFETIME, LocalIssuer
from store.people import CitizenPerson, Person, StaffPerson, list_people
from store.pool import open_pool

STAFF_AT_ONCE = 150
"""How many of the region's staff work with cases at once [domain 10]."""
HEALTH_CENTRES = 42
"""Where they sit [S5]."""

_STILL_ORDINARY = {"", "adult outside 25 to 60", "guardian of a child"}
_CONTRACEPTION = "contraception"
_CONTRACEPTION_ENDS_AT = 50
_SIGN_IN_AGAIN = LIFETIME - timedelta(minutes=10)

Place = tuple[str, str]
"""An inbox: a unit and a role there."""


@dataclass(slots=True)
class Town:
    """Who there is. `needs_prescriber` are the services where approving takes one."""

    citizens: tuple[CitizenPerson, ...]
    staff: tuple[StaffPerson, ...]
    holders: dict[Place, tuple[StaffPerson, ...]]
    needs_prescriber: frozenset[str]
    npl_ids: tuple[str, ...]
    issuer: LocalIssuer
    _tokens: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def token(self, person: Person) -> str:
        """Return a token for *person*, who signs in again before the last one ends."""
        known_as = person.identity if isinstance(person, CitizenPerson) else person.commission
        now = wall_time()
        signed_in, token = self._tokens.get(known_as, (None, ""))
        if signed_in is None or now - signed_in > _SIGN_IN_AGAIN:
            token = self._sign_in(person, now)
            self._tokens[known_as] = (now, token)
        return token

    def desks(self) -> int:
        """Return how many staff work at once in the units there are."""
        units = {person.unit for person in self.staff}
        share = round(STAFF_AT_ONCE * len(units) / HEALTH_CENTRES)
        return min(share, len(self.staff))

    def other_roles(self, place: Place) -> list[str]:
        """Return the other roles that somebody holds at the unit of *place*."""
        unit, role = place
        return sorted(other for at, other in self.holders if at == unit and other != role)

    def _sign_in(self, person: Person, now: datetime) -> str:
        if isinstance(person, CitizenPerson):
            return self.issuer.citizen_token(person.identity, now)
        return self.issuer.staff_token(person.hsa_id, person.commission, now)


def senders(
    citizens: Sequence[CitizenPerson], errands: Sequence[Errand], chance: Chance, now: datetime
) -> list[CitizenPerson]:
    """Return who sends each of *errands*: nobody twice before everybody once, but for repeats."""
    waiting: list[CitizenPerson] = []
    chosen: list[CitizenPerson] = []
    for errand in errands:
        if errand.repeats is not None:
            chosen.append(chosen[errand.repeats])
            continue
        waiting = waiting or chance.sample(citizens, len(citizens))
        fitting = (one for one in waiting if _may_send(one, errand.service, now))
        sender = next(fitting, waiting[0])
        waiting.remove(sender)
        chosen.append(sender)
    return chosen


def _may_send(citizen: CitizenPerson, service: str, now: datetime) -> bool:
    age = age_on(citizen.identity, now)
    return service != _CONTRACEPTION or age < _CONTRACEPTION_ENDS_AT


async def read_town(bench: Bench) -> Town:
    """Read the people from the registers of a running stack."""
    ordinary = await _people(bench, special=False)
    staff = tuple(person for person in ordinary if isinstance(person, StaffPerson))
    units = {person.unit for person in staff}
    everybody = [*ordinary, *await _people(bench, special=True)]
    holders: dict[Place, list[StaffPerson]] = defaultdict(list)
    for person in staff:
        for role in person.roles:
            holders[person.unit or "", role].append(person)
    return Town(
        citizens=tuple(
            person
            for person in everybody
            if isinstance(person, CitizenPerson)
            and person.listed_unit in units
            and set((person.why or "").split("; ")) <= _STILL_ORDINARY
        ),
        staff=staff,
        holders={place: tuple(people) for place, people in holders.items()},
        needs_prescriber=_needing_prescriber(bench),
        npl_ids=bench.npl_ids,
        issuer=LocalIssuer(bench.settings),
    )


def _needing_prescriber(bench: Bench) -> frozenset[str]:
    return frozenset(
        entry.code
        for entry in bench.region.catalogue.services
        if any(_needs_prescriber(rules) for rules in entry.handlings())
    )


def _needs_prescriber(rules: HandlingRules) -> bool:
    """Whether somebody without a right to prescribe may come upon a case they cannot approve."""
    return any(
        one.prescribing is not None and one.prescribing.is_prescriber
        for decision in rules.decisions
        if Outcome.APPROVED in decision.outcomes
        for one in decision.by
    )


async def _people(bench: Bench, *, special: bool) -> list[Person]:
    catalogue = bench.region.catalogue
    async with await open_pool(bench.settings.database_url, 1) as pool, pool.acquire() as conn:
        return await list_people(
            conn,
            special=special,
            service_roles=catalogue.routed_roles(),
            leading_roles=tuple(catalogue.system_roles.model_dump().values()),
            on=bench.region.calendars.default.local_day(wall_time()),
        )
