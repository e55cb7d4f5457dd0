"""Whether the payload keys given here open what Temporal holds of cases that are still open."""

from temporalio.client import Client

from commands.checkup.installation.faults import Fault, Part, error
from runtime.codec import UnreadablePayloadError

_OPEN_CASES = 'WorkflowType="CaseWorkflow" AND ExecutionStatus="Running"'
_LOOKED_AT = 50


async def check_open_cases(client: Client) -> list[Fault]:
    """Return an error when one of the 50 newest open cases is sealed with a key we lack."""
    codec = client.data_converter.payload_codec
    if codec is None:
        return []
    async for case in client.list_workflows(_OPEN_CASES, limit=_LOOKED_AT):
        try:
            await codec.decode(list(case.raw_info.memo.fields.values()))
        except UnreadablePayloadError:
            text = "an open case is sealed with a key that is not in the ring"
            remedy = "Put its key back, behind the first one, in ARENDE_PAYLOAD_KEYS."
            return [error(Part.SECRETS, text, remedy)]
    return []
