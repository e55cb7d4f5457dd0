"""Answers with a canary in every text of a form, made from its JSON schema and an example."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.end_to_end.canary_words import Canaries

Json = Any
_CLOSED = {"enum", "const", "format", "pattern"}
_A_PHONE = "+46701740610"


@dataclass(frozen=True)
class FormSchema:
    """A form as the API publishes it; a field that is added to it is filled by itself."""

    code: str
    root: Mapping[str, Json]

    def texts(self) -> set[str]:
        """Return the path of every field in which somebody may write, by variant."""
        return {
            path
            for branch in self._branches(self.root)
            for path in self._texts_of(branch, self._named(branch))
        }

    def filled(self, example: Json, canaries: Canaries) -> Json:
        """Return *example* with a canary in every text, also in those it leaves out."""
        branch = self._branch_of(example)
        return self._fill(branch, example, self._named(branch), canaries)

    def _named(self, branch: Mapping[str, Json]) -> str:
        return f"{self.code}/{branch.get('title', '')}"

    def _branch_of(self, example: Json) -> Mapping[str, Json]:
        tag = self.root.get("discriminator", {}).get("propertyName")
        branches = self._branches(self.root)
        if tag is None:
            return branches[0]
        return next(
            branch
            for branch in branches
            if example[tag] in _choices(self._resolved(branch["properties"][tag]))
        )

    def _texts_of(self, node: Mapping[str, Json], path: str) -> Iterator[str]:
        for branch in self._branches(node):
            if _is_text(branch):
                yield path
            for name, child in branch.get("properties", {}).items():
                yield from self._texts_of(child, f"{path}.{name}")
            if "items" in branch:
                yield from self._texts_of(branch["items"], f"{path}[]")

    def _fill(self, node: Mapping[str, Json], value: Json, path: str, canaries: Canaries) -> Json:
        branch = self._branches(node)[0]
        if _is_text(branch):
            return canaries.text(path)
        if re.fullmatch(branch.get("pattern", "(?!)"), _A_PHONE):
            return canaries.phone()
        if isinstance(value, list):
            items = branch["items"]
            return [self._fill(items, each, f"{path}[]", canaries) for each in value]
        if isinstance(value, dict):
            filled = {
                name: self._fill(child, value.get(name), f"{path}.{name}", canaries)
                for name, child in branch["properties"].items()
            }
            return {name: each for name, each in filled.items() if each is not None}
        return value

    def _branches(self, node: Mapping[str, Json]) -> Sequence[Mapping[str, Json]]:
        node = self._resolved(node)
        choices = [self._resolved(each) for each in node.get("anyOf", node.get("oneOf", []))]
        return [each for each in choices if each.get("type") != "null"] or [node]

    def _resolved(self, node: Mapping[str, Json]) -> Mapping[str, Json]:
        if "$ref" not in node:
            return node
        found: Mapping[str, Json] = self.root["$defs"][node["$ref"].rpartition("/")[2]]
        return found


def as_before(answers: Json, example: Json, pointer: str) -> Json:
    """Return *answers* with the place of *pointer* as in *example*; without it if it is not there.

    A part of the path that the example lacks as a whole is left out as a whole.
    """
    answers = copy.deepcopy(answers)
    here, there = answers, example
    *parents, last = _parts_of(pointer)
    for part in parents:
        if part not in _keys(there):
            del here[part]
            return answers
        here, there = here[part], there[part]
    if last in _keys(there):
        here[last] = there[last]
    else:
        del here[last]
    return answers


def _parts_of(pointer: str) -> list[str | int]:
    parts = pointer.removeprefix("/answers").split("/")[1:]
    return [int(part) if part.isdecimal() else part for part in parts]


def _keys(node: Json) -> Sequence[str | int] | set[str]:
    return range(len(node)) if isinstance(node, list) else set(node or {})


def _is_text(node: Mapping[str, Json]) -> bool:
    return node.get("type") == "string" and not _CLOSED & node.keys()


def _choices(node: Mapping[str, Json]) -> Sequence[Json]:
    return [node["const"]] if "const" in node else node.get("enum", [])
