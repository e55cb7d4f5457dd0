"""What all people of the play share: the town, the office, the clock, the ledger, the calls."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from load.calling import NO_ANSWER, Body, Calls
from load.clock import Clock
from load.ledger import EVENT_OF, Ledger, Message
from load.mix import Errand
from load.office import Office
from load.town import Town
from store.people import Person

_GOOD = range(200, 300)


@dataclass(slots=True)
class Stage:
    """`errands` and `asked_by` are by case id: what is to happen to it, who awaits an answer."""

    town: Town
    office: Office
    clock: Clock
    calls: Calls
    ledger: Ledger
    seed: int
    errands: dict[str, Errand] = field(default_factory=dict)
    asked_by: dict[str, str] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    """What was refused and why, as `kind: code`."""
    _once: set[tuple[str, str]] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=count)

    def is_first(self, message: str, case_id: str) -> bool:
        """Whether nobody has asked this about *message* and the case before."""
        is_first = (message, case_id) not in self._once
        self._once.add((message, case_id))
        return is_first

    def refused(self, kind: str, problem: Body) -> None:
        """Count a refusal by the code of its *problem*."""
        self.refusals[f"{kind}: {problem.get('code', '')}"] += 1

    async def send(self, sender: Person, message: str, case_id: str, body: Body) -> bool:
        """Send *message* to a case and keep what came of it; whether the answer was a yes."""
        action_id = f"{message}-{next(self._numbers)}"
        status, told = await self.calls.post(
            message.replace("-", "_"),
            f"/v1/cases/{case_id}/{message}",
            body,
            self.town.token(sender),
            action_id,
        )
        if status in _GOOD:
            self.ledger.messages.append(Message(case_id, action_id, EVENT_OF[message]))
        elif status == NO_ANSWER:
            self.ledger.undecided.add(action_id)
        else:
            self.refused(message, told)
            self.ledger.refused.add(action_id)
        return status in _GOOD
