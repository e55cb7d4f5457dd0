"""Finds what stands twice in a list of answers, whether or not the rest of them fits."""

from dataclasses import dataclass

from pydantic import JsonValue

from domain.forms.codes import AnswerCode
from domain.forms.problems import AnswerProblem


@dataclass(frozen=True, slots=True)
class Distinct:
    """A list whose items are each another product, told apart by *names*, the surest name first.

    The first that an item answers is its own; the others it may share with an item that has
    another of its own, as two sizes of a bag do, but not with one that is known by that alone.
    """

    field: str
    names: tuple[str, ...]

    def problems(self, answers: dict[str, JsonValue]) -> list[AnswerProblem]:
        """Return a problem for each item that repeats an earlier one; case and spaces are equal."""
        items = answers.get(self.field)
        known_by: set[str] = set()
        also_called: set[str] = set()
        problems = []
        for position, item in enumerate(items if isinstance(items, list) else []):
            told = self._told(item)
            own, others = set(told[:1]), set(told[1:])
            if own & (known_by | also_called) or others & known_by:
                pointer = f"/{self.field}/{position}"
                problems.append(AnswerProblem(pointer=pointer, code=AnswerCode.SAME_PRODUCT_TWICE))
            known_by |= own
            also_called |= others
        return problems

    def _told(self, item: JsonValue) -> list[str]:
        if not isinstance(item, dict):
            return []
        answered = (item.get(name) for name in self.names)
        texts = (" ".join(text.casefold().split()) for text in answered if isinstance(text, str))
        return list(filter(None, texts))
