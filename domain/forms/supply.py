"""How long what someone has at home will last, in whole days."""

from typing import Annotated

from pydantic import Field

_LONGEST_SUPPLY_DAYS = 730

SupplyDays = Annotated[int, Field(ge=0, le=_LONGEST_SUPPLY_DAYS)]
