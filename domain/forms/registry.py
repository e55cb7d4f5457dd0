"""The forms there are, by code; a service of the catalogue names the one it uses."""

from typing import Any

from domain.forms.booking_change import BOOKING_CHANGE
from domain.forms.certificate import CERTIFICATE
from domain.forms.contraception import CONTRACEPTION
from domain.forms.form import Form
from domain.forms.medical_aid import MEDICAL_AID
from domain.forms.prescription_renewal import PRESCRIPTION_RENEWAL
from domain.forms.special_food import SPECIAL_FOOD

FORMS: dict[str, Form[Any]] = {
    form.code: form
    for form in (
        PRESCRIPTION_RENEWAL,
        BOOKING_CHANGE,
        CONTRACEPTION,
        MEDICAL_AID,
        SPECIAL_FOOD,
        CERTIFICATE,
    )
}
