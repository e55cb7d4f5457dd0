"""Names for made-up people: given names that are common, family names that are mostly not."""

from pathlib import Path

from tools.synthetic_region.chance import pick


def _words(file: str) -> list[str]:
    return Path(__file__).with_name(file).read_text(encoding="utf-8").split()


_WOMEN, _MEN = _words("names_women.txt"), _words("names_men.txt")
_FAMILIES = _words("names_families.txt")


def given_name(*key: object, is_man: bool) -> str:
    """Return a given name for this key."""
    return pick(_MEN if is_man else _WOMEN, "given", *key)


def family_name(*key: object) -> str:
    """Return a family name for this key."""
    return pick(_FAMILIES, "family", *key)
