"""What reaches one person: the word that there is news, and nothing of what the news is."""

import hashlib
import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeAlias

from pydantic import AwareDatetime, Field

from domain.catalogue import BilingualText
from domain.model import Model

_KEY_DIGITS = 40
_SHORTEST_TELLING_WORD = 4
_WORD = re.compile(r"[^\W\d_]+")
_MARKS = {
    "digit": re.compile(r"\d"),
    "placeholder": re.compile(r"[{}$%<>\[\]]"),
    "link": re.compile(r"://|www\.|\w\.\w|@", re.IGNORECASE),
    "sign": re.compile(r"[^\w\s.,:;!?'\u2019-]"),
}


class DeliveryChannel(StrEnum):
    """Ways out of the service: the citizen's app, a mail to staff, a text message to a citizen."""

    APP = "app"
    MAIL = "mail"
    SMS = "sms"


class Template(StrEnum):
    """The texts there are; a region words each of them in both languages."""

    CITIZEN = "citizen"
    CITIZEN_MANY = "citizen_many"
    CITIZEN_URGENT = "citizen_urgent"
    STAFF = "staff"
    STAFF_MANY = "staff_many"
    STAFF_LATE = "staff_late"
    STAFF_URGENT = "staff_urgent"


NoticeTexts: TypeAlias = Mapping[Template, BilingualText]


class NoticeWords(Model):
    """The words that notices of a region may use, lower-case; all others could tell something."""

    sv: frozenset[str]
    en: frozenset[str]


class Delivery(Model):
    """What leaves to one person by one channel, and carries the word of one or more notices.

    `key`: the same at each attempt, of hex digits, `-` and `.` alone, so that it can stand in a
    Message-ID. `to`: an HSA-id, or the case id for a citizen. `address`: a mail address, or a
    phone number as E.164; None for the app. `case_id`: for the app alone. `at`: when the first of
    its notices arose.
    """

    key: str
    channel: DeliveryChannel
    to: str
    address: str | None = Field(default=None, repr=False)
    case_id: str | None = None
    urgent: bool
    at: AwareDatetime
    text: BilingualText


def address_digest(address: str) -> bytes:
    """Return the SHA-256 of a mail address of staff, to tell later whether it is another one.

    Not for what citizens gave: phone numbers are few enough to be tried through.
    """
    return hashlib.sha256(address.encode()).digest()


def delivery_key(notice_key: str, person: str, channel: DeliveryChannel) -> str:
    """Return the key under which *person* gets this news by *channel*, the same at every attempt.

    It leaves out which recipient the notice named: whoever stands in for several of them, or is
    several of them, is told once. All of it is hashed, since keys travel further than addresses.
    """
    occasion = notice_key.rpartition(":")[0]
    return hashlib.sha256(f"{occasion}:{person}:{channel}".encode()).hexdigest()[:_KEY_DIGITS]


def leaks_in(
    text: str, allowed_words: Collection[str], telling_words: Collection[str] = ()
) -> tuple[str, ...]:
    """Return what makes *text* say more than that there is news; empty is fit to send.

    Only `allowed_words` may be used, and of them none that is one of `telling_words`, which are
    words of services, roles and units; see `words_in`. Both are lower-case.
    """
    marks = [name for name, pattern in _MARKS.items() if pattern.search(text)]
    words = {word.lower() for word in _WORD.findall(text)}
    telling = sorted(words.difference(allowed_words) | words.intersection(telling_words))
    return (*marks, *telling, *(() if text.strip() else ("empty",)))


def words_in(text: str) -> frozenset[str]:
    """Return the words of *text* that can tell something: lower-case, four letters or more."""
    found = (word.lower() for word in _WORD.findall(text))
    return frozenset(word for word in found if len(word) >= _SHORTEST_TELLING_WORD)
