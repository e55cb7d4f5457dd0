"""The stable codes of what can be wrong with answers; their texts are the region's data."""

from collections.abc import Collection
from enum import StrEnum


class AnswerCode(StrEnum):
    MISSING = "missing"
    UNKNOWN_FIELD = "unknown_field"
    WRONG_TYPE = "wrong_type"
    INVALID_VALUE = "invalid_value"
    INVALID_FORMAT = "invalid_format"
    INVALID_TIME = "invalid_time"
    INVALID_DATE = "invalid_date"
    NOT_ALLOWED = "not_allowed"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    TOO_MANY_ITEMS = "too_many_items"
    TOO_FEW_ITEMS = "too_few_items"
    UNSTORABLE_TEXT = "unstorable_text"
    IDENTITY_NOT_ALLOWED = "identity_not_allowed"
    UNKNOWN_SERVICE = "unknown_service"
    WRONG_PHONE_NUMBER = "wrong_phone_number"
    DATE_IN_FUTURE = "date_in_future"
    DATE_PASSED = "date_passed"
    END_BEFORE_START = "end_before_start"
    VISIT_PASSED = "visit_passed"
    VISIT_TOO_SOON = "visit_too_soon"
    WISH_PASSED = "wish_passed"
    ONE_PRODUCT_NEEDED = "one_product_needed"
    SAME_PRODUCT_TWICE = "same_product_twice"
    PRODUCT_NOT_FOUND = "product_not_found"
    COMPANY_NAME_ONLY = "company_name_only"
    SIDE_EFFECTS_TEXT_NEEDED = "side_effects_text_needed"
    PRESCRIBED_BY_NAME_NEEDED = "prescribed_by_name_needed"
    DIASTOLIC_ABOVE_SYSTOLIC = "diastolic_above_systolic"
    FEE_NOT_ACCEPTED = "fee_not_accepted"
    ASK_MUNICIPALITY = "ask_municipality"
    STOP_CALL_112 = "stop_call_112"
    STOP_CALL_1177 = "stop_call_1177"


TIME_CODES = frozenset(
    {
        AnswerCode.DATE_IN_FUTURE,
        AnswerCode.DATE_PASSED,
        AnswerCode.VISIT_PASSED,
        AnswerCode.VISIT_TOO_SOON,
        AnswerCode.WISH_PASSED,
    }
)
"""What the instant of receipt, a calendar or a cut-off says, never the answers alone."""

_INSTEAD_OF_ALL = (AnswerCode.STOP_CALL_112, AnswerCode.STOP_CALL_1177)
_WHEN_ALONE = frozenset(
    {AnswerCode.VISIT_TOO_SOON, AnswerCode.ASK_MUNICIPALITY, AnswerCode.PRODUCT_NOT_FOUND}
)


def leading_code(codes: Collection[str]) -> str:
    """Return the code a refusal with these problems carries as a whole; *codes* is not empty.

    A call for help goes before all else. A problem that leaves nothing to correct stands by
    itself when it is the only one; the rest are `invalid_answers`.
    """
    for stop in _INSTEAD_OF_ALL:
        if stop in codes:
            return stop
    kinds = set(codes)
    return kinds.pop() if len(kinds) == 1 and kinds <= _WHEN_ALONE else "invalid_answers"
