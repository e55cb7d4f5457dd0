"""The base of every answer, and what all lists look like."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """A frozen answer; fields are only ever added."""

    model_config = ConfigDict(frozen=True)


ItemT = TypeVar("ItemT")


class Page(View, Generic[ItemT]):
    """A stretch of a list. `next` is the cursor of what follows, null at the end."""

    items: list[ItemT]
    next: str | None = None
