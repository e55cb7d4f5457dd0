"""People of the shipped region whom workflow tests act as."""

from domain.actors import Actor, ActorKind

STROMSBRO = "SE5560000000-TEST001"
PATIENT = "197005109819"
PHYSICIAN_ROLE = "PV/lakare/recept"


def staff(hsa_id: str, *roles: str, unit: str = STROMSBRO, prescriber: bool = False) -> Actor:
    """Return a member of staff with these roles at *unit*."""
    return Actor(
        kind=ActorKind.STAFF,
        id=hsa_id,
        commission=f"{hsa_id}U",
        unit=unit,
        provider="SE5560000000-TEST000",
        roles=roles,
        prescriber=prescriber,
    )


PATIENT_ACTOR = Actor(kind=ActorKind.CITIZEN, id=PATIENT)
PHYSICIAN = staff("SE5560000000-P1", PHYSICIAN_ROLE, prescriber=True)
OTHER_PHYSICIAN = staff("SE5560000000-P2", PHYSICIAN_ROLE, prescriber=True)
PREPARER = staff("SE5560000000-S2", "PV/sjukskoterska/recept")
NO_PRESCRIBER = staff("SE5560000000-P3", PHYSICIAN_ROLE)
COORDINATOR = staff("SE5560000000-C1", "PV/koordinator/fordelning")
STRANGER = staff("SE5560000000-S1", PHYSICIAN_ROLE, unit="SE5560000000-TEST002")
