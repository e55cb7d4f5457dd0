"""The whole check of a running installation, its parts side by side."""

import asyncio

from commands.checkup.installation.channels import check_channels
from commands.checkup.installation.clock import Clock
from commands.checkup.installation.database import check_database
from commands.checkup.installation.engine import check_engine
from commands.checkup.installation.faults import Fault
from commands.checkup.installation.issuer import check_issuer
from commands.checkup.installation.keys import check_keys
from commands.checkup.installation.years import check_years
from runtime.installation_passwords import InstallationPasswords
from runtime.settings import Settings


async def check_installation(settings: Settings, now: Clock) -> list[Fault]:
    """Return everything wrong with the installation that *settings* describe.

    Every question is bounded in time. *now* is this machine's clock. Nothing is changed.
    """
    found = await asyncio.gather(
        check_keys(settings, InstallationPasswords()),
        check_database(settings, now),
        check_engine(settings, now),
        check_issuer(settings),
        check_channels(settings),
    )
    years = check_years(settings.region_dir / "calendar.toml", now())
    return [*(fault for faults in found for fault in faults), *years]
