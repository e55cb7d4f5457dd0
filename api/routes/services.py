"""What a citizen can ask for: the services of the region and their forms."""

from fastapi import APIRouter

from api.access import GuardedRoute
from api.problems import ProblemError
from api.schemas.services import HandlingTime, ServiceForm, ServiceView, VariantView
from api.schemas.view import Page
from api.state import Desk, TheDesk
from domain.catalogue import HandlingRules, ServiceEntry, Variant
from domain.region import form_of

router = APIRouter(prefix="/v1/services", tags=["services"], route_class=GuardedRoute)


@router.get("")
async def list_services(desk: TheDesk) -> Page[ServiceView]:
    """List the services of the region with the kinds that each is asked for in."""
    services = desk.region.catalogue.services
    return Page(items=[ServiceView.model_validate(_named(desk, entry)) for entry in services])


@router.get("/{service}")
async def read_service(service: str, desk: TheDesk) -> ServiceForm:
    """Return one service with the JSON Schema of its answers and examples made for today."""
    entry = desk.region.catalogue.find_service(service)
    if entry is None:
        raise ProblemError("not_found")
    form = form_of(entry)
    occasion = desk.region.occasion(entry, None, desk.now())
    return ServiceForm.model_validate(
        {**_named(desk, entry), "form": form.schema(), "examples": form.examples(occasion)}
    )


def _named(desk: Desk, entry: ServiceEntry) -> dict[str, object]:
    return {
        "code": entry.code,
        "name": entry.name,
        "safety": desk.texts.safety,
        "handling_time": _promised(entry.handling),
        "routing": entry.handling.routing,
        "variants": [_variant(entry, variant) for variant in entry.variants],
    }


def _variant(entry: ServiceEntry, variant: Variant) -> VariantView:
    handling = variant.applied_to(entry.handling)
    return VariantView(
        code=variant.code,
        name=variant.name,
        handling_time=_promised(handling),
        routing=handling.routing,
    )


def _promised(handling: HandlingRules) -> HandlingTime:
    return HandlingTime(first_response=handling.first_response, resolution=handling.resolution)
