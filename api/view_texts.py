"""The texts of views in Swedish and English: a region's file, filled in with local times."""

import tomllib
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from babel.dates import format_datetime
from pydantic import BaseModel, ConfigDict, ValidationError

from domain.catalogue import BilingualText
from domain.projection import Projection
from domain.vocabulary import OPEN_STATES, Flag

_LOCALES = {"sv": "sv_SE", "en": "en_GB"}
_WRITTEN_INSTANTS = 10_000  # an inbox shows the same promises again and again
_FIRST, _DUE = "first", "due"


class ViewTexts(BaseModel):
    """A promise in words, by where the case stands; *instant* holds Babel's date patterns.

    *safety* stands beside every service. *seek_help* and *phone_now* come before a promise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instant: BilingualText
    safety: BilingualText
    seek_help: BilingualText
    phone_now: BilingualText
    waiting: BilingualText
    answered: BilingualText
    first_answer_late: BilingualText
    delayed: BilingualText
    delayed_without_date: BilingualText
    paused: BilingualText
    ended: BilingualText
    needed_sooner: BilingualText


class ViewTextsError(Exception):
    """The file of view texts cannot be used."""


def load_view_texts(path: Path) -> ViewTexts:
    """Read *path* (TOML, one table a text with `sv` and `en`).

    Raises `ViewTextsError` when it is malformed or asks for a time that no promise has.
    """
    try:
        texts = ViewTexts.model_validate(tomllib.loads(path.read_text("utf-8")))
        for name in ViewTexts.model_fields.keys() - {"instant"}:
            text: BilingualText = getattr(texts, name)
            for words in (text.sv, text.en):
                words.format_map({_FIRST: "", _DUE: ""})
    except (tomllib.TOMLDecodeError, ValidationError, KeyError, ValueError) as error:
        raise ViewTextsError(f"{path.name} is not a file of view texts") from error
    return texts


def promise_text(
    texts: ViewTexts, case: Projection, local: Callable[[datetime], datetime], now: datetime
) -> BilingualText:
    """Return what the promise of an admitted case says at *now*; no time that has passed is named.

    *local* turns its instants local.
    """
    parts = (*_alarms(texts, case), *_told(texts, case, now), *_warnings(texts, case, now))
    times = {_FIRST: case.first_response_by, _DUE: case.resolution_by}
    told = {
        language: " ".join(getattr(part, language) for part in parts).format_map(
            {
                name: _written(local(at), getattr(texts.instant, language), locale) if at else ""
                for name, at in times.items()
            }
        )
        for language, locale in _LOCALES.items()
    }
    return BilingualText.model_validate(told)


def _alarms(texts: ViewTexts, case: Projection) -> tuple[BilingualText, ...]:
    """Return what the citizen should do now, while the case is open, whatever is promised.

    Words that may mean danger call for help at once [domain 2.0]; a visit before any opening hour
    for a phone call (design section 4).
    """
    calls = {
        Flag.RED_FLAG_WORDS: texts.seek_help,
        Flag.NO_TIME_BEFORE_VISIT: texts.phone_now,
    }
    is_open = case.state in OPEN_STATES
    return tuple(text for flag, text in calls.items() if is_open and flag in case.flags)


def _told(texts: ViewTexts, case: Projection, now: datetime) -> tuple[BilingualText, ...]:
    """Return what is promised; no time when none is left before the visit."""
    is_open = case.state in OPEN_STATES
    has_no_time = is_open and Flag.NO_TIME_BEFORE_VISIT in case.flags
    return () if has_no_time and not case.paused else (_text_for(texts, case, now),)


def is_outlived(case: Projection, now: datetime) -> bool:
    """Whether the time that *case* shows as promised has come, and it is not done."""
    due = case.resolution_by
    is_awaited = case.state in OPEN_STATES and not case.paused
    return is_awaited and due is not None and due <= now


def _warnings(texts: ViewTexts, case: Projection, now: datetime) -> tuple[BilingualText, ...]:
    """Return what is added while no promise earlier than the first one has been made."""
    due, promised = case.resolution_by, case.resolution_promised
    is_earlier = due is not None and promised is not None and due < promised
    is_told = Flag.NEEDED_BEFORE_PROMISE in case.flags and case.state in OPEN_STATES
    is_named = due is not None and not is_outlived(case, now)
    return (texts.needed_sooner,) if is_told and is_named and not is_earlier else ()


def _text_for(texts: ViewTexts, case: Projection, now: datetime) -> BilingualText:
    if case.state not in OPEN_STATES:
        return texts.ended
    if case.paused:
        return texts.paused
    if is_outlived(case, now):
        return texts.delayed_without_date
    if case.overdue:
        return texts.delayed if case.resolution_breached else texts.first_answer_late
    if case.first_response_at is not None:
        return texts.answered
    is_late = case.first_response_by is not None and case.first_response_by <= now
    return texts.first_answer_late if is_late else texts.waiting


@lru_cache(maxsize=_WRITTEN_INSTANTS)
def _written(local: datetime, pattern: str, locale: str) -> str:
    return format_datetime(local, pattern, locale=locale)
