"""Deadlines, computed outside the workflow so that replay never meets a calendar library."""

from temporalio import activity

from domain.plan import Plan, PlanRequest
from domain.planning import lay_plan


@activity.defn
async def plan_deadlines(request: PlanRequest) -> Plan:
    """Return the plan after a clock change; pure, so safe to repeat."""
    return lay_plan(request)
