"""Reading a mail that says that one of ours could not be delivered (RFC 3464)."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

MOST_BYTES = 1_048_576
"""More than any mail server sends back; what stands after is not read."""

_OUR_MESSAGE_ID = re.compile(r"<([0-9a-f.-]{1,64})@[^<>@\s]+>")
_FINAL = re.compile(r"5\.\d{1,3}\.\d{1,3}\b")
_RETURNED = frozenset({"message/rfc822", "message/rfc822-headers", "text/rfc822-headers"})


def read_bounced_key(mail: bytes) -> str | None:
    """Return the key of the delivery that *mail* says has failed for good.

    None for any other mail: one that is only late, an answer by a person or a machine, or a
    returned mail whose Message-ID is none of ours.
    """
    parts = list(message_from_bytes(mail[:MOST_BYTES]).walk())
    if not any(_is_final(block) for part in parts for block in _status_blocks(part)):
        return None
    for part in parts:
        found = _OUR_MESSAGE_ID.fullmatch(_returned_id(part))
        if found:
            return found.group(1)
    return None


def _status_blocks(part: Message) -> Iterator[Message]:
    """Yield the blocks of a delivery status: one for the message, then one for each recipient."""
    payload = part.get_payload()
    if part.get_content_type() == "message/delivery-status" and isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def _is_final(block: Message) -> bool:
    action, status = str(block.get("Action", "")), str(block.get("Status", ""))
    return action.strip().lower() == "failed" and _FINAL.match(status.strip()) is not None


def _returned_id(part: Message) -> str:
    if part.get_content_type() not in _RETURNED:
        return ""
    payload = part.get_payload()
    if isinstance(payload, list):
        returned = payload[0] if payload else None
    else:
        content = part.get_payload(decode=True)
        returned = message_from_bytes(content) if isinstance(content, bytes) else None
    return str(returned.get("Message-ID", "")).strip() if isinstance(returned, Message) else ""
