"""`arende doctor`: says what is wrong with a region's profile, without a database."""

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.checkup.findings import Finding, Severity
from commands.checkup.profile import check_profile
from commands.exits import FAILED
from runtime.calendar_file import CalendarFileError
from runtime.calendars import load_zone

app = typer.Typer()


@app.command()
def doctor(
    profile: Annotated[
        Path,
        typer.Option(
            exists=True,
            file_okay=False,
            envvar="ARENDE_REGION_DIR",
            help="The folder of the region's profile.",
        ),
    ] = Path("region"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Check a region's profile: catalogue, calendar, registers and texts, alone and together.

    Each finding is a line with its file and line number. An error keeps the profile from working;
    a warning, such as a role that nobody holds at a unit, is for a human to judge.

    Exit codes: 0 no errors (warnings may stand), 1 errors, 2 usage.
    """
    findings = check_profile(profile, _today(profile))
    counts = Counter(found.severity for found in findings)
    if as_json:
        _print_json(profile, findings, counts)
    else:
        _print_lines(profile, findings, counts)
    if counts[Severity.ERROR]:
        raise typer.Exit(FAILED)


def _today(profile: Path) -> date:
    """Return the region's local day; that of UTC where the calendar cannot be used."""
    now = datetime.now(UTC)
    try:
        return now.astimezone(load_zone(profile / "calendar.toml")).date()
    except CalendarFileError:
        return now.date()


def _print_json(profile: Path, findings: list[Finding], counts: Counter[Severity]) -> None:
    said = {
        "profile": str(profile),
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "findings": [found.model_dump(mode="json") for found in findings],
    }
    typer.echo(json.dumps(said, ensure_ascii=False))


def _print_lines(profile: Path, findings: list[Finding], counts: Counter[Severity]) -> None:
    for found in findings:
        line = "" if found.line is None else f":{found.line}"
        typer.echo(f"{profile / found.file}{line}: {found.severity}: {found.text}")
    typer.echo(f"{counts[Severity.ERROR]} errors, {counts[Severity.WARNING]} warnings")
