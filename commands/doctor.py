"""`arende doctor`: says what is wrong with a region's profile and with a running installation."""

import asyncio
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.checkup.findings import Finding, Severity
from commands.checkup.installation.faults import Fault, Part, error
from commands.checkup.installation.whole import check_installation
from commands.checkup.profile import check_profile
from commands.exits import FAILED
from runtime.calendar_file import CalendarFileError
from runtime.calendars import load_zone
from runtime.data_folder import is_claimed
from runtime.settings import WrongSettingsError, is_installation_named, load_settings

app = typer.Typer()


@app.command()
def doctor(
    context: typer.Context,
    profile: Annotated[
        Path,
        typer.Option(
            exists=True,
            file_okay=False,
            envvar="ARENDE_REGION_DIR",
            help="Check this folder, the region's profile.",
        ),
    ] = Path("region"),
    installation: Annotated[
        bool, typer.Option("--installation", help="Check the installation that is running.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check a region's profile, and the installation that the settings describe.

    With neither option both are looked at; the installation when the settings name one, a local
    stack when it runs. Of a profile each finding has its file and line. Of an installation each
    says what to do: database, migrations, clocks, Temporal, secrets, token keys, mail, webhook
    and calendar are tried for real, and nothing is changed.
    An error must be put right; a warning is for a human to judge.

    Exit codes: 0 no errors (warnings may stand), 1 errors, 2 usage.
    """
    source = context.get_parameter_source("profile")
    is_profile_named = source is not None and source.name == "COMMANDLINE"
    findings, faults = None, None
    if is_profile_named or not installation:
        findings = check_profile(profile, _today(profile))
    if installation:
        faults = _faults()
    elif not is_profile_named and is_installation_named():
        faults = _faults_if_running()
    errors = _print(profile, findings, faults, as_json=as_json)
    if errors:
        raise typer.Exit(FAILED)


def _today(profile: Path) -> date:
    """Return the region's local day; that of UTC where the calendar cannot be used."""
    now = _now()
    try:
        return now.astimezone(load_zone(profile / "calendar.toml")).date()
    except CalendarFileError:
        return now.date()


def _now() -> datetime:
    return datetime.now(UTC)


def _faults_if_running() -> list[Fault] | None:
    """Return None for a local stack that was stopped: there is nothing to look at."""
    try:
        settings = load_settings()
    except WrongSettingsError as wrong:
        return [_unusable(wrong)]
    if settings.mode == "local" and not is_claimed(settings.data_dir):
        return None
    return asyncio.run(check_installation(settings, _now))


def _faults() -> list[Fault]:
    try:
        return asyncio.run(check_installation(load_settings(), _now))
    except WrongSettingsError as wrong:
        return [_unusable(wrong)]


def _unusable(wrong: WrongSettingsError) -> Fault:
    return error(Part.SETTINGS, str(wrong), "Give or correct the variables named here.")


def _print(
    profile: Path, findings: list[Finding] | None, faults: list[Fault] | None, *, as_json: bool
) -> int:
    """Print what was found and return the number of errors; None was not looked at."""
    counts = Counter(found.severity for found in findings or [])
    counts.update(fault.severity for fault in faults or [])
    errors, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    if not as_json:
        _print_lines(profile, findings or [], faults or [])
        typer.echo(f"{errors} errors, {warnings} warnings")
        return errors
    said: dict[str, Any] = {
        "profile": None if findings is None else str(profile),
        "errors": errors,
        "warnings": warnings,
        "findings": [found.model_dump(mode="json") for found in findings or []],
        "installation": None,
    }
    if faults is not None:
        said["installation"] = [fault.model_dump(mode="json") for fault in faults]
    typer.echo(json.dumps(said, ensure_ascii=False))
    return errors


def _print_lines(profile: Path, findings: list[Finding], faults: list[Fault]) -> None:
    for found in findings:
        line = "" if found.line is None else f":{found.line}"
        typer.echo(f"{profile / found.file}{line}: {found.severity}: {found.text}")
    for fault in faults:
        typer.echo(f"{fault.part}: {fault.severity}: {fault.text}. {fault.remedy}")
