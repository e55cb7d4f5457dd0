"""Patterns that read text from outside: none of them may take more than the text's length."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import api
import domain

# Each of these repeats can give back what it took, and was looked at: nothing follows it that it
# could be given back for, or what follows can not begin with what it takes.
_LOOKED_AT = {
    "api.etags._TAG",
    "api.login.attempts._OWN_PATH",
    "api.preferences._WAIT",
    "api.token_claims._COMPACT",
    "domain.delivery._WORD",
    "domain.medicines._WORD",
    "domain.notice_rules._STEP",
    "domain.red_flags._WORD",
}
_SIGN, _CLASS = re.compile(r"\\."), re.compile(r"\[\^?\]?[^\]]*\]")
_GIVES_BACK = re.compile(r"(?:[+*]|\{\d*,\})(?!\+)")


def patterns() -> Iterator[tuple[str, str]]:
    for package in (api, domain):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                for pattern in value.values() if isinstance(value, dict) else [value]:
                    if isinstance(pattern, re.Pattern):
                        text = pattern.pattern
                        yield f"{module.name}.{name}", text if isinstance(text, str) else repr(text)


def gives_back(pattern: str) -> bool:
    """Tell whether an unbounded repeat of *pattern* is not possessive."""
    bare = _CLASS.sub("c", _SIGN.sub("s", pattern)).replace("++", "").replace("*+", "")
    return _GIVES_BACK.search(bare) is not None


def test_a_repeat_that_gives_back_is_told_from_one_that_does_not() -> None:
    assert gives_back(r"\d+(?:[.,]\d+)?\b")
    assert gives_back("[+]*a")
    assert not gives_back(r"\d++[*+]\+")


def test_every_unbounded_repeat_is_possessive_or_was_looked_at() -> None:
    found = dict(patterns())

    assert "domain.medicines._AMOUNT" in found
    assert {name for name, pattern in found.items() if gives_back(pattern)} == _LOOKED_AT
