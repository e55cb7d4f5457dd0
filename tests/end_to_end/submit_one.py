"""Submits one example in a region at work and prints, as JSON, what became of it.

    python -m tests.end_to_end.submit_one PROFILE DATA_DIR DATABASE_URL TEMPORAL_PORT SERVICE

For a tree other than the one the tests run in: it says which tree its code came from.
"""

import asyncio
import json
import sys
from pathlib import Path

import domain
from tests.end_to_end.at_work import View, at_work, settings_for


async def _submit(profile: str, data_dir: str, database_url: str, port: str, service: str) -> View:
    settings = settings_for(Path(profile), Path(data_dir), database_url, int(port))
    async with at_work(settings) as running:
        citizen = running.api.citizen(running.citizens[0].identity)
        services = (await citizen.get("/v1/services")).json()["items"]
        body = {"service": service, "answers": await running.example(service)}
        case = await running.submitted(citizen, body)
        inbox = (await running.holder(case).get("/v1/inbox")).json()["items"]
    return {
        "tree": str(Path(str(domain.__file__)).parent.parent),
        "services": {one["code"]: one["handling_time"] for one in services},
        "case": case,
        "inbox": [one["case_id"] for one in inbox],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_submit(*sys.argv[1:]))))
