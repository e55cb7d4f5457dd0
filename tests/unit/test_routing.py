"""The dates of a channel on its way out, and the routing mode of a service and its variants."""

from datetime import date

import pytest
from pydantic import ValidationError

from domain.catalogue import Variant
from domain.routing import ChannelDates, Routing
from domain.vocabulary import Channel
from tests.unit.form_samples import CATALOGUE, entry

DATES = ChannelDates(
    parallel_from=date(2026, 2, 2), redirect_from=date(2026, 9, 1), closed_from=date(2027, 1, 1)
)


@pytest.mark.parametrize(
    ("day", "is_late", "is_closed"),
    [
        ("2026-01-31", False, False),
        ("2026-08-31", False, False),
        ("2026-09-01", True, False),
        ("2026-12-31", True, False),
        ("2027-01-01", True, True),
    ],
)
def test_channel_is_late_from_its_redirection_and_closed_from_its_end(
    day: str, is_late: bool, is_closed: bool
) -> None:
    on = date.fromisoformat(day)

    assert (DATES.is_late_on(on), DATES.is_closed_on(on)) == (is_late, is_closed)


def test_channel_that_only_closes_is_late_from_then_on() -> None:
    dates = ChannelDates(closed_from=date(2027, 1, 1))

    assert not dates.is_late_on(date(2026, 12, 31))
    assert dates.is_late_on(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("redirect_from", "parallel_from"),
        ("closed_from", "redirect_from"),
        ("closed_from", "parallel_from"),
    ],
)
def test_days_out_of_order_are_refused(earlier: str, later: str) -> None:
    with pytest.raises(ValidationError, match="in order"):
        ChannelDates.model_validate({earlier: date(2026, 1, 1), later: date(2026, 1, 2)})


def test_channel_that_is_not_listed_is_open_for_good() -> None:
    assert not entry("certificate").dates_of(Channel.REDIRECT_1177).is_late_on(date(2099, 1, 1))


def test_every_shipped_service_goes_by_listing() -> None:
    rules = [handling for service in CATALOGUE.services for handling in service.handlings()]

    assert {handling.routing for handling in rules} == {Routing.BY_LISTING}


def test_variant_may_be_routed_otherwise_than_its_service() -> None:
    service = entry("medical_aid")
    own = Variant(
        code="medical_aid.ostomy",
        name=service.name,
        routing=Routing.BY_SELECTED_CLINIC,
    )

    assert own.applied_to(service.handling).routing is Routing.BY_SELECTED_CLINIC
    assert service.handling.routing is Routing.BY_LISTING
