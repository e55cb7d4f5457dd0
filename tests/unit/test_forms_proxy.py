"""Who may submit for a child."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from domain.proxy import may_act_for
from tests.unit.form_samples import entry

ZONE = ZoneInfo("Europe/Stockholm")
CHILD = "201311249817"
DAY_BEFORE = datetime(2026, 11, 23, 23, 59, 59, tzinfo=ZONE)
BIRTHDAY = datetime(2026, 11, 24, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("service", "local", "guardian_protected", "child_protected", "may"),
    [
        ("prescription_renewal", DAY_BEFORE, False, False, True),
        ("prescription_renewal", BIRTHDAY, False, False, False),
        ("contraception", DAY_BEFORE, False, False, False),
        ("certificate", DAY_BEFORE, True, False, False),
        ("certificate", DAY_BEFORE, False, True, False),
        ("medical_aid", DAY_BEFORE, False, False, True),
    ],
)
def test_guardian_acts_for_a_child_under_13(
    service: str, local: datetime, guardian_protected: bool, child_protected: bool, may: bool
) -> None:
    allowed = may_act_for(
        CHILD,
        local,
        entry(service),
        guardian_protected=guardian_protected,
        child_protected=child_protected,
    )

    assert allowed is may
