"""A region in which one service is routed, cut off or decided otherwise, or leaves a channel."""

from dataclasses import replace

from domain.catalogue import CutOff, ServiceEntry
from domain.deciders import Decision
from domain.region import Region
from domain.routing import ChannelDates, Routing
from domain.vocabulary import Channel


def with_routing(region: Region, service: str, routing: Routing) -> Region:
    """Return the region with another routing mode of one service."""
    entry = region.catalogue.find_service(service)
    assert entry is not None
    handling = entry.handling.model_copy(update={"routing": routing})
    return _with(region, entry.model_copy(update={"handling": handling}))


def with_channel(region: Region, service: str, channel: Channel, dates: ChannelDates) -> Region:
    """Return the region with days at which one service leaves a channel."""
    entry = region.catalogue.find_service(service)
    assert entry is not None
    return _with(region, entry.model_copy(update={"channels": {channel: dates}}))


def with_cut_off(region: Region, service: str, cut_off: CutOff) -> Region:
    """Return the region with another cut-off of one service."""
    entry = region.catalogue.find_service(service)
    assert entry is not None
    return _with(region, entry.model_copy(update={"cut_off": cut_off}))


def with_decisions(region: Region, service: str, decisions: tuple[Decision, ...]) -> Region:
    """Return the region with others who decide one service."""
    entry = region.catalogue.find_service(service)
    assert entry is not None
    handling = entry.handling.model_copy(update={"decisions": decisions})
    return _with(region, entry.model_copy(update={"handling": handling}))


def _with(region: Region, changed: ServiceEntry) -> Region:
    services = tuple(
        changed if entry.code == changed.code else entry for entry in region.catalogue.services
    )
    return replace(region, catalogue=region.catalogue.model_copy(update={"services": services}))
