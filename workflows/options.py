"""Timeouts and retries of every activity: each a decision, made once, here."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig, LocalActivityConfig

from domain import ops_texts

TASK_QUEUE = "cases"

NOTICES_QUEUE = "notices"
"""Where SendNotices and Reconcile run, so that they take no slot from a case."""

ROUNDS_PER_RUN = 20
"""How many rounds of notices one run sends at most; the schedule starts the next run soon."""

CONTINUE_AT_EVENTS = 1_000
"""History length at which a case goes on as a new run (design section 5)."""

TRY_AGAIN_AFTER = timedelta(hours=1)
"""How long a quarantined case waits before it tries to record again (design 3.5)."""

_FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=60),
)

_DATABASE_ATTEMPT = timedelta(seconds=10)

ADMISSION = ActivityConfig(
    start_to_close_timeout=_DATABASE_ATTEMPT,
    retry_policy=_FOR_EVER,
    summary=ops_texts.ADMITTING,
)
"""Must happen and needs PostgreSQL: tried for ever, 1 s to 60 s apart (design 3.4)."""

RECORDING = ActivityConfig(
    start_to_close_timeout=_DATABASE_ATTEMPT,
    retry_policy=_FOR_EVER,
    summary=ops_texts.RECORDING,
)
"""The same for a record of what changed."""

MERGING = ActivityConfig(
    schedule_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200)),
    summary=ops_texts.MERGING,
)
"""Half a minute of silence is a no: then the case goes on as it was (design section 4)."""

CALCULATION = LocalActivityConfig(
    start_to_close_timeout=timedelta(seconds=5),
    retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=10)),
    summary=ops_texts.PLANNING,
)
"""Pure arithmetic outside the sandbox: no I/O, so it is quick or it is a bug to be seen."""

ADDRESSING = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=timedelta(seconds=30),
    retry_policy=_FOR_EVER,
    summary=f"{ops_texts.OPS} find whom a round of notices is for",
)
"""One round of notices, a heartbeat for each. Needs PostgreSQL alone."""

SENDING = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    heartbeat_timeout=timedelta(seconds=60),
    retry_policy=_FOR_EVER,
    summary=f"{ops_texts.OPS} hand over a round of deliveries",
)
"""One round of deliveries, a heartbeat for each. While PostgreSQL is away the run waits, and the
schedule skips: one waiting run instead of one failed run every 20 seconds."""

RECONCILING = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=30),
    heartbeat_timeout=timedelta(seconds=60),
    retry_policy=_FOR_EVER,
    summary=f"{ops_texts.OPS} compare cases with their rows",
)
"""Many cases, a heartbeat for each: long in all, but never long without a sign of life."""

KEEPING_LOG = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=5),
    retry_policy=_FOR_EVER,
    summary=f"{ops_texts.OPS} keep the access log",
)
"""A month made or a week drawn: one statement each, the second over a week's rows."""

FORGETTING = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=1),
    schedule_to_close_timeout=timedelta(days=1),
    heartbeat_timeout=timedelta(seconds=30),
    retry_policy=_FOR_EVER,
    summary=f"{ops_texts.OPS} delete the runs before this one",
)
"""Must happen soon, but a case must not stay open for ever because a run cannot be deleted."""

PROTECTING = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=timedelta(seconds=60),
    retry_policy=_FOR_EVER,
    summary=f"{ops_texts.OPS} compare cases with the register of protected identities",
)
"""A page of cases that differ, a heartbeat for each; on an ordinary day there is hardly one."""
