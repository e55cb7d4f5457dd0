"""Who may decide a case, and who only prepares it [A§17; domain 2.1 to 2.6]."""

from domain.actors import Actor
from domain.case import Case
from domain.catalogue import HandlingRules
from domain.deciders import Qualified
from domain.vocabulary import Outcome


def has_authority(case: Case, actor: Actor, outcome: Outcome) -> bool:
    """Whether *actor* has the licence and the right to prescribe that *outcome* takes here.

    A case that an earlier release admitted knows only whether its outcome takes a prescriber.
    """
    rules = _rules_of(case)
    if rules is None:
        return True
    if outcome in rules.prescriber_decides and not actor.is_prescriber:
        return False
    return _is_covered(rules, actor, _atc_codes(case), frozenset({outcome}))


def may_decide(case: Case, who: Qualified) -> bool:
    """Whether no outcome of *case* is beyond *who*; what a hand-over needs at its other end."""
    rules = _rules_of(case)
    return rules is None or _is_covered(rules, who, _atc_codes(case), frozenset(Outcome))


def chooses_freely(case: Case, actor: Actor) -> bool:
    """Whether no outcome of *case* is beyond *actor*, by what an earlier release asks for too."""
    return all(has_authority(case, actor, outcome) for outcome in Outcome)


def could_decide(rules: HandlingRules, who: Qualified) -> bool:
    """Whether some case by these *rules* could be decided by *who*, whatever it asks for."""
    return all(any(one.is_like(who) for one in decision.by) for decision in rules.decisions)


def preparer_role_of(case: Case) -> str | None:
    """Return the role that prepares *case*; None where none does or it lies with another role."""
    rules, route = _rules_of(case), case.route
    if rules is None or route is None or route.role != rules.role:
        return None
    return rules.preparer_role


def prepares(case: Case, actor: Actor) -> bool:
    """Whether *actor* holds the role that prepares the case at its unit."""
    role, route = preparer_role_of(case), case.route
    return role is not None and route is not None and actor.holds(role, route.unit)


def _is_covered(
    rules: HandlingRules,
    who: Qualified,
    atc_codes: tuple[str, ...] | None,
    outcomes: frozenset[Outcome],
) -> bool:
    taken = [one for one in rules.decisions if not outcomes.isdisjoint(one.outcomes)]
    return all(any(one.is_like(who) and one.covers(atc_codes) for one in by.by) for by in taken)


def _rules_of(case: Case) -> HandlingRules | None:
    return case.admission.rules if case.admission else None


def _atc_codes(case: Case) -> tuple[str, ...] | None:
    return case.admission.atc_codes if case.admission else None
