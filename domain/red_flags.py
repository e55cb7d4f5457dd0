"""Words that may mean danger, looked for in free text so that staff notice; they never decide."""

import re
import unicodedata
from collections.abc import Iterator

from pydantic import JsonValue

from domain.model import Model

_WORD = re.compile(r"\w+")


class RedFlagWords(Model):
    """A region's words and phrases, in the languages that people write."""

    phrases: tuple[str, ...] = ()

    def stand_in(self, text: str) -> bool:
        """Tell whether a phrase stands in *text* as whole words, whatever its case and spacing."""
        plain = _plain(text)
        return any(_plain(phrase) in plain for phrase in self.phrases)

    def stand_in_any(self, answers: JsonValue) -> bool:
        """Tell whether a phrase stands in any text of *answers*."""
        return any(self.stand_in(text) for text in _texts(answers))


def _plain(text: str) -> str:
    words = _WORD.findall(unicodedata.normalize("NFC", text).casefold())
    return f" {' '.join(words)} "


def _texts(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for item in value.values():
                yield from _texts(item)
        case _:
            return
