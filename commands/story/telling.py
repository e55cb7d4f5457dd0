"""The demo's story from beginning to end, on a running stack."""

from datetime import UTC, datetime

import httpx2

from commands.story.calling import Caller, View
from commands.story.cast import RENEWAL, find_cast
from commands.story.scenes import Stage, handle, run_late, send_notices, submit_all
from commands.story.wording import Say
from runtime.issuer import LocalIssuer
from runtime.local import LocalStack
from runtime.settings import Settings

_BOOKING = "booking_change"


async def tell(stack: LocalStack, settings: Settings, say: Say) -> None:
    """Play every service and say what happens, step by step.

    Raises:
        StoryError: the API answered something unexpected.
    """
    cast = await find_cast(settings)
    issuer, now = LocalIssuer(settings), datetime.now(UTC)
    async with httpx2.AsyncClient(base_url=stack.api_url, trust_env=False) as client:
        player = cast.physician
        stage = Stage(
            say=say,
            ui_url=stack.ui_url,
            settings=settings,
            zone=cast.zone,
            unit=cast.citizen.listed_unit,
            citizen=Caller(client, issuer.citizen_token(cast.citizen.identity, now)),
            physician=Caller(client, issuer.staff_token(player.hsa_id, player.commission, now)),
        )
        say(f"\n1. {cast.citizen.name} opens the app. Each service says what it promises:")
        for service in (await stage.citizen.get("/v1/services"))["items"]:
            say(f"   {_offer(service)}")
        cases = await submit_all(stage)
        await handle(stage, player.name, cases[RENEWAL])
        await run_late(stage, cases[_BOOKING])
    await send_notices(say, settings)


def _offer(service: View) -> str:
    times, kinds = service["handling_time"], len(service["variants"])
    return (
        f"{service['name']['en']}{f', {kinds} kinds' if kinds else ''}: first response within "
        f"{_amount(times['first_response'])}, done within {_amount(times['resolution'])}"
    )


def _amount(amount: View) -> str:
    unit = amount["unit"].replace("_", " ")
    return f"{amount['count']} {unit.removesuffix('s') if amount['count'] == 1 else unit}"
