"""The products a prescription renewal can name."""

from pydantic import Field

from api.schemas.view import View
from store.medicines import NarcoticClass


class ProductView(View):
    """A medicine of one strength and form. `narcotic_class` is left out where there is none."""

    npl_id: str
    name: str
    strength: str | None
    form: str
    atc: str
    substance: str
    narcotic_class: NarcoticClass | None = Field(default=None, exclude_if=lambda found: not found)
