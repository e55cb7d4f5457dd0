"""What starts a case's workflow and what one run hands to the next."""

from pydantic import Field

from domain.case import Case
from domain.legality import Refusal
from domain.model import Model
from domain.projection import Snapshot
from domain.seen import Seen
from domain.submission import Submission
from domain.vocabulary import CaseState, Outcome


class Carried(Model):
    """All a case knows, carried over continue-as-new.

    Changes up to `recorded_rev` and events up to `recorded_seq` are in PostgreSQL.
    """

    case: Case
    seen: dict[str, Seen] = Field(default_factory=dict)
    recorded_rev: int = 0
    recorded_seq: int = 0
    quarantined: bool = False


class CaseStart(Model):
    """The one argument of CaseWorkflow; `carried` is set when an earlier run went on as new.

    `salt` comes from outside: what a workflow calls chance can be worked out from its run id, and
    a salt that can be made again protects nothing once it is destroyed. `forgets`: the runs before
    this one show what has to be hidden, and are to be deleted.
    """

    submission: Submission
    salt: str = ""
    carried: Carried | None = None
    forgets: bool = False


class CaseEnd(Model):
    """How a case's workflow ended. `already_recorded`: this id had been a case before."""

    state: CaseState
    outcome: Outcome | None = None
    already_recorded: bool = False


class Acted(Model):
    """The answer to update `act`: the rev the message led to, and the case as it now stands."""

    rev: int
    refusal: Refusal | None = None
    snapshot: Snapshot
