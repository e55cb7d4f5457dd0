"""Which licence and right to prescribe it takes to decide: data of the region, by outcome."""

from typing import Protocol, Self

from pydantic import model_validator

from domain.licences import Licence, Prescribing
from domain.model import Model
from domain.vocabulary import Outcome


class Qualified(Protocol):
    """Anyone of whom the register has told a licence and a right to prescribe."""

    @property
    def licence(self) -> Licence: ...

    @property
    def prescribing(self) -> Prescribing: ...


class Decider(Model):
    """One kind of staff who decides; what is left out may be anything.

    `atc_prefixes`: only while every medicine asked for is of one of these ATC groups, as a nurse's
    right reaches no further.
    """

    licence: Licence | None = None
    prescribing: Prescribing | None = None
    atc_prefixes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_somebody_is_left_out(self) -> Self:
        if self.licence is None and self.prescribing is None:
            raise ValueError("a decider has a licence or a right to prescribe")
        return self

    def is_like(self, who: Qualified) -> bool:
        """Whether *who* is of this kind, whatever is asked for."""
        is_licensed = self.licence in {None, who.licence}
        return is_licensed and self.prescribing in {None, who.prescribing}

    def covers(self, atc_codes: tuple[str, ...] | None) -> bool:
        """Whether the right reaches every one of *atc_codes*; None: not all of them are known."""
        if not self.atc_prefixes:
            return True
        known = atc_codes or ()
        return bool(known) and all(code.startswith(self.atc_prefixes) for code in known)


class Decision(Model):
    """Outcomes that only the kinds of staff in `by` may choose; others are free to the role."""

    outcomes: tuple[Outcome, ...]
    by: tuple[Decider, ...]

    @property
    def rests_on_atc(self) -> bool:
        """Whether somebody's right to decide reaches some groups of medicines only."""
        return any(one.atc_prefixes for one in self.by)
