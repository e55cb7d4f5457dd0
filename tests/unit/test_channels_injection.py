"""No address and no text can add a header, a recipient or a command, whatever is in it."""

from email import message_from_bytes, policy
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.outbox import AddressDeadError, RefusedError
from domain.catalogue import BilingualText
from runtime.channels.addresses import is_mail_address, is_phone_number
from runtime.channels.mail import MailOutbox
from runtime.channels.mail_message import compose
from runtime.channels.ways import MailServer
from tests.unit.deliveries import ADDRESS, mail
from tests.unit.mail_sink import SENDER

_HEADERS = [
    "Subject",
    "From",
    "To",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]
_TROUBLE = [
    "\r\n",
    "\n",
    "\r",
    "\0",
    "\u2028",
    "\x85",
    "Bcc: ",
    "<",
    ">",
    ",",
    '"',
    " ",
    "=?",
    "?=",
]
_PIECES = st.one_of(
    st.sampled_from([*_TROUBLE, "a", "x@y.example", "@", ".", "utf-8?q?=0D=0A", "RCPT TO:", "å"]),
    st.text(max_size=3),
)
_ODD = st.lists(_PIECES, max_size=8).map("".join)
_TEXT = st.lists(
    st.one_of(st.sampled_from(_TROUBLE), st.text(st.characters(exclude_categories=["Cs"]))),
    max_size=8,
).map("".join)
_GOOD = st.from_regex(
    r"[A-Za-z0-9!#$%&'*+/=^_`{|}~-]{1,60}(\.[a-z=]{1,3})?@([a-z0-9]{1,60}\.){0,3}[a-z]{2,9}",
    fullmatch=True,
)


@given(address=_GOOD, sv=_TEXT, en=_TEXT)
def test_mail_has_one_recipient_and_our_headers_alone(address: str, sv: str, en: str) -> None:
    assert is_mail_address(address)

    raw = compose(mail(address, text=BilingualText(sv=sv, en=en)), address, SENDER)

    message = message_from_bytes(raw, policy=policy.SMTP)
    assert list(message.keys()) == _HEADERS
    assert getaddresses([str(message["To"])]) == [("", address)]
    assert not message.defects
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")


@given(address=_ODD)
def test_address_is_one_mailbox_or_nothing_leaves(address: str) -> None:
    unfit = {"\r", "\n", "\0", " ", "<", ">", ",", ";", ":", '"', "(", ")", "[", "]", "\\", "?"}

    if is_mail_address(address):
        assert address.isascii()
        assert unfit.isdisjoint(address)
        assert address.count("@") == 1
    else:
        outbox = MailOutbox(MailServer("127.0.0.1", 1, "none", SENDER))
        with pytest.raises(AddressDeadError, match="mail_address_invalid"):
            outbox.send(mail(address)).send(None)


@pytest.mark.parametrize(
    "address",
    [
        f"{ADDRESS}\r\nBcc: x@y.example",
        f"{ADDRESS}\n",
        f"Karin <{ADDRESS}>",
        f"{ADDRESS}, x@y.example",
        f"{ADDRESS}> SIZE=1\r\nRCPT TO:<x@y.example",
        "=?utf-8?q?x=0D=0ABcc:y?=@region.example",
        "=?utf-8?q?x=0D=0ABcc?=@region.example",
        '"a b"@region.example',
        "a@region..example",
        ".a@region.example",
        "a@-region.example",
        "å@region.example",
        "a" * 65 + "@region.example",
        "a@" + "b." * 126 + "example",
        "a@b@region.example",
        "@region.example",
        "a@",
        "",
    ],
)
def test_odd_address_is_no_mailbox(address: str) -> None:
    assert not is_mail_address(address)


@pytest.mark.parametrize("key", ["a\r\nBcc: x@y.example", "a b", "a>", "a@b", ".a", "a..b", ""])
def test_key_that_cannot_stand_in_a_header_is_refused(key: str) -> None:
    with pytest.raises(RefusedError, match="key_unfit"):
        compose(mail(key=key), ADDRESS, SENDER)


@given(number=st.one_of(_ODD, st.from_regex(r"\+?[0-9\n]{0,17}", fullmatch=True)))
def test_number_is_digits_alone(number: str) -> None:
    digits = number.removeprefix("+")
    fits = number.startswith("+") and digits.isascii() and digits.isdigit()

    assert is_phone_number(number) == (
        fits and not digits.startswith("0") and len(digits) in range(7, 16)
    )
