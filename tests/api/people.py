"""People and units of the shipped region whom API tests act as."""

from typing import NamedTuple


class Employee(NamedTuple):
    """A member of staff in one commission."""

    hsa_id: str
    commission: str


def employee(number: int, provider: str = "SE5560000000") -> Employee:
    """Return the member of staff with this number in the shipped register."""
    return Employee(f"{provider}-TEST{number}", f"{provider}-TESTC{number}")


STROMSBRO = "SE5560000000-TEST001"
SODERHAMN = "SE5560000000-TEST002"
NORRALA_CLOSED = "SE5560000000-TEST005"
BJORKSATRA_OTHER_PROVIDER = "SE5560000001-TEST001"

PHYSICIAN_ROLE = "PV/lakare/recept"
NURSE_ROLE = "PV/sjukskoterska/recept"
BOOKING_ROLE = "PV/administrator/bokning"

PHYSICIANS = tuple(employee(number) for number in (101, 102, 103, 104))
NURSE = employee(105)
ADMINISTRATOR = employee(108)
COORDINATOR = employee(121)
UNIT_MANAGER = employee(122)
STRANGER = employee(142)
"""A coordinator at another unit."""
OPERATIONS_MANAGER = employee(181)
CARE_CHOICE_OFFICER = employee(187)

HENRIK = "197005109819"
GORAN = "197106209823"
PERNILLA = "197210219833"
ULRIKA = "197309139843"
ERIK = "197408219850"
GUARDIAN, CHILD = "198605099939", "201908219940"
PROTECTED_GUARDIAN, PROTECTED_CHILD = "198111039965", "201804069977"
TEENAGER = "201201179957"
UNLISTED = "197910129985"
LISTED_AT_CLOSED_UNIT = "199002279991"
