"""The tables of log review: samples of accesses that are drawn, and the verdicts on them [L3]."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from domain.access import AccessAction, AccessKind, SampleMethod, SearchReason, Verdict
from domain.access_reviews import Period, SampleRule
from domain.model import Model
from store.pool import Connection

_INSERT_DRAW = """
INSERT INTO access_draws (draw_id, period_from, period_until, by_system, at_random, seed)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (period_from, period_until) DO NOTHING
RETURNING draw_id
"""

# Each unit's accesses are numbered in order of time, and every n-th is taken, from a start that the
# seed picks; they are shuffled by a hash of the seed, and the first are taken. The same seed draws
# the same sample again. Log review itself is not drawn.
_INSERT_REVIEWS = """
WITH candidates AS (
    SELECT entry, at, staff, unit, provider,
           row_number() OVER of_unit AS place,
           count(*) OVER whole_unit AS total,
           row_number() OVER shuffled AS lot
    FROM access_log
    WHERE at >= $2 AND at < $3 AND action <> ALL ($4::text[])
    WINDOW whole_unit AS (PARTITION BY provider, unit),
           of_unit AS (PARTITION BY provider, unit ORDER BY at, entry),
           shuffled AS (
               PARTITION BY provider, unit
               ORDER BY sha256(convert_to($5 || ':' || entry, 'UTF8')), entry
           )
), drawn AS (
    SELECT entry, at, staff, unit, provider, lot,
           (place - 1) % step = get_byte(sha256(convert_to($5, 'UTF8')), 0) % step
               AND (place - 1) / step < $6 AS is_nth
    FROM (SELECT *, greatest(1, total / $6::bigint) AS step FROM candidates) AS stepped
)
INSERT INTO access_reviews (draw_id, entry, entry_at, staff, unit, provider, method)
SELECT $1, entry, at, staff, unit, provider, CASE WHEN is_nth THEN 'system' ELSE 'random' END
FROM drawn
WHERE is_nth OR lot <= $7
"""

_REVIEW = """
SELECT access_reviews.review_id::text, access_draws.drawn_at, access_reviews.method,
       access_reviews.entry_at, access_reviews.staff, staff.name AS staff_name, staff.protected,
       access_reviews.unit, access_log.action, access_log.kind, access_log.reason,
       access_log.note AS search_text, access_log.patients::text[] AS patients,
       access_log.case_ids::text[] AS case_ids, access_verdicts.verdict,
       access_verdicts.note, access_verdicts.reviewer, access_verdicts.at AS judged_at
FROM access_reviews
JOIN access_draws USING (draw_id)
JOIN access_log ON access_log.at = access_reviews.entry_at
    AND access_log.entry = access_reviews.entry
LEFT JOIN staff ON staff.hsa_id = access_reviews.staff
LEFT JOIN access_verdicts USING (review_id)
"""

_FIND_REVIEW = f"{_REVIEW} WHERE access_reviews.review_id = $1 AND access_reviews.provider = $2"

_LIST_REVIEWS = f"""
{_REVIEW}
WHERE access_reviews.provider = $1
  AND NOT access_log.patients::text[] && $6::text[]
  AND ($2::boolean IS NULL OR (access_verdicts.verdict IS NOT NULL) = $2)
  AND (
      $3::timestamptz IS NULL
      OR (access_reviews.entry_at, access_reviews.review_id) > ($3, $4::uuid)
  )
ORDER BY access_reviews.entry_at, access_reviews.review_id
LIMIT $5
"""

_INSERT_VERDICT = """
INSERT INTO access_verdicts (review_id, verdict, note, reviewer, commission)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (review_id) DO NOTHING
"""

_COUNT_REVIEWS = """
SELECT access_draws.period_from, access_draws.period_until, access_draws.drawn_at,
       access_draws.seed, access_draws.by_system, access_draws.at_random,
       access_reviews.provider, access_reviews.unit,
       count(access_reviews.review_id) AS drawn,
       count(access_verdicts.review_id) AS judged,
       count(*) FILTER (WHERE access_verdicts.verdict = 'justified') AS justified,
       count(*) FILTER (WHERE access_verdicts.verdict = 'questionable') AS questionable,
       count(*) FILTER (WHERE access_verdicts.verdict = 'unjustified') AS unjustified
