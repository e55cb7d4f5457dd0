"""The rows of each register's extract: which columns there are and what each may hold."""

import re
from collections.abc import Callable
from datetime import date
from types import MappingProxyType
from typing import Annotated, Literal

from personnummer import personnummer
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from domain.licences import Licence, Prescribing
from domain.model import HsaId, Model, ShortText
from store.medicines import NarcoticClass

_TWELVE_DIGITS = re.compile(r"[0-9]{12}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _check_identity(text: str) -> str:
    # The library also takes shorter forms and signs of other scripts; the registers do not.
    if _TWELVE_DIGITS.fullmatch(text) and personnummer.valid(text):
        return text
    raise PydanticCustomError("invalid_identity", "wrong form or checksum")


def _read_day(text: object) -> date:
    if isinstance(text, str) and _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise PydanticCustomError("invalid_date", "not a day as YYYY-MM-DD")


def _not_before(start: str) -> Callable[[date | None, ValidationInfo], date | None]:
    def check(end: date | None, info: ValidationInfo) -> date | None:
        begins = info.data.get(start)
        if end and begins and end < begins:
            raise PydanticCustomError("ends_before_it_begins", "the period is empty")
        return end

    return check


def _given_with(other: str) -> Callable[[date | None, ValidationInfo], date | None]:
    def check(value: date | None, info: ValidationInfo) -> date | None:
        if (value is None) != (info.data.get(other) is None):
            code = "missing" if value is None else "not_wanted_here"
            raise PydanticCustomError(code, "goes with another column")
        return value

    return check


Identity = Annotated[str, AfterValidator(_check_identity)]
"""12 digits with a right checksum; a coordination number (day + 60) is an identity too."""

Day = Annotated[date, BeforeValidator(_read_day)]
Flag = Annotated[bool, BeforeValidator({"true": True, "false": False}.get)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
MailAddress = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=r"^[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}$",
    ),
]
"""An address as mail gateways take it: no quotes, comments or other scripts [RFC 5321]."""

RoleCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]+/[a-z_]+/[a-z_]+$", max_length=100)]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,40}$")]
NplId = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")]
AtcCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?$")]


class ProviderRow(Model):
    """A care provider (*vårdgivare*)."""

    hsa_id: HsaId
    name: ShortText


class UnitRow(Model):
    """A care unit; *phone* in E.164 form, *valid_to* its last day, *fictional* if invented."""

    hsa_id: HsaId
    provider: HsaId
    name: ShortText
    kind: Word
    municipality: ShortText
    phone: Phone
    calendar: Word | None = None
    valid_from: Day
    valid_to: Annotated[Day | None, AfterValidator(_not_before("valid_from"))] = None
    fictional: Flag = False


class RoleRow(Model):
    """A competence role; *scope* says how far a holder reaches."""

    code: RoleCode
    scope: Literal["unit", "provider", "region"]
    name_sv: ShortText
    name_en: ShortText


class StaffRow(Model):
    """One role of one commission of one person; the role's columns are empty if it has none.

    *identity* is who they are as a citizen, so that they are kept from their own case; *email* is
    where their notices go, and without one nobody is reached by mail.
    """

    hsa_id: HsaId
    name: ShortText
    licence: Licence
    prescribing: Prescribing
    protected: Flag
    identity: Identity | None = None
    commission: HsaId
    unit: HsaId | None = None
    provider: HsaId
    purpose: Literal["care", "quality", "statistics", "administration"]
    commission_from: Day
    commission_to: Annotated[Day | None, AfterValidator(_not_before("commission_from"))] = None
    role: RoleCode | None = None
    subscribes: Flag = False
    role_from: Annotated[
        Day | None, AfterValidator(_given_with("role")), Field(validate_default=True)
    ] = None
    role_to: Annotated[Day | None, AfterValidator(_not_before("role_from"))] = None
    email: MailAddress | None = None


class ProtectedHandlerRow(Model):
    """Someone whom a unit has named for its patients with protected identity [L10]."""

    unit: HsaId
    staff: HsaId
    valid_from: Day
    valid_to: Annotated[Day | None, AfterValidator(_not_before("valid_from"))] = None


class ListingRow(Model):
    """A citizen and one period of listing; the last three columns are empty if unlisted."""

    identity: Identity
    name: ShortText
    protected: Flag
    synthetic: Flag
    unit: HsaId | None = None
    valid_from: Annotated[
        Day | None, AfterValidator(_given_with("unit")), Field(validate_default=True)
    ] = None
    valid_to: Annotated[Day | None, AfterValidator(_not_before("valid_from"))] = None


class GuardianRow(Model):
    """A child and one of its guardians, both citizens of the listing."""

    child: Identity
    guardian: Identity


class CompanyRow(Model):
    """A company that answers for medicines, by the name people know it by."""

    name: ShortText


class MedicineRow(Model):
    """A product of the register of medicines; *narcotic_class* is empty for most [S25, S26]."""

    npl_id: NplId
    name: ShortText
    strength: ShortText | None = None
    form: ShortText
    atc: AtcCode
    substance: ShortText
    narcotic_class: NarcoticClass | None = None
    company: ShortText


ROW_MODELS = MappingProxyType[str, type[Model]](
    {
        "providers": ProviderRow,
        "units": UnitRow,
        "roles": RoleRow,
        "staff": StaffRow,
        "protected_handlers": ProtectedHandlerRow,
        "listing": ListingRow,
        "guardians": GuardianRow,
        "companies": CompanyRow,
        "medicines": MedicineRow,
    }
)
