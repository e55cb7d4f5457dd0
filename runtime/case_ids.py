"""Which case a workflow is, as its id says."""

import re

_CASE = re.compile(r"case-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


def case_id_of(workflow_id: str | None) -> str | None:
    """Return the case id in *workflow_id*, None for what is no case's workflow."""
    found = _CASE.fullmatch(workflow_id or "")
    return found[1] if found else None
