"""What a citizen can ask for: the services of the region and their forms."""

from fastapi import APIRouter

from api.access import GuardedRoute
from api.problems import ProblemError
from api.schemas.services import HandlingTime, ServiceForm, ServiceView
from api.schemas.view import Page
from api.state import TheDesk
from domain.catalogue import ServiceEntry
from domain.region import form_of

router = APIRouter(prefix="/v1/services", tags=["services"], route_class=GuardedRoute)


@router.get("")
async def list_services(desk: TheDesk) -> Page[ServiceView]:
    """List the services of the region."""
    services = desk.region.catalogue.services
    return Page(items=[ServiceView.model_validate(_named(entry)) for entry in services])


@router.get("/{service}")
async def read_service(service: str, desk: TheDesk) -> ServiceForm:
    """Return one service with the JSON Schema of its answers and examples made for today."""
    entry = desk.region.catalogue.find_service(service)
    if entry is None:
        raise ProblemError("not_found")
    form = form_of(entry)
    occasion = desk.region.occasion(entry, None, desk.now())
    return ServiceForm.model_validate(
        {**_named(entry), "form": form.schema(), "examples": form.examples(occasion)}
    )


def _named(entry: ServiceEntry) -> dict[str, object]:
    handling = entry.handling
    times = HandlingTime(first_response=handling.first_response, resolution=handling.resolution)
    return {"code": entry.code, "name": entry.name, "handling_time": times}