FROM access_draws
LEFT JOIN access_reviews USING (draw_id)
LEFT JOIN access_verdicts USING (review_id)
GROUP BY access_draws.draw_id, access_reviews.provider, access_reviews.unit
ORDER BY access_draws.period_from, access_reviews.provider, access_reviews.unit
"""

_DRAWING_SECONDS = 240
_NOT_DRAWN = (AccessAction.LIST_REVIEWS, AccessAction.JUDGE_ACCESS)


class AccessReview(Model):
    """An access to judge, what the log tells of it, and the verdict when there is one.

    *patients* stand beside *case_ids*; the name of staff is the register's, None if unknown.
    """

    review_id: str
    drawn_at: datetime
    method: SampleMethod
    entry_at: datetime
    staff: str
    staff_name: str | None
    protected: bool | None
    unit: str | None
    action: str
    kind: AccessKind
    reason: SearchReason | None
    search_text: str | None
    patients: tuple[str, ...]
    case_ids: tuple[str | None, ...]
    verdict: Verdict | None
    note: str | None
    reviewer: str | None
    judged_at: datetime | None


class ReviewQuery(Model):
    """Whose reviews and which part of them; `after_at` and `after_review` are the cursor.

    Accesses to the data of *close_to*, the reviewer and their nearest, are left out.
    """

    provider: str
    close_to: tuple[str, ...] = Field(default=(), repr=False)
    judged: bool | None = None
    after_at: datetime | None = None
    after_review: str | None = None
    limit: int


class Judgement(Model):
    """What a reviewer says of an access, and in which commission."""

    review_id: str
    verdict: Verdict
    note: str | None
    reviewer: str
    commission: str


class ReviewCount(Model):
    """How far the review of one draw has come at one unit; no unit for a draw without accesses."""

    period_from: datetime
    period_until: datetime
    drawn_at: datetime
    seed: str
    by_system: int
    at_random: int
    provider: str | None
    unit: str | None
    drawn: int
    judged: int
    justified: int
    questionable: int
    unjustified: int


async def draw_reviews(
    conn: Connection, draw_id: UUID, period: Period, rule: SampleRule, seed: str
) -> int | None:
    """Draw each unit's sample of a period and return how many were drawn; None if it was already.

    Safe to repeat: a period is drawn once. The caller opens the transaction.
    """
    bounds = (period.begins, period.ends)
    drawn = await conn.fetchval(
        _INSERT_DRAW, draw_id, *bounds, rule.by_system, rule.at_random, seed
    )
    if drawn is None:
        return None
    told = await conn.execute(
        _INSERT_REVIEWS,
        draw_id,
        *bounds,
        _NOT_DRAWN,
        seed,
        rule.by_system,
        rule.at_random,
        timeout=_DRAWING_SECONDS,
    )
    return int(told.rpartition(" ")[2])


async def find_review(conn: Connection, review_id: str, provider: str) -> AccessReview | None:
    """Return one access to judge, None if it is of another care provider or not there."""
    row = await conn.fetchrow(_FIND_REVIEW, review_id, provider)
    return AccessReview.model_validate(dict(row)) if row else None


async def list_reviews(conn: Connection, query: ReviewQuery) -> list[AccessReview]:
    """Return a care provider's accesses to judge, oldest first, from a cursor on."""
    rows = await conn.fetch(
        _LIST_REVIEWS,
        query.provider,
        query.judged,
        query.after_at,
        query.after_review,
        query.limit,
        list(query.close_to),
    )
    return [AccessReview.model_validate(dict(row)) for row in rows]


async def insert_verdict(conn: Connection, judgement: Judgement) -> bool:
    """Write down a verdict; False when there is one, which stays as it is."""
    told = await conn.execute(
        _INSERT_VERDICT,
        judgement.review_id,
        judgement.verdict,
        judgement.note,
        judgement.reviewer,
        judgement.commission,
    )
    return told == "INSERT 0 1"


async def count_reviews(conn: Connection) -> list[ReviewCount]:
    """Return how far every draw has been judged, unit by unit, the oldest draw first."""
    return [ReviewCount.model_validate(dict(row)) for row in await conn.fetch(_COUNT_REVIEWS)]
