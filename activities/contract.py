"""What activities take and return beside the domain's own values."""

from domain.model import Model


class Recorded(Model):
    """The rev the row has after a record; `missing` when there was no row to change."""

    rev: int
    missing: bool = False


DATA_ERROR = "data_error"
"""The type of a failure that no retry can mend: PostgreSQL refuses the value (design 3.5)."""
