"""The table of erasure proofs: what was erased when, by which decision, and what outlives it."""

from datetime import date

from pydantic import AwareDatetime

from domain.model import Model
from store.pool import Connection

_INSERT_PROOF = """
INSERT INTO erasure_proofs (
    case_id, run, decision, plan_hash, proposed_by, approvers, retention_class, service,
    closed_at, until, erased_at, events, chain
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (case_id) DO NOTHING
"""

_LIST_PROOFS = """
SELECT case_id::text AS case_id, run::text AS run, decision, plan_hash, proposed_by, approvers,
       retention_class, service, closed_at, until, erased_at, events, chain
FROM erasure_proofs
WHERE $1::uuid IS NULL OR run = $1
ORDER BY erased_at, case_id
"""

_LIST_UNPROVED = """
SELECT case_id::text AS case_id
FROM cases
WHERE (erased_at IS NOT NULL OR EXISTS (
          SELECT FROM case_events
          WHERE case_events.case_id = cases.case_id AND digest IS NOT NULL
      ))
  AND NOT EXISTS (SELECT FROM erasure_proofs WHERE erasure_proofs.case_id = cases.case_id)
ORDER BY case_id
"""


class ErasureProof(Model):
    """That one case was erased. Names staff who decided, and nothing of the patient.

    `chain` is `domain.retention.chain_hash` of the case's `events` events. `until` is the last
    day the case had to be kept.
    """

    case_id: str
    run: str
    decision: str
    plan_hash: str
    proposed_by: str
    approvers: tuple[str, ...]
    retention_class: str
    service: str
    closed_at: AwareDatetime
    until: date
    erased_at: AwareDatetime
    events: int
    chain: str


async def insert_proof(conn: Connection, proof: ErasureProof) -> None:
    """Store a proof; a case is erased once, so the first one stands."""
    told = proof.model_dump()
    columns = (
        *("case_id", "run", "decision", "plan_hash", "proposed_by", "approvers"),
        *("retention_class", "service", "closed_at", "until", "erased_at", "events", "chain"),
    )
    await conn.execute(_INSERT_PROOF, *(told[column] for column in columns))


async def list_proofs(conn: Connection, run: str | None = None) -> list[ErasureProof]:
    """Return the proofs of one run, or of all, in the order of erasing."""
    rows = await conn.fetch(_LIST_PROOFS, run)
    return [ErasureProof.model_validate(dict(row)) for row in rows]


async def list_unproved(conn: Connection) -> list[str]:
    """Return the cases that are erased, or have erased events, and that no proof speaks for."""
    return [row["case_id"] for row in await conn.fetch(_LIST_UNPROVED)]
