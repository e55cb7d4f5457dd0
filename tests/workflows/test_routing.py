"""Cases whose clinic the citizen chooses, and cases through a channel on its way out."""

from datetime import date

import pytest

from domain.region import Region
from domain.routing import ChannelDates, Routing
from domain.vocabulary import Channel, Flag
from runtime.region import load_region
from tests.changed_region import with_channel, with_routing
from tests.region import SHIPPED
from tests.unit.form_samples import example
from tests.workflows.people import PATIENT, STROMSBRO
from tests.workflows.renewal import RENEWAL
from tests.workflows.running import RunningCases, submission_of

CHOSEN = "contraception"
REDIRECTED = "prescription_renewal"
SODERHAMN = "SE5560000000-TEST002"


@pytest.fixture(scope="session")
def region() -> Region:
    """The shipped region with a service by choice, and another that has left 1177 long ago."""
    left = ChannelDates(redirect_from=date(2024, 2, 12), closed_from=date(2024, 4, 1))
    changed = with_routing(load_region(SHIPPED), CHOSEN, Routing.BY_SELECTED_CLINIC)
    return with_channel(changed, REDIRECTED, Channel.REDIRECT_1177, left)


async def test_case_without_the_clinic_it_needs_is_kept_and_says_why(cases: RunningCases) -> None:
    sent = submission_of(CHOSEN, example("contraception.stop"), PATIENT, cases.now)

    handle = await cases.start(sent)
    row = await cases.until_state(handle, "undeliverable")

    assert row.projection.unit is None
    assert [event.detail for event in row.events if event.kind == "undeliverable"] == [
        {"reason": "no_clinic"}
    ]


async def test_case_goes_to_the_clinic_chosen_not_where_the_patient_is_listed(
    cases: RunningCases,
) -> None:
    answers = example("contraception.stop")

    handle = await cases.start(submission_of(CHOSEN, answers, PATIENT, cases.now, SODERHAMN))

    assert (await cases.until_state(handle, "queued")).projection.unit == SODERHAMN


@pytest.mark.parametrize("channel", [Channel.REDIRECT_1177, Channel.MVG_APP])
async def test_late_case_is_taken_in_and_flagged(cases: RunningCases, channel: Channel) -> None:
    sent = submission_of(REDIRECTED, RENEWAL, PATIENT, cases.now)

    handle = await cases.start(sent.model_copy(update={"channel": channel}))
    row = await cases.until_state(handle, "queued")

    assert row.projection.unit == STROMSBRO
    assert (Flag.LATE_CHANNEL in row.projection.flags) is (channel is Channel.REDIRECT_1177)
