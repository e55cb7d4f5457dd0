"""The names that dashboards and alerts rely on; tests compare them with what is really scraped."""

OWN = {
    "arende_calendar_ends_timestamp_seconds": ("gauge", ()),
    "arende_case_events": ("counter", ("kind",)),
    "arende_cases_received": ("counter", ("service",)),
    "arende_deliveries": ("gauge", ("channel", "state")),
    "arende_escalated_cases": ("gauge", ("level",)),
    "arende_hand_overs": ("counter", ("channel", "outcome")),
    "arende_http_request_seconds": ("histogram", ("route", "method")),
    "arende_http_requests": ("counter", ("route", "method", "status")),
    "arende_log_events": ("counter", ("event",)),
    "arende_notices": ("gauge", ("state",)),
    "arende_oldest_delivery_seconds": ("gauge", ()),
    "arende_oldest_open_case_seconds": ("gauge", ()),
    "arende_oldest_unrecorded_seconds": ("gauge", ()),
    "arende_open_cases": ("gauge", ("service", "state")),
    "arende_open_cases_older_than": ("gauge", ("days",)),
    "arende_overdue_cases": ("gauge", ("service",)),
    "arende_quarantined_cases": ("gauge", ()),
    "arende_reconciled_cases": ("counter", ("finding",)),
    "arende_running_cases": ("gauge", ()),
    "arende_stuck_workflows": ("gauge", ()),
    "arende_unadmitted_cases": ("gauge", ()),
    "arende_uncovered_roles": ("gauge", ("role",)),
    "arende_up_postgresql": ("gauge", ()),
    "arende_up_temporal": ("gauge", ()),
}
"""Our metrics: name without suffix, type, and labels."""

SDK = frozenset(
    {
        "temporal_activity_execution_failed_total",
        "temporal_activity_execution_latency_seconds_bucket",
        "temporal_activity_schedule_to_start_latency_seconds_bucket",
        "temporal_request_total",
        "temporal_request_latency_seconds_bucket",
        "temporal_sticky_cache_size",
        "temporal_worker_task_slots_available",
        "temporal_workflow_task_execution_latency_seconds_bucket",
        "temporal_workflow_task_schedule_to_start_latency_seconds_bucket",
    }
)
"""The SDK's metrics that dashboards show, as a worker of ours serves them."""

PROCESS = frozenset({"process_cpu_seconds_total", "process_resident_memory_bytes"})
"""Of prometheus-client itself, for each process."""
