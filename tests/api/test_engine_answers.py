"""What Temporal refuses is heard as 503 by the caller, unless it is about the case itself."""

from typing import NoReturn

import pytest
from temporalio.client import (
    Client,
    DescribeWorkflowInput,
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
)
from temporalio.service import RPCError, RPCStatusCode
from typing_extensions import override

from api.engine import Engine, EngineAwayError
from domain.submission import CaseId, CaseMemo
from tests.unit import case_samples as samples

CASE_ID = CaseId("00000000-0000-4000-8000-000000000000")
OF_THE_CASE = {RPCStatusCode.OK, RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}
MEMO = CaseMemo(
    fingerprint="f", owners=("o",), received_at=samples.MONDAY, service="prescription_renewal"
)


class Refusing(Interceptor):
    """Answers each call of a client with one status, as the server would."""

    def __init__(self, status: RPCStatusCode) -> None:
        self._status = status

    @override
    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return RefusingCalls(next, self._status)


class RefusingCalls(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, status: RPCStatusCode) -> None:
        super().__init__(following)
        self._status = status

    def _refuse(self) -> NoReturn:
        raise RPCError("refused", self._status, b"")

    @override
    async def start_workflow(self, input: StartWorkflowInput) -> NoReturn:
        self._refuse()

    @override
    async def signal_workflow(self, input: SignalWorkflowInput) -> NoReturn:
        self._refuse()

    @override
    async def describe_workflow(self, input: DescribeWorkflowInput) -> NoReturn:
        self._refuse()


@pytest.mark.parametrize("status", [one for one in RPCStatusCode if one not in OF_THE_CASE])
async def test_whatever_temporal_cannot_do_now_is_to_be_tried_again(status: RPCStatusCode) -> None:
    """Also a run with no room for one more message, and a server with too much to do."""
    client = await Client.connect("127.0.0.1:1", lazy=True, interceptors=[Refusing(status)])
    engine = Engine(client)

    with pytest.raises(EngineAwayError):
        await engine.start(samples.submission(), MEMO)
    with pytest.raises(EngineAwayError):
        await engine.signal(CASE_ID, samples.withdraw())
    with pytest.raises(EngineAwayError):
        await engine.find_memo(CASE_ID)
