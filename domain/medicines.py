"""What a medicine register says of a renewal: what is addictive, and what is no product."""

import re
import unicodedata
from collections.abc import Collection, Sequence

from domain.model import Model
from domain.vocabulary import Flag

_WORD = re.compile(r"[^\W_]+")
_DOT_IN_INITIALS = re.compile(r"(?<=\b\w)[./](?=\w\b)")
# Each run of digits is begun once and given back never: no search takes more than its length.
_AMOUNT = re.compile(r"(?<!\d)\d++(?:[.,]\d++)?(?:mmol|mcg|μg|mg|ml|ie|e|g)?\b")
_UNITS = frozenset(
    {"e", "g", "gram", "ie", "mcg", "mg", "mikrogram", "milligram", "ml", "mmol", "μg"}
)
_LEGAL_FORMS = frozenset(
    {"ab", "aps", "as", "bv", "gmbh", "inc", "limited", "ltd", "nv", "oy", "plc", "sa", "spa"}
)
_SAYS_NOTHING = _UNITS | _LEGAL_FORMS


class AddictiveRules(Model):
    """What a region counts as addictive: narcotic classes "I" to "V" and ATC prefixes [R5, R6]."""

    narcotic_classes: tuple[str, ...]
    atc_prefixes: tuple[str, ...]


def derived_flags(
    declared: bool, classes: Collection[str], atc: Collection[str], rules: AddictiveRules
) -> tuple[Flag, ...]:
    """Return what the register adds to the patient's own word on addictive medicines [R3].

    *classes* are the narcotic classes of the products asked for ("I" to "V", anything else is
    none) and *atc* their ATC codes. A product the patient did not declare is a mismatch; what was
    declared stays as it was, and no class is refused.
    """
    in_class = any(narcotic.strip().upper() in rules.narcotic_classes for narcotic in classes)
    in_group = any(code.strip().upper().startswith(rules.atc_prefixes) for code in atc)
    if not (in_class or in_group):
        return ()
    if declared:
        return (Flag.ADDICTIVE_DERIVED,)
    return (Flag.ADDICTIVE_DERIVED, Flag.ADDICTIVE_MISMATCH)


def names_a_company_only(
    query: str, companies: Collection[str], product_names: Collection[str]
) -> bool:
    """Tell whether *query* names a manufacturer and no product, which nobody can renew [A§17, R1].

    Case, spaces, punctuation, amounts and legal forms ("AB") do not count. The whole
    query must be a company's name or the beginning of one; a product of that name wins.
    """
    words = _words(query)
    if not words or any(_words(name) == words for name in product_names):
        return False
    return any(_words(company)[: len(words)] == words for company in companies)


def _words(name: str) -> Sequence[str]:
    plain = unicodedata.normalize("NFKC", name).casefold()
    undotted = _DOT_IN_INITIALS.sub("", plain)
    found = _WORD.findall(_AMOUNT.sub(" ", undotted))
    return [word for word in found if word not in _SAYS_NOTHING]
