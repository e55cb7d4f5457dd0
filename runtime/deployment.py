"""Which build of the worker a process runs, and which builds Temporal hands tasks to."""

import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version

from pydantic import BaseModel, ConfigDict
from temporalio.api.deployment.v1 import WorkerDeploymentInfo
from temporalio.api.enums.v1 import RoutingConfigUpdateState, WorkerDeploymentVersionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from runtime.errors import OperatorError
from runtime.settings import Settings

_RPC_TIMEOUT = timedelta(seconds=10)
_STATUS_PREFIX = "WORKER_DEPLOYMENT_VERSION_STATUS_"


class NoDeploymentError(OperatorError):
    """Temporal knows no deployment, or no build of it, by that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Temporal knows no deployment {name} with that build; has a worker of it polled yet?"
        )


class DeploymentRefusedError(OperatorError):
    """Temporal does not route to that build as things are."""

    def __init__(self) -> None:
        super().__init__(
            "Temporal refuses: no worker of that build polls every queue of the current one; "
            "start its workers first, or try again in a moment"
        )


@dataclass(frozen=True, slots=True)
class Build:
    """The build a worker runs; without *deployment* Temporal does not tell builds apart."""

    build_id: str
    deployment: str | None = None

    def identity(self, role: str) -> str:
        """Return what Temporal writes beside everything a worker of this *role* did.

        The process id first, then host, role and build: nothing of a person.
        """
        return f"{os.getpid()}@{socket.gethostname()}/{role}/{self.build_id}"

    def options(self) -> WorkerDeploymentConfig | None:
        """Return how this build takes part in versioning: every case moves on (ADR 0012)."""
        if self.deployment is None:
            return None
        return WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(self.deployment, self.build_id),
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
        )


UNVERSIONED = Build(version("arende"))


def build_of(settings: Settings) -> Build:
    """Return the build that the settings name, else the version of this package."""
    return Build(settings.worker_build_id or UNVERSIONED.build_id, settings.worker_deployment)


class BuildState(BaseModel):
    """A build that Temporal has seen; *status* is its word for it, such as `current`."""

    model_config = ConfigDict(frozen=True)

    build_id: str
    status: str


class Routing(BaseModel):
    """Which builds get tasks. *ramp_percentage* of all cases follow *ramping*, 0 to 100.

    *settled* says that every queue has heard of the last change.
    """

    model_config = ConfigDict(frozen=True)

    deployment: str
    current: str | None
    ramping: str | None
    ramp_percentage: float
    settled: bool
    builds: tuple[BuildState, ...]


async def read_routing(client: Client, deployment: str) -> Routing:
    """Return how tasks are routed now; `NoDeploymentError` for a name Temporal does not know."""
    request = DescribeWorkerDeploymentRequest(
        namespace=client.namespace, deployment_name=deployment
    )
    try:
        described = await client.workflow_service.describe_worker_deployment(
            request, timeout=_RPC_TIMEOUT
        )
    except RPCError as error:
        raise _explained(error, deployment) from error
    return _routing(described.worker_deployment_info)


async def make_current(client: Client, deployment: str, build_id: str) -> None:
    """Give every task, of new and of open cases, to this build, and end a ramp to it.

    Raises `NoDeploymentError`, or `DeploymentRefusedError` while no worker of it polls.
    """
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=deployment,
        build_id=build_id,
        identity=client.identity,
    )
    try:
        await client.workflow_service.set_worker_deployment_current_version(
            request, timeout=_RPC_TIMEOUT
        )
    except RPCError as error:
        raise _explained(error, deployment) from error


async def ramp(client: Client, deployment: str, build_id: str, percentage: float) -> None:
    """Give this build the tasks of *percentage* (0 to 100) of all cases, always the same ones.

    0 ends the ramp. Raises as `make_current` does.
    """
    request = SetWorkerDeploymentRampingVersionRequest(
        namespace=client.namespace,
        deployment_name=deployment,
        build_id=build_id if percentage else "",
        percentage=percentage,
        identity=client.identity,
    )
    try:
        await client.workflow_service.set_worker_deployment_ramping_version(
            request, timeout=_RPC_TIMEOUT
        )
    except RPCError as error:
        raise _explained(error, deployment) from error


def _explained(error: RPCError, deployment: str) -> Exception:
    match error.status:
        case RPCStatusCode.NOT_FOUND:
            return NoDeploymentError(deployment)
        case RPCStatusCode.FAILED_PRECONDITION:
            return DeploymentRefusedError()
        case _:
            return error


def _routing(info: WorkerDeploymentInfo) -> Routing:
    config = info.routing_config
    return Routing(
        deployment=info.name,
        current=config.current_deployment_version.build_id or None,
        ramping=config.ramping_deployment_version.build_id or None,
        ramp_percentage=config.ramping_version_percentage,
        settled=info.routing_config_update_state
        != RoutingConfigUpdateState.ROUTING_CONFIG_UPDATE_STATE_IN_PROGRESS,
        builds=tuple(
            BuildState(
                build_id=summary.deployment_version.build_id,
                status=WorkerDeploymentVersionStatus.Name(summary.status)
                .removeprefix(_STATUS_PREFIX)
                .lower(),
            )
            for summary in info.version_summaries
        ),
    )
