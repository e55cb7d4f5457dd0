"""Articles and foods that someone asks for again, by number or by name."""

from typing import Annotated

from pydantic import Field

from domain.forms.codes import AnswerCode
from domain.forms.conditions import at_least_one
from domain.forms.form import AnswerModel
from domain.forms.lengths import at_most
from domain.forms.repeats import Distinct
from domain.forms.texts import Line

_MOST_PRODUCTS = 20
_MOST_PIECES = 10_000


class Article(AnswerModel):
    """An aid: its article number, or its name where the number is not known; how many pieces."""

    article_number: Line | None = None
    name: Annotated[
        Line | None,
        at_least_one("article_number", AnswerCode.ONE_PRODUCT_NEEDED),
        Field(validate_default=True),
    ] = None
    quantity: Annotated[int, Field(ge=1, le=_MOST_PIECES)]


class Food(AnswerModel):
    """A food or an accessory, and how much of it a day in the patient's own words."""

    name: Line
    amount_per_day: Line


Articles = Annotated[tuple[Article, ...], Field(min_length=1), at_most(_MOST_PRODUCTS)]
Foods = Annotated[tuple[Food, ...], Field(min_length=1), at_most(_MOST_PRODUCTS)]

ARTICLES_ONCE = Distinct("products", ("article_number", "name"))
FOODS_ONCE = Distinct("products", ("name",))
