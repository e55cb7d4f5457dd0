"""Makes a submission a case, once: its key is looked up before anything may refuse it."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta

from api.callers import CitizenCaller, is_of_living_age
from api.database import QUICK, DatabaseAwayError, database
from api.engine import CaseExistsError, EngineAwayError
from api.field_errors import FieldError
from api.gate import refuse
from api.known_facts import find_facts
from api.limits import name_of
from api.problems import ProblemError
from api.reading import received, snapshot_of
from api.schemas.submissions import SubmitCase
from api.state import Desk
from domain.projection import Snapshot
from domain.submission import CaseId, CaseMemo, Submission, derive_case_id, keyed_hash
from domain.vocabulary import CaseState
from store.case_views import find_case, is_erased

_POLL_EVERY = timedelta(milliseconds=40)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The case a submission led to; *is_new* unless its key had led there before."""

    snapshot: Snapshot
    is_new: bool


async def submit(
    desk: Desk, citizen: CitizenCaller, body: SubmitCase, key: str, request_id: str
) -> Submitted:
    """Start a case for *body*, or return the one that *key* began (design 3.1, 3.4).

    Raises `ProblemError`: 422 `idempotency_key_reused` for a key that came with another body,
    410 `case_erased` for one whose case has been erased since, what `refuse` says, 429 for one new
    case too many, and 503 while Temporal cannot take it. A key that came under a former secret is
    known as one of today's is, before anything is refused or counted.
    """
    submission = _submission(desk, citizen, body, key, request_id, secret=desk.secret)
    facts = await find_facts(desk, submission)
    if facts and facts.recorded:
        _check_same(submission, facts.recorded.submission.fingerprint)
        return Submitted(facts.recorded, is_new=False)
    if facts and facts.is_erased:
        raise ProblemError("case_erased")
    for secret in desk.former_secrets:
        earlier = _submission(desk, citizen, body, key, request_id, secret=secret)
        began = await _find_begun(desk, earlier, citizen)
        if began is not None:
            return Submitted(began, is_new=False)
    sender, submits = name_of(citizen), desk.limits.submits
    refusal = _refuse_identity(desk, body) or refuse(desk, submission, facts)
    refusal = refusal or submits.refusal(sender)
    if refusal is not None:
        return await _replay(desk, submission, citizen, otherwise=refusal)
    try:
        await desk.engine.start(submission, _memo(desk, submission))
    except CaseExistsError:
        submits.give_back(sender)
        return await _replay(desk, submission, citizen, otherwise=EngineAwayError())
    except EngineAwayError:
        submits.give_back(sender)
        raise
    return Submitted(snapshot_of(submission), is_new=True)


async def wait_for_admission(desk: Desk, submitted: Submitted, limit: timedelta) -> Snapshot:
    """Return the case when its row shows that it was admitted, at the latest after *limit*."""
    if limit <= timedelta() or submitted.snapshot.projection.state is not CaseState.RECEIVED:
        return submitted.snapshot
    try:
        async with asyncio.timeout(limit.total_seconds()):
            return await _admitted(desk, submitted.snapshot)
    except (TimeoutError, DatabaseAwayError):
        return submitted.snapshot


async def _admitted(desk: Desk, snapshot: Snapshot) -> Snapshot:
    while True:
        async with database(desk.pool) as conn:
            found = await find_case(conn, snapshot.submission.case_id)
        if found is not None and found.projection.state is not CaseState.RECEIVED:
            return found
        await asyncio.sleep(_POLL_EVERY.total_seconds())


async def _find_begun(
    desk: Desk, submission: Submission, citizen: CitizenCaller
) -> Snapshot | None:
    """Return the case that *submission* already became under a former secret, None without one.

    Raises `ProblemError` as `submit` does for a known key. Whether the case was erased is not asked
    of a PostgreSQL that is away; then what Temporal still has answers.
    """
    recorded = await _find_recorded(desk, submission.case_id)
    if recorded is not None:
        _check_same(submission, recorded.submission.fingerprint)
        return recorded
    memo = await desk.engine.find_memo(submission.case_id)
    if memo is None:
        return None
    _check_same(submission, memo.fingerprint)
    return received(submission.case_id, memo, citizen.identity)


async def _find_recorded(desk: Desk, case_id: CaseId) -> Snapshot | None:
    try:
        async with database(desk.pool, QUICK) as conn:
            recorded = await find_case(conn, case_id)
            if recorded is None and await is_erased(conn, case_id):
                raise ProblemError("case_erased")
    except DatabaseAwayError:
        return None
    return recorded


async def _replay(
    desk: Desk, submission: Submission, citizen: CitizenCaller, otherwise: ProblemError
) -> Submitted:
    memo = await desk.engine.find_memo(submission.case_id)
    if memo is None:
        raise otherwise
    _check_same(submission, memo.fingerprint)
    return Submitted(received(submission.case_id, memo, citizen.identity), is_new=False)


def _check_same(submission: Submission, fingerprint: str) -> None:
    if submission.fingerprint != fingerprint:
        raise ProblemError("idempotency_key_reused")


def _refuse_identity(desk: Desk, body: SubmitCase) -> ProblemError | None:
    if body.on_behalf_of is None or is_of_living_age(body.on_behalf_of, desk.today(desk.now())):
        return None
    return ProblemError("invalid_body", errors=[FieldError("invalid_value", "/on_behalf_of")])


def _submission(
    desk: Desk,
    citizen: CitizenCaller,
    body: SubmitCase,
    key: str,
    request_id: str,
    *,
    secret: bytes,
) -> Submission:
    """Return *body* as a submission whose id and fingerprint are keyed by *secret*."""
    return Submission(
        case_id=derive_case_id(secret, citizen.issuer, citizen.identity, key),
        service=body.service,
        answers=body.answers,
        patient=body.on_behalf_of or citizen.identity,
        submitted_by=citizen.identity,
        clinic=body.clinic,
        channel=body.channel,
        not_duplicate_of=tuple(body.not_duplicate_of),
        received_at=desk.now(),
        fingerprint=_fingerprint(secret, body),
        correlation_id=request_id,
    )


def _fingerprint(secret: bytes, body: SubmitCase) -> str:
    covered = body.model_dump(include={"service", "answers", "clinic", "on_behalf_of"})
    canonical = json.dumps(covered, sort_keys=True, separators=(",", ":"))
    return keyed_hash(secret, "fingerprint", canonical).hex()


def _memo(desk: Desk, submission: Submission) -> CaseMemo:
    people = dict.fromkeys((submission.patient, submission.submitted_by))
    return CaseMemo(
        fingerprint=submission.fingerprint,
        owners=tuple(desk.owner_hash(identity) for identity in people),
        received_at=submission.received_at,
        service=submission.service,
    )
