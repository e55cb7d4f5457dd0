"""The values of .env.example that docker-compose.yml is tried out with."""

from dotenv import dotenv_values

from tests.region import ROOT


def compose_values() -> dict[str, str]:
    """Return what the file gives without a change: its lines that are not behind a #."""
    return {
        name: value
        for name, value in dotenv_values(ROOT / ".env.example", interpolate=False).items()
        if value is not None
    }
