"""Who calls: what a verified token says about a citizen or a member of staff, and nothing else."""

import re
from datetime import date
from typing import Annotated, TypeAlias

from personnummer import personnummer
from pydantic import AfterValidator, BaseModel, ConfigDict

from domain.model import HsaId

OLDEST_YEARS = 130

_TWELVE_DIGITS = re.compile(r"[0-9]{12}")


def _check_identity(digits: str) -> str:
    if not _TWELVE_DIGITS.fullmatch(digits) or not personnummer.valid(digits):
        raise ValueError("invalid_identity")
    return digits


Identity = Annotated[str, AfterValidator(_check_identity)]
"""Personnummer or samordningsnummer (day + 60): 12 digits with a right check digit [L15]."""


class CitizenCaller(BaseModel):
    """A citizen, as the issuer identified them at assurance level *acr*."""

    model_config = ConfigDict(frozen=True)

    identity: Identity
    issuer: str
    acr: str


class StaffCaller(BaseModel):
    """A member of staff in the one commission (medarbetaruppdrag) chosen at login [S1]."""

    model_config = ConfigDict(frozen=True)

    hsa_id: HsaId
    commission: HsaId
    acr: str


Caller: TypeAlias = CitizenCaller | StaffCaller


def is_of_living_age(identity: str, today: date) -> bool:
    """Whether *identity* was born by *today* and at most 130 years before it."""
    born: date = personnummer.parse(identity).get_date()
    return born <= today and today.year - born.year <= OLDEST_YEARS
