"""The forms there are, by code; a service of the catalogue names the one it uses."""

from typing import Any

from domain.forms.booking_change import BOOKING_CHANGE
from domain.forms.form import Form
from domain.forms.prescription_renewal import PRESCRIPTION_RENEWAL

FORMS: dict[str, Form[Any]] = {form.code: form for form in (PRESCRIPTION_RENEWAL, BOOKING_CHANGE)}
