"""What reaches one person: the word that there is news, and nothing of what the news is."""

import hashlib
import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TypeAlias

from domain.catalogue import BilingualText
from domain.model import Model

_PERSON_DIGITS = 16
_SHORTEST_TELLING_WORD = 4
_WORD = re.compile(r"[^\W\d_]+")
_MARKS = {
    "digit": re.compile(r"\d"),
    "placeholder": re.compile(r"[{}$%<>\[\]]"),
    "link": re.compile(r"://|www\.|\w\.\w|@", re.IGNORECASE),
}


class DeliveryChannel(StrEnum):
    APP = "app"
    STAFF = "staff"


class Template(StrEnum):
    """The texts there are; a region words each of them in both languages."""

    CITIZEN = "citizen"
    CITIZEN_URGENT = "citizen_urgent"
    STAFF = "staff"
    STAFF_LATE = "staff_late"
    STAFF_URGENT = "staff_urgent"


NoticeTexts: TypeAlias = Mapping[Template, BilingualText]


class Delivery(Model):
    """One notice to one person. `to` is an HSA-id, or for the citizen's app the case id alone."""

    key: str
    channel: DeliveryChannel
    to: str
    urgent: bool
    text: BilingualText


def delivery_key(notice_key: str, to: str) -> str:
    """Return the key under which *to* gets this news, the same at every attempt.

    It leaves out which recipient the notice named: whoever stands in for several of them, or is
    several of them, is told once. The person is hashed, since keys travel further than addresses.
    """
    occasion = notice_key.rpartition(":")[0]
    return f"{occasion}:{hashlib.sha256(to.encode()).hexdigest()[:_PERSON_DIGITS]}"


def leaks_in(text: str, telling_words: Collection[str] = ()) -> tuple[str, ...]:
    """Return what makes *text* say more than that there is news; empty is fit to send.

    `telling_words` are lower-case words of services, roles and units; see `words_in`.
    """
    marks = [name for name, pattern in _MARKS.items() if pattern.search(text)]
    words = sorted(words_in(text) & set(telling_words))
    return (*marks, *words, *(() if text.strip() else ("empty",)))


def words_in(text: str) -> frozenset[str]:
    """Return the words of *text* that can tell something: lower-case, four letters or more."""
    found = (word.lower() for word in _WORD.findall(text))
    return frozenset(word for word in found if len(word) >= _SHORTEST_TELLING_WORD)
