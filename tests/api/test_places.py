"""Whether a submission may come its way: the channel at the day of receipt, the clinic chosen."""

from datetime import date
from typing import cast

import asyncpg
import pytest

from api.engine import Engine
from api.known_facts import KnownFacts
from api.places import refuse_way
from api.state import Desk
from api.view_texts import load_view_texts
from domain.region import Region
from domain.routing import ChannelDates, Routing
from domain.submission import Submission
from domain.vocabulary import Channel
from runtime.region import load_region
from tests.api.people import STROMSBRO
from tests.changed_region import with_channel, with_routing
from tests.region import SHIPPED
from tests.unit.opening_samples import at
from tests.workflows.running import submission_of

SERVICE = "certificate"
CHANNEL = Channel.REDIRECT_1177
DATES = ChannelDates(redirect_from=date(2026, 9, 1), closed_from=date(2027, 1, 1))


@pytest.fixture(scope="module")
def region() -> Region:
    return load_region(SHIPPED)


def refusal(region: Region, submission: Submission, facts: KnownFacts | None = None) -> str | None:
    """Return the code it is refused with; the desk's other parts are not asked."""
    desk = Desk(
        secret=b"secret",
        pool=cast("asyncpg.Pool", None),
        engine=cast("Engine", None),
        region=region,
        texts=load_view_texts(SHIPPED / "texts" / "views.toml"),
        accesses={},
        now=lambda: submission.received_at,
    )
    problem = refuse_way(desk, submission, facts)
    return problem.code if problem else None


@pytest.mark.parametrize(
    ("received", "code"),
    [
        ("2026-08-31 12:00", None),
        ("2026-09-01 00:00", None),
        ("2026-12-31 23:59", None),
        ("2027-01-01 00:00", "channel_redirected"),
    ],
)
def test_closed_channel_is_refused_from_its_local_day_on(
    region: Region, received: str, code: str | None
) -> None:
    sent = submission_of(SERVICE, {}, "197005109819", at(received))
    changed = with_channel(region, SERVICE, CHANNEL, DATES)

    assert refusal(changed, sent.model_copy(update={"channel": CHANNEL})) == code
    assert refusal(changed, sent) is None


@pytest.mark.parametrize(("clinic", "code"), [(None, "clinic_required"), (STROMSBRO, None)])
def test_chosen_clinic_is_required_where_the_service_says_so(
    region: Region, clinic: str | None, code: str | None
) -> None:
    sent = submission_of(SERVICE, {}, "197005109819", at("2026-11-23 12:00"), clinic)

    assert refusal(with_routing(region, SERVICE, Routing.BY_SELECTED_CLINIC), sent) == code
    assert refusal(region, sent) is None
