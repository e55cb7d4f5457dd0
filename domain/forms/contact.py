"""How a patient would rather be answered [A§16]."""

from enum import StrEnum


class Prefers(StrEnum):
    CHAT = "chat"
    PHONE = "phone"
