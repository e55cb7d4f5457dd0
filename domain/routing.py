"""Which way a service's cases come and where they go: its routing mode and its channels' dates."""

from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import model_validator

from domain.model import Model


class Routing(StrEnum):
    """Where cases go by themselves. A clinic the citizen names is used in both modes.

    Primary care answers at the listed unit [A§4]; elsewhere the citizen has to choose [A§12].
    """

    BY_LISTING = "by_listing"
    BY_SELECTED_CLINIC = "by_selected_clinic"


class ChannelDates(Model):
    """The local days on which a channel gives way to the app; None has not been decided [A§8].

    From `parallel_from` both are open, from `redirect_from` citizens are guided on and what still
    arrives counts as late, from `closed_from` nothing is taken.
    """

    parallel_from: date | None = None
    redirect_from: date | None = None
    closed_from: date | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        given = [day for day in (self.parallel_from, self.redirect_from, self.closed_from) if day]
        if given != sorted(given):
            raise ValueError("the days must be in order: parallel, redirect, closed")
        return self

    def is_late_on(self, day: date) -> bool:
        """Whether the channel is on its way out, or closed, on the local *day*."""
        begins = self.redirect_from or self.closed_from
        return begins is not None and day >= begins

    def is_closed_on(self, day: date) -> bool:
        """Whether the channel takes nothing more on the local *day*."""
        return self.closed_from is not None and day >= self.closed_from
