"""Who is logged in, as pages are told."""

from typing import Literal

from api.schemas.view import View


class LoggedIn(View):
    """A citizen, without the identity; or a member of staff in the commission chosen at login."""

    kind: Literal["citizen", "staff"]
    hsa_id: str | None = None
    commission: str | None = None
