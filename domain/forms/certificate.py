"""Answers to "renew a certificate" and "ask for a new one" [A§1; domain 2.6]."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, TypeAdapter, ValidationInfo

from domain.forms.codes import AnswerCode
from domain.forms.contact import Prefers
from domain.forms.form import AnswerModel, Form, Occasion, Reading
from domain.forms.phone import PhoneNumber
from domain.forms.texts import FreeText, Line
from domain.forms.times import ComingDay, NearDay

_EXAMPLE_NEEDED_IN = timedelta(days=42)


class CertificateType(StrEnum):
    SICK_LEAVE = "sick_leave"
    EMPLOYER = "employer"
    SCHOOL = "school"
    DRIVING_LICENCE = "driving_licence"
    PARKING_PERMIT = "parking_permit"
    MOBILITY_SERVICE = "mobility_service"
    INSURANCE = "insurance"
    TRAVEL = "travel"
    OTHER = "other"


_FREE_OF_CHARGE = frozenset({CertificateType.SICK_LEAVE})


def _check_order(until_on: date, info: ValidationInfo) -> date:
    from_on = info.data.get("from_on")
    if from_on is not None and until_on < from_on:
        raise ValueError(AnswerCode.END_BEFORE_START)
    return until_on


def _check_fee(accepts_fee: bool | None, info: ValidationInfo) -> bool | None:
    kind = info.data.get("type")
    if kind is not None and kind not in _FREE_OF_CHARGE and not accepts_fee:
        raise ValueError(AnswerCode.FEE_NOT_ACCEPTED)
    return accepts_fee


class Period(AnswerModel):
    """The days a certificate is to cover, both included."""

    from_on: NearDay
    until_on: Annotated[NearDay, AfterValidator(_check_order)]


class CertificateRequest(AnswerModel):
    """What is asked of both kinds.

    Certificates to the social insurance agency are free; the others are charged for, and whoever
    asks must have accepted that [S37].
    """

    type: CertificateType
    recipient: Line
    what_changed: FreeText
    accepts_fee: Annotated[
        bool | None, AfterValidator(_check_fee), Field(validate_default=True)
    ] = None
    period: Period | None = None
    needed_by: ComingDay | None = None
    contact_phone: PhoneNumber | None = None
    prefers: Prefers | None = None
    message: FreeText | None = None


class RenewedCertificate(CertificateRequest):
    action: Literal["renew"]
    earlier_issuer: Line | None = None


class NewCertificate(CertificateRequest):
    action: Literal["new"]


CertificateAnswers = RenewedCertificate | NewCertificate


def _read(answers: CertificateAnswers, occasion: Occasion) -> Reading:
    """Return how soon it is needed; whether the promise is too late is seen once it is made."""
    if answers.needed_by is None:
        return Reading()
    days_left = (answers.needed_by - occasion.today).days
    urgency = occasion.service.urgency.for_need(days_left)
    return Reading(urgency=urgency, needed_by=answers.needed_by)


def _examples(occasion: Occasion) -> list[dict[str, JsonValue]]:
    today, needed_by = occasion.today, occasion.today + _EXAMPLE_NEEDED_IN
    period: dict[str, JsonValue] = {
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=28)).isoformat(),
    }
    return [
        {
            "action": "renew",
            "type": "sick_leave",
            "recipient": "The social insurance agency",
            "what_changed": "My back is still the same.",
            "accepts_fee": True,
            "period": period,
        },
        {
            "action": "renew",
            "type": "parking_permit",
            "recipient": "The municipality",
            "what_changed": "I walk shorter stretches than last year.",
            "accepts_fee": True,
            "earlier_issuer": "The health centre",
            "needed_by": needed_by.isoformat(),
        },
        {
            "action": "new",
            "type": "school",
            "recipient": "The upper secondary school",
            "what_changed": "I need longer time at exams since the autumn.",
            "accepts_fee": True,
            "needed_by": needed_by.isoformat(),
        },
        {
            "action": "new",
            "type": "insurance",
            "recipient": "My insurance company",
            "what_changed": "I broke my wrist in the summer.",
            "accepts_fee": True,
            "prefers": "chat",
        },
    ]


CERTIFICATE: Form[CertificateAnswers] = Form(
    code="certificate",
    answers=TypeAdapter(Annotated[CertificateAnswers, Field(discriminator="action")]),
    read=_read,
    examples=_examples,
    tag="action",
    kinds=("renew", "new"),
)
