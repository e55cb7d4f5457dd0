"""Households of made-up people: how old they are, what they are called, who is whose child."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tools.synthetic_region.chance import happens, number
from tools.synthetic_region.identities import Identities
from tools.synthetic_region.names import family_name, given_name

AGES_ON = date(2026, 11, 23)
"""The day on which everybody has the age that was meant; nobody is born in the month before."""

_OLDEST_BIRTHDAY_DAYS = 363
_YOUNGEST_DAYS = 31
_COORDINATION_PERCENT = 0.5
_TWO_PARENTS_PERCENT = 75
_PAIR_PERCENT = 60
_MOST_CHILDREN = 3
_AGE_AT_BIRTH = 19
_OF_AGE = 18

# How many of 100 households are such, and how old the adults are.
_KINDS = (
    ("family", 30, range(24, 50)),
    ("single", 25, range(18, 65)),
    ("couple", 24, range(22, 75)),
    ("senior", 21, range(65, 96)),
)
_PAIRS = frozenset({"couple", "senior"})


@dataclass(frozen=True, slots=True)
class Person:
    """A citizen; *age* in whole years on `AGES_ON`."""

    identity: str
    name: str
    age: int


@dataclass(frozen=True, slots=True)
class Household:
    """People who live together; *key* is what their chance hangs on."""

    key: str
    adults: tuple[Person, ...]
    children: tuple[Person, ...]

    @property
    def members(self) -> tuple[Person, ...]:
        return (*self.adults, *self.children)


def household(key: str, identities: Identities) -> Household:
    """Return the household of this key, with identities that nobody else has."""
    kind, ages = _kind(number(100, "kind", key))
    first = ages[number(len(ages), "age", key)]
    percent = _TWO_PARENTS_PERCENT if kind == "family" else _PAIR_PERCENT * (kind in _PAIRS)
    second = min(max(first - 4 + number(8, "partner", key), _OF_AGE + 4), ages[-1])
    adult_ages = (first, second) if happens(percent, "pair", key) else (first,)
    count = 1 + number(_MOST_CHILDREN, "children", key) if kind == "family" else 0
    oldest = min(_OF_AGE, min(adult_ages) - _AGE_AT_BIRTH)
    child_ages = [number(oldest, "child", key, place) for place in range(count) if oldest > 0]
    return Household(
        key,
        tuple(_people(f"{key}/adult", key, adult_ages, identities)),
        tuple(_people(f"{key}/child", key, child_ages, identities)),
    )


def _kind(share: int) -> tuple[str, range]:
    for kind, percent, ages in _KINDS:
        if share < percent:
            return kind, ages
        share -= percent
    raise ValueError("the shares of households do not make 100")


def _people(
    key: str, family: str, ages: tuple[int, ...] | list[int], identities: Identities
) -> Iterator[Person]:
    for place, age in enumerate(ages):
        is_man = number(2, "sex", key, place) == place % 2
        identity = _identity(f"{key}/{place}", age, identities, is_man=is_man)
        yield Person(
            identity, f"{given_name(key, place, is_man=is_man)} {family_name(family)}", age
        )


def _identity(key: str, age: int, identities: Identities, *, is_man: bool) -> str:
    is_coordination = happens(_COORDINATION_PERCENT, "coordination", key)
    first_try = number(_OLDEST_BIRTHDAY_DAYS - _YOUNGEST_DAYS, "birthday", key)
    for later in range(_OLDEST_BIRTHDAY_DAYS - _YOUNGEST_DAYS):
        days = (first_try + later) % (_OLDEST_BIRTHDAY_DAYS - _YOUNGEST_DAYS) + _YOUNGEST_DAYS
        born = AGES_ON.replace(year=AGES_ON.year - age) - timedelta(days=days)
        identity = identities.give(born, is_man=is_man, is_coordination=is_coordination)
        if identity is not None:
            return identity
    raise ValueError("all birth numbers for test persons of one year are used up")
