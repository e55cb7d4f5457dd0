"""Who of the staff sits at a desk now, and who is called to one because there is news."""

from collections import deque

from load.chance import Chance
from load.town import Place, Town
from store.people import StaffPerson


class Office:
    """Gives each free desk to whoever is called for; when nobody is, to the next in turn.

    Stands for the notices the service sends: they lie in an outbox here, and nobody reads them.
    """

    def __init__(self, town: Town, chance: Chance) -> None:
        self._holders = town.holders
        self._chance = chance
        self._turn = deque(chance.sample(town.staff, len(town.staff)))
        self._by_id = {person.hsa_id: person for person in town.staff}
        self._news: dict[Place, None] = {}
        self._called: dict[str, None] = {}
        self._seated: set[str] = set()

    def tell(self, place: Place) -> None:
        """Say that a case waits in an inbox; whoever sits there looks by themselves."""
        holders = self._holders.get(place, ())
        if not any(person.hsa_id in self._seated for person in holders):
            self._news[place] = None

    def call(self, hsa_id: str) -> None:
        """Say that a case of *hsa_id* goes on."""
        self._called[hsa_id] = None

    def answers_call(self, person: StaffPerson) -> bool:
        """Whether *person* was called; the call is then answered."""
        was_called = person.hsa_id in self._called
        self._called.pop(person.hsa_id, None)
        return was_called

    def sit(self) -> StaffPerson:
        """Return who comes to a free desk."""
        person = self._next_called() or self._next_told() or self._next_in_turn()
        self._seated.add(person.hsa_id)
        return person

    def leave(self, person: StaffPerson) -> None:
        """Free the desk of *person*."""
        self._seated.discard(person.hsa_id)

    def _next_called(self) -> StaffPerson | None:
        free = (hsa_id for hsa_id in self._called if hsa_id not in self._seated)
        hsa_id = next(free, None)
        return self._by_id[hsa_id] if hsa_id else None

    def _next_told(self) -> StaffPerson | None:
        while self._news:
            place = next(iter(self._news))
            del self._news[place]
            free = [one for one in self._holders.get(place, ()) if one.hsa_id not in self._seated]
            if free:
                return self._chance.choice(free)
        return None

    def _next_in_turn(self) -> StaffPerson:
        while True:
            self._turn.rotate(-1)
            if self._turn[-1].hsa_id not in self._seated:
                return self._turn[-1]
