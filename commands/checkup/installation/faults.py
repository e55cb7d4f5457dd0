"""What a check of a running installation finds: where it is wrong, how, and what to do about it."""

from enum import StrEnum

from commands.checkup.findings import Severity
from domain.model import Model


class Part(StrEnum):
    """What an installation stands on."""

    SETTINGS = "settings"
    POSTGRESQL = "postgresql"
    MIGRATIONS = "migrations"
    CLOCK = "clock"
    TEMPORAL = "temporal"
    NAMESPACE = "namespace"
    SEARCH_ATTRIBUTES = "search_attributes"
    SCHEDULES = "schedules"
    SECRETS = "secrets"
    OIDC = "oidc"
    MAIL = "mail"
    WEBHOOK = "webhook"
    CALENDAR = "calendar"


class Fault(Model):
    """One thing wrong with an installation, in words that hold no secret and no address.

    An error keeps it from working or from being safe; a warning is for a human to judge.
    """

    severity: Severity
    part: Part
    text: str
    remedy: str


def error(part: Part, text: str, remedy: str) -> Fault:
    """Return a fault that must be put right."""
    return Fault(severity=Severity.ERROR, part=part, text=text, remedy=remedy)


def warning(part: Part, text: str, remedy: str) -> Fault:
    """Return a fault that somebody should know of."""
    return Fault(severity=Severity.WARNING, part=part, text=text, remedy=remedy)
