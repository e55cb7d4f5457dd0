"""Made-up products of real substances: names of companies that do not exist, or invented brands."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from tools.synthetic_region.chance import happens, pick
from tools.synthetic_region.tables import Row

MEDICINE_COLUMNS = (
    "npl_id",
    "name",
    "strength",
    "form",
    "atc",
    "substance",
    "narcotic_class",
    "company",
)

_REAL_COMPANIES = frozenset({"Sandoz", "Teva"})  # only what stands in handmade/ is theirs
_SECOND_SELLER_PERCENT = 35
_BRAND_PERCENT = 20
_BRAND_LETTERS = 3
_BRAND_PARTS = tuple(
    tuple(Path(__file__).with_name(file).read_text(encoding="utf-8").split())
    for file in ("brand_middles.txt", "brand_endings.txt")
)
_YEAR_NO_PRODUCT_HAS = "2099"
_SERIAL_DIGITS = 10


def products_of(substance: Row, companies: Sequence[str]) -> Iterator[Row]:
    """Yield the products of one substance and form: each strength from one seller or two."""
    sellers = [company for company in companies if company not in _REAL_COMPANIES]
    key = (substance["substance"], substance["form"])
    first = pick(sellers, "seller", *key)
    second = pick([one for one in sellers if one != first], "second", *key)
    has_second = happens(_SECOND_SELLER_PERCENT, "sellers", *key)
    for company in (first, second) if has_second else (first,):
        for strength in substance["strengths"].split("|"):
            yield _product(substance, strength, company)


def _product(substance: Row, strength: str, company: str) -> Row:
    name = _name(substance["substance"], company)
    digest = sha256(f"{name}|{strength}|{substance['form']}".encode()).digest()
    serial = int.from_bytes(digest[:8], "big") % 10**_SERIAL_DIGITS
    return {
        "npl_id": f"{_YEAR_NO_PRODUCT_HAS}{serial:0{_SERIAL_DIGITS}}",
        "name": name,
        "strength": strength,
        "form": substance["form"],
        "atc": substance["atc"],
        "substance": substance["substance"],
        "narcotic_class": substance["narcotic_class"],
        "company": company,
    }


def _name(substance: str, company: str) -> str:
    if happens(_BRAND_PERCENT, "branded", substance, company):
        parts = [pick(part, part, substance, company) for part in _BRAND_PARTS]
        return substance[:_BRAND_LETTERS].capitalize() + "".join(parts)
    generic = "/".join(part.capitalize() for part in substance.split(" + "))
    return f"{generic} {company.partition(' ')[0]}"
