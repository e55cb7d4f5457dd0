"""What the register says of a person's licence and right to prescribe."""

from enum import StrEnum


class Licence(StrEnum):
    """A licence to practise (*legitimation*) in a profession that meets these services [S22]."""

    NONE = "none"
    PHYSICIAN = "physician"
    MIDWIFE = "midwife"
    NURSE = "nurse"
    DIETITIAN = "dietitian"
    PHARMACIST = "pharmacist"
    PHYSIOTHERAPIST = "physiotherapist"
    OCCUPATIONAL_THERAPIST = "occupational_therapist"
    PSYCHOLOGIST = "psychologist"
    COUNSELLOR = "counsellor"
    SPEECH_THERAPIST = "speech_therapist"
    DENTIST = "dentist"


class Prescribing(StrEnum):
    """How far a right to prescribe reaches (`nursePrescriptionRight` of HSA for BM and SJ, [S22]).

    Full: a physician's. Contraception: a midwife's. Limited: a nurse's, for aids and for those
    groups of medicines that the region's data lists.
    """

    NONE = "none"
    FULL = "full"
    CONTRACEPTION = "contraception"
    LIMITED = "limited"

    @property
    def is_prescriber(self) -> bool:
        """Whether this is a right to prescribe medicines without a list: the contract's word."""
        return self in {Prescribing.FULL, Prescribing.CONTRACEPTION}
