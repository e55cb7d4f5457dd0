"""Who works at a unit: teams by its size, and the units where somebody is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from store.staff_register import STAFF
from tools.synthetic_region.chance import happens, number
from tools.synthetic_region.names import family_name, given_name
from tools.synthetic_region.tables import Row

STAFF_COLUMNS = STAFF.columns

_PHYSICIAN = ("PV/lakare/recept", "PV/lakare/intyg")
_NURSE = ("PV/sjukskoterska/recept", "PV/sjukskoterska/bokning")
_DIABETES_NURSE = ("PV/sjukskoterska/diabetes", "PV/sjukskoterska/bokning")
_DISTRICT_NURSE = ("PV/distriktsskoterska/inkontinens",)
_STOMA_THERAPIST = ("PV/stomiterapeut/ostomi",)
_MIDWIFE = ("BM/barnmorska/preventivmedel",)
_DIETITIAN = ("PV/dietist/nutrition",)
_CLERK = ("PV/administrator/bokning",)
_LICENSED = MappingProxyType(
    {
        # Who decides by a licence or a right to prescribe; the others have neither.
        _PHYSICIAN: ("physician", "full"),
        _NURSE: ("nurse", "none"),
        _DIABETES_NURSE: ("nurse", "limited"),
        _DISTRICT_NURSE: ("nurse", "limited"),
        _STOMA_THERAPIST: ("nurse", "limited"),
        _MIDWIFE: ("midwife", "contraception"),
        _DIETITIAN: ("dietitian", "none"),
    }
)

_TEAMS = (
    # Profession, how many at a small, a middling and a large unit.
    (_PHYSICIAN, (2, 3, 4)),
    (_NURSE, (2, 3, 4)),
    (_DIABETES_NURSE, (2, 2, 3)),
    (_DISTRICT_NURSE, (2, 2, 3)),
    (_STOMA_THERAPIST, (2, 2, 2)),
    (_MIDWIFE, (2, 2, 3)),
    (_DIETITIAN, (2, 2, 2)),
    (_CLERK, (2, 3, 3)),
    (("PV/koordinator/fordelning",), (1, 1, 1)),
    (("PV/chef/enhet",), (1, 1, 1)),
)
PROFESSIONAL_ROLES = tuple(dict.fromkeys(role for roles, _ in _TEAMS[:-2] for role in roles))
"""What the teams of a unit hold, those who lead it apart."""

_SUBSCRIBE_PERCENT = 70
_WOMEN_PERCENT = 80

# Units where fewer hold a role than their size says: red in the coverage at 0, amber at 1.
_GAPS = MappingProxyType(
    {
        ("SE5560000000-TEST017", _MIDWIFE): 0,
        ("SE5560000000-TEST011", _DIETITIAN): 1,
        ("SE5560000000-TEST021", _STOMA_THERAPIST): 1,
        ("SE5560000009-TEST001", _MIDWIFE): 1,
        ("SE5560000009-TEST002", _STOMA_THERAPIST): 0,
        ("SE5560000009-TEST002", _DIETITIAN): 0,
        ("SE5560000005-TEST001", _PHYSICIAN): 1,
    }
)
_LEADERS = (
    ("901", "PV/chef/verksamhet", "administration"),
    ("902", "REG/granskare/logg", "quality"),
)


@dataclass(frozen=True, slots=True)
class _Person:
    """One commission at a unit, or for a provider: its *number* there, its roles and purpose."""

    place: Row
    number: str
    roles: tuple[str, ...]
    is_first: bool = True
    purpose: str = "care"

    def rows(self) -> Iterator[Row]:
        """Yield one line of the register for each role."""
        org, _, _ = self.place["hsa_id"].partition("-")
        key = f"{org}-{self.number}"
        since = f"{2016 + number(9, 'since', key)}-{1 + number(12, 'month', key):02}-01"
        given = given_name(key, is_man=not happens(_WOMEN_PERCENT, "sex", key))
        is_subscriber = self.is_first or happens(_SUBSCRIBE_PERCENT, "subscribes", key)
        licence, prescribing = _LICENSED.get(self.roles, ("none", "none"))
        for role in self.roles:
            yield {
                "hsa_id": f"{org}-TEST{self.number}",
                "name": f"{given} {family_name(key)}",
                "licence": licence,
                "prescribing": prescribing,
                "protected": "false",
                "commission": f"{org}-TESTC{self.number}",
                "unit": self.place["hsa_id"] if "provider" in self.place else "",
                "provider": self.place.get("provider", self.place["hsa_id"]),
                "purpose": self.purpose,
                "commission_from": since,
                "role": role,
                "subscribes": _word(is_subscriber),
                "role_from": since,
            }


def with_address(row: Row) -> Row:
    """Return a line of staff with a mail address, under a domain that no one can own [RFC 2606]."""
    org, _, person = row["hsa_id"].lower().partition("-")
    return {**row, "email": f"{person}@{org}.example"}


def unit_staff(unit: Row) -> Iterator[Row]:
    """Yield the staff of a unit, whose size is a matter of its HSA-id."""
    hsa_id = unit["hsa_id"]
    size = number(3, "size", hsa_id)
    count = 0
    for roles, sizes in _TEAMS:
        for place in range(_GAPS.get((hsa_id, roles), sizes[size])):
            count += 1
            digits = f"{hsa_id[-3:]}{count:02}"
            yield from _Person(unit, digits, roles, is_first=place == 0).rows()


def provider_leaders(provider: Row) -> Iterator[Row]:
    """Yield the operations manager and the log reviewer of a provider."""
    for digits, role, purpose in _LEADERS:
        yield from _Person(provider, digits, (role,), purpose=purpose).rows()


def _word(flag: bool) -> str:
    return "true" if flag else "false"
