"""Who may call what: a route or message that is not named here is closed."""

from enum import StrEnum


class Rule(StrEnum):
    """Which kind of caller a route is for; what they may see there is decided further in.

    A page takes the browser's session and no bearer token, every other route the opposite: what
    a browser sends by itself reaches no JSON route, so no other site can make it act there.
    """

    PUBLIC = "public"
    CITIZEN = "citizen"
    STAFF = "staff"
    CITIZEN_OR_STAFF = "citizen_or_staff"
    PAGE = "page"


MESSAGE_ROUTE = ("POST", "/v1/cases/{case_id}/{message}")

RULES: dict[tuple[str, str], Rule] = {
    ("GET", "/v1/services"): Rule.PUBLIC,
    ("GET", "/v1/services/{service}"): Rule.PUBLIC,
    ("POST", "/v1/cases"): Rule.CITIZEN,
    ("GET", "/v1/cases"): Rule.CITIZEN,
    ("GET", "/v1/cases/{case_id}"): Rule.CITIZEN_OR_STAFF,
    ("GET", "/v1/cases/{case_id}/events"): Rule.CITIZEN_OR_STAFF,
    MESSAGE_ROUTE: Rule.CITIZEN_OR_STAFF,
    ("GET", "/v1/inbox"): Rule.STAFF,
    ("GET", "/v1/inbox/counts"): Rule.STAFF,
    ("GET", "/v1/tasks"): Rule.STAFF,
    ("POST", "/v1/tasks/{task_id}/done"): Rule.STAFF,
    ("POST", "/v1/inbox/search"): Rule.STAFF,
    ("GET", "/v1/coverage"): Rule.STAFF,
    ("GET", "/v1/products"): Rule.CITIZEN_OR_STAFF,
    ("GET", "/v1/access-log"): Rule.CITIZEN,
    ("GET", "/v1/access-reviews"): Rule.STAFF,
    ("POST", "/v1/access-reviews/{review_id}/verdict"): Rule.STAFF,
    ("GET", "/login"): Rule.PUBLIC,
    ("GET", "/login/callback"): Rule.PUBLIC,
    ("GET", "/login/me"): Rule.PAGE,
    ("POST", "/logout"): Rule.PUBLIC,
    ("GET", "/v1/api-info"): Rule.PUBLIC,
    ("GET", "/openapi.json"): Rule.PUBLIC,
    ("GET", "/health/live"): Rule.PUBLIC,
    ("GET", "/health/ready"): Rule.PUBLIC,
}

MESSAGE_RULES: dict[str, Rule] = {
    "take": Rule.STAFF,
    "return": Rule.STAFF,
    "assign": Rule.STAFF,
    "transfer": Rule.STAFF,
    "ask-patient": Rule.STAFF,
    "answer": Rule.CITIZEN,
    "reply": Rule.STAFF,
    "note": Rule.STAFF,
    "mark-urgent": Rule.STAFF,
    "merge": Rule.STAFF,
    "resolve": Rule.STAFF,
    "hand-over": Rule.STAFF,
    "withdraw": Rule.CITIZEN,
    "reopen": Rule.CITIZEN_OR_STAFF,
}
