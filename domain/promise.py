"""What a case was promised, as another case takes it over."""

from pydantic import AwareDatetime

from domain.model import Model


class Promise(Model):
    """The instants both clocks are due, UTC. `first_response_by` is None once one was given."""

    first_response_by: AwareDatetime | None
    resolution_by: AwareDatetime
