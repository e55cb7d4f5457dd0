"""Finds what stands twice in a list of answers, whether or not the rest of them fits."""

from dataclasses import dataclass

from pydantic import JsonValue

from domain.forms.codes import AnswerCode
from domain.forms.problems import AnswerProblem


@dataclass(frozen=True, slots=True)
class Distinct:
    """A list whose items each have another value in the first of *names* that they answer."""

    field: str
    names: tuple[str, ...]

    def problems(self, answers: dict[str, JsonValue]) -> list[AnswerProblem]:
        """Return a problem for each item that repeats an earlier one; case and spaces are equal."""
        items = answers.get(self.field)
        seen: set[str] = set()
        problems = []
        for position, item in enumerate(items if isinstance(items, list) else []):
            product = self._product(item)
            if product in seen:
                pointer = f"/{self.field}/{position}"
                problems.append(AnswerProblem(pointer=pointer, code=AnswerCode.SAME_PRODUCT_TWICE))
            if product is not None:
                seen.add(product)
        return problems

    def _product(self, item: JsonValue) -> str | None:
        if not isinstance(item, dict):
            return None
        answered = (item.get(name) for name in self.names)
        texts = (" ".join(text.casefold().split()) for text in answered if isinstance(text, str))
        return next(filter(None, texts), None)
