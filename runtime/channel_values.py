"""What a setting of a channel may be: a refusal says what is wanted, never what was given."""

import base64
import binascii
import re
from typing import Annotated

import httpx2
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from runtime.channels.addresses import is_mail_address, is_phone_number

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of a secret in Standard Webhooks, not one
_SECRET_BYTES = range(24, 65)
_HOST = re.compile(r"[A-Za-z0-9.:-]+")
_SENDER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,10}")


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _check_address(text: str) -> str:
    if not is_mail_address(text):
        raise ValueError("must be one bare mail address")
    return text


def _check_url(text: str) -> str:
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        raise ValueError("is no address") from None
    is_web = url.scheme in {"http", "https"} and _HOST.fullmatch(url.raw_host.decode("ascii"))
    if not is_web or url.userinfo or url.fragment:
        raise ValueError("must be an https address without user or fragment")
    return str(url)


def _check_sms_sender(text: str) -> str:
    if not is_phone_number(text) and not _SENDER_NAME.fullmatch(text):
        raise ValueError("must be 3 to 11 letters and digits, or a number as +46…")
    return text


def _check_webhook_secrets(secrets: SecretStr) -> SecretStr:
    written = secrets.get_secret_value().split()
    if not written or not all(_is_webhook_secret(one) for one in written):
        raise ValueError("must be secrets whsec_…, base64 of 24 to 64 bytes, between spaces")
    return secrets


def _is_webhook_secret(text: str) -> bool:
    try:
        key = base64.b64decode(text.removeprefix(_SECRET_PREFIX), validate=True)
    except binascii.Error:
        return False
    return text.startswith(_SECRET_PREFIX) and len(key) in _SECRET_BYTES


# A compose file hands an unset variable on as an empty one.
EmptyIsNone = BeforeValidator(_none_if_empty)
Host = Annotated[str, Field(pattern=f"^{_HOST.pattern}$")]
MailPort = Annotated[int, Field(ge=1, le=65535)]
MailAddress = Annotated[str, AfterValidator(_check_address)]
WebUrl = Annotated[str, AfterValidator(_check_url)]
WebhookSecrets = Annotated[SecretStr, AfterValidator(_check_webhook_secrets)]
SmsSender = Annotated[str, AfterValidator(_check_sms_sender)]
