"""What a workflow's history holds, counted."""

from collections import Counter
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

_NOT_ITS_OWN = ("TIME_SKIPPING", "OPTIONS_UPDATED")


async def count_events(handle: WorkflowHandle[Any, Any]) -> Counter[str]:
    """Return the numbers of `events`, `tasks`, `timers`, `regular` and `local` activities.

    What skipping a workflow's time adds to its history is not counted.
    """
    names = [EventType.Name(event.event_type) async for event in handle.fetch_history_events()]
    own = [name for name in names if not any(part in name for part in _NOT_ITS_OWN)]
    return Counter(
        events=len(own),
        tasks=own.count("EVENT_TYPE_WORKFLOW_TASK_COMPLETED"),
        timers=own.count("EVENT_TYPE_TIMER_STARTED"),
        regular=own.count("EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"),
        local=own.count("EVENT_TYPE_MARKER_RECORDED"),
    )
