"""Only an access token of our issuer, for us, now, at the right level, lets anyone in."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import AsyncClient, ConnectError, MockTransport, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from structlog.testing import capture_logs

from api.assurance import Levels
from api.callers import CitizenCaller, StaffCaller
from api.issuers import verifier_of
from api.jwks import FixedKeys, KeysUnavailableError, RemoteKeys, read_keys
from api.problems import ProblemError
from api.token_claims import TokenError
from api.tokens import TokenVerifier
from runtime.issuer import LocalIssuer, NotLocalError
from runtime.settings import Settings

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER, AUDIENCE, LEVEL, SITHS = "https://idp.test", "arende", "loa3", "siths"
PERSON = "191212121212"
HSA_ID, COMMISSION = "SE2321000198-P001", "SE2321000198-C001"
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "alg": "RS256"})
LEVELS = Levels(citizen=(LEVEL, "loa4"), staff=(SITHS,))
KEY_SET: Any = {"keys": [EC.as_dict(), RSA.as_dict(), {"kty": "oct", "kid": "oct", "k": "AA"}]}
VERIFIER = TokenVerifier(ISSUER, AUDIENCE, FixedKeys(KEY_SET), LEVELS)

CITIZEN: dict[str, object] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "opaque",
    "iat": AT,
    "exp": AT + 3600,
    "acr": LEVEL,
    "identity": PERSON,
}
STAFF = {key: value for key, value in CITIZEN.items() if key != "identity"} | {
    "employeeHsaId": HSA_ID,
    "commissionHsaId": COMMISSION,
    "acr": SITHS,
}
HEADER: dict[str, object] = {"alg": "ES256", "kid": "ec", "typ": "at+jwt"}


def token(
    claims: object = CITIZEN,
    header: dict[str, object] | None = None,
    key: ECKey | RSAKey | OctKey = EC,
) -> str:
    header = header or HEADER
    registry = jws.JWSRegistry(algorithms=[str(header["alg"])], strict_check_header=False)
    return jws.serialize_compact(dict(header), json.dumps(claims), key, registry=registry)


def raw(header: str, payload: str = "{}", signature: bytes = b"x") -> str:
    parts = (header.encode(), payload.encode(), signature)
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


async def refusal(bearer: str, now: datetime = NOW) -> TokenError:
    with pytest.raises(TokenError) as caught:
        await VERIFIER.verify(bearer, now)
    assert PERSON not in str(vars(caught.value))
    return caught.value


async def test_a_citizen_is_known_by_the_identity_claim() -> None:
    expected = CitizenCaller(identity=PERSON, issuer=ISSUER, acr=LEVEL)

    assert await VERIFIER.verify(token(), NOW) == expected
    assert await VERIFIER.verify(token(CITIZEN | {"aud": ["x", AUDIENCE]}), NOW) == expected


async def test_staff_are_known_by_hsa_id_and_commission() -> None:
    lower = STAFF | {"employeeHsaId": HSA_ID.lower().replace("se", "SE")}

    expected = StaffCaller(hsa_id=HSA_ID, commission=COMMISSION, acr=SITHS)
    assert await VERIFIER.verify(token(STAFF), NOW) == expected
    assert await VERIFIER.verify(token(lower), NOW) == expected


@pytest.mark.parametrize("algorithm", ["RS256"])
async def test_rsa_keys_are_taken_for_their_algorithm(algorithm: str) -> None:
    bearer = token(header=HEADER | {"alg": algorithm, "kid": "rsa"}, key=RSA)

    assert isinstance(await VERIFIER.verify(bearer, NOW), CitizenCaller)


def checked(digits: str) -> str:
    """Return *digits* (century to serial number) with the check digit that belongs to them."""
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(digits[2:])]
    return digits + str(-sum(value - 9 * (value > 9) for value in doubled) % 10)


def without(claim: str) -> dict[str, object]:
    return {key: value for key, value in CITIZEN.items() if key != claim}


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param(without("iss"), id="no iss"),
        pytest.param(without("aud"), id="no aud"),
        pytest.param(without("sub"), id="no sub"),
        pytest.param(without("iat"), id="no iat"),
        pytest.param(without("exp"), id="no exp"),
        pytest.param(CITIZEN | {"iss": "https://other.test"}, id="other issuer"),
        pytest.param(CITIZEN | {"aud": "other"}, id="other audience"),
        pytest.param(CITIZEN | {"aud": []}, id="no audience"),
        pytest.param(CITIZEN | {"sub": 1}, id="sub is a number"),
        pytest.param(CITIZEN | {"exp": str(AT + 60)}, id="exp is text"),
        pytest.param(CITIZEN | {"iat": True}, id="iat is true"),
        pytest.param(CITIZEN | {"exp": AT - 30, "iat": AT - 60}, id="expired beyond the leeway"),
        pytest.param(CITIZEN | {"exp": AT + 3601}, id="lives over an hour"),
        pytest.param(CITIZEN | {"exp": 10**30}, id="lives for ever"),
        pytest.param(CITIZEN | {"exp": AT - 1, "iat": AT}, id="expires before it is issued"),
        pytest.param(CITIZEN | {"iat": AT + 31, "exp": AT + 60}, id="issued in the future"),
        pytest.param(CITIZEN | {"nbf": AT + 31}, id="not yet valid"),
        pytest.param(CITIZEN | STAFF, id="citizen and staff at once"),
        pytest.param(without("identity"), id="nobody"),
        pytest.param(CITIZEN | {"identity": "191212121213"}, id="wrong check digit"),
        pytest.param(CITIZEN | {"identity": "1212121212"}, id="ten digits"),
        pytest.param(CITIZEN | {"identity": "１９１２１２１２１２１２"}, id="full-width digits"),
        pytest.param(CITIZEN | {"identity": checked("18701212121")}, id="over 130 years old"),
        pytest.param(CITIZEN | {"identity": checked("20260317238")}, id="born in the future"),
        pytest.param(STAFF | {"employeeHsaId": "anna"}, id="no HSA-id"),
        pytest.param([], id="claims are a list"),
    ],
)
async def test_claims_that_prove_nothing_are_refused(claims: object) -> None:
    error = await refusal(token(claims))

    assert (error.status, error.code) == (401, "unauthenticated")
    assert error.headers["WWW-Authenticate"] == 'Bearer realm="arende", error="invalid_token"'


@pytest.mark.parametrize("seconds", [-29, 3629])
async def test_clocks_may_differ_by_half_a_minute(seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)

    assert isinstance(await VERIFIER.verify(token(), now), CitizenCaller)


async def test_a_coordination_number_is_an_identity() -> None:
    person = checked("19800161001")

    caller = await VERIFIER.verify(token(CITIZEN | {"identity": person}), NOW)

    assert caller == CitizenCaller(identity=person, issuer=ISSUER, acr=LEVEL)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"alg": "ES256", "typ": "at+jwt"}, id="no kid"),
        pytest.param(HEADER | {"kid": "other"}, id="unknown kid"),
        pytest.param(HEADER | {"kid": "rsa"}, id="a key of another kind"),
        pytest.param(HEADER | {"typ": "JWT"}, id="an id token"),
        pytest.param({"alg": "ES256", "kid": "ec"}, id="no type"),
        pytest.param(HEADER | {"jku": "https://evil.test"}, id="jku"),
        pytest.param(HEADER | {"x5u": "https://evil.test"}, id="x5u"),
        pytest.param(HEADER | {"x5c": ["x"]}, id="x5c"),
        pytest.param(HEADER | {"jwk": {}}, id="jwk"),
        pytest.param(HEADER | {"crit": ["kid"]}, id="crit"),
    ],
)
async def test_a_header_that_steers_the_check_is_refused(header: dict[str, object]) -> None:
    assert (await refusal(token(header=header))).code == "unauthenticated"


async def test_a_public_key_is_no_shared_secret() -> None:
    secret = OctKey.import_key(RSA.as_pem(private=False).decode().replace("-----", ""))
    bearer = token(header=HEADER | {"alg": "HS256", "kid": "rsa"}, key=secret)

    assert (await refusal(bearer)).reason == "header"


@pytest.mark.parametrize("algorithm", ["none", "NoNe", "", "RS1"])
async def test_unsigned_tokens_are_refused(algorithm: str) -> None:
    header = json.dumps(HEADER | {"alg": algorithm})

    assert (await refusal(raw(header, json.dumps(CITIZEN)))).reason == "header"


@pytest.mark.parametrize(
    "bearer",
    [
        "",
        "a.b",
        "a.b.c.d",
        "é.é.é",
        "....",
        "e30.e30.e30",
        raw("[]"),
        raw('"alg"'),
        raw("[" * 5000),
        raw('{"alg":"ES256","kid":"ec","kid":"rsa","typ":"at+jwt"}'),
        raw(json.dumps(HEADER), "[" * 3000),
        "a" * 8193,
    ],
)
async def test_what_is_no_token_is_refused(bearer: str) -> None:
    assert (await refusal(bearer)).status == 401


async def test_a_changed_token_is_refused() -> None:
    header, payload, signature = token().split(".")
    other = token(CITIZEN | {"sub": "else"}).split(".")[1]

    assert (await refusal(f"{header}.{other}.{signature}")).reason == "signature"
    assert (await refusal(f"{header}.{payload}.AAAA")).reason == "signature"


@given(st.text(max_size=60) | st.builds(raw, st.text(max_size=40), st.text(max_size=40)))
async def test_any_text_is_refused_without_a_fault(bearer: str) -> None:
    await refusal(bearer)


async def test_an_rsa_key_serves_only_the_algorithm_it_was_made_for() -> None:
    other = RSAKey.import_key({**RSA.as_dict(private=True), "alg": "PS256"})
    bearer = token(header=HEADER | {"alg": "PS256", "kid": "rsa"}, key=other)

    assert (await refusal(bearer)).status == 401


@pytest.mark.parametrize("acr", [None, "loa2"])
async def test_a_weak_login_is_told_what_is_needed(acr: str | None) -> None:
    error = await refusal(token(CITIZEN | {"acr": acr}))

    assert (error.status, error.code) == (401, "insufficient_user_authentication")
    assert 'acr_values="loa3 loa4"' in error.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("claims", "wanted"),
    [
        pytest.param(STAFF | {"acr": LEVEL}, SITHS, id="staff by what citizens have"),
        pytest.param(STAFF | {"acr": None}, SITHS, id="staff at no level"),
        pytest.param(CITIZEN | {"acr": SITHS}, "loa3 loa4", id="a citizen by what staff have"),
    ],
)
async def test_each_kind_of_caller_has_levels_of_its_own(
    claims: dict[str, object], wanted: str
) -> None:
    error = await refusal(token(claims))

    assert (error.status, error.code) == (401, "insufficient_user_authentication")
    assert f'acr_values="{wanted}"' in error.headers["WWW-Authenticate"]


async def test_staff_who_chose_no_commission_are_refused() -> None:
    error = await refusal(token({**STAFF, "commissionHsaId": None}))

    assert (error.status, error.code) == (403, "commission_required")


class Publisher:
    """An issuer's key set, counted and breakable."""

    def __init__(self, *keys: ECKey) -> None:
        self.keys = list(keys)
        self.fetches = 0
        self.is_away = False

    def __call__(self, request: Request) -> Response:
        self.fetches += 1
        if self.is_away:
            raise ConnectError("away")
        return Response(200, json={"keys": [key.as_dict() for key in self.keys]})


def remote(publisher: Callable[[Request], Response]) -> RemoteKeys:
    return RemoteKeys("https://idp.test/jwks", AsyncClient(transport=MockTransport(publisher)))


async def test_a_new_key_is_found_and_an_unknown_one_asked_for_at_most_each_30_s() -> None:
    publisher = Publisher(EC)
    keys = remote(publisher)
    assert await keys.find("ec", NOW) is not None
    publisher.keys.append(ECKey.generate_key("P-256", {"kid": "new"}))

    for second in range(30):
        assert await keys.find("new", NOW + timedelta(seconds=second)) is None
    assert publisher.fetches == 1
    assert await keys.find("new", NOW + timedelta(seconds=30)) is not None
    assert publisher.fetches == 2


async def test_a_withdrawn_key_is_forgotten_within_ten_minutes() -> None:
    publisher = Publisher(EC)
    keys = remote(publisher)
    await keys.find("ec", NOW)
    publisher.keys = [ECKey.generate_key("P-256", {"kid": "new"})]

    assert await keys.find("ec", NOW + timedelta(minutes=9)) is not None
    assert await keys.find("ec", NOW + timedelta(minutes=10)) is None


async def test_known_keys_outlive_an_outage_for_a_day() -> None:
    publisher = Publisher(EC)
    keys = remote(publisher)
    await keys.find("ec", NOW)
    publisher.is_away = True

    assert await keys.find("ec", NOW + timedelta(hours=23)) is not None
    with pytest.raises(KeysUnavailableError):
        await keys.find("ec", NOW + timedelta(hours=24))


async def test_without_keys_nobody_is_judged() -> None:
    publisher = Publisher()
    publisher.is_away = True
    verifier = TokenVerifier(ISSUER, AUDIENCE, remote(publisher), LEVELS)

    with pytest.raises(ProblemError) as caught:
        await verifier.verify(token(), NOW)
    assert caught.value.code == "service_unavailable"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"keys":[]}', b'{"keys":[1]}'])
async def test_an_odd_key_set_replaces_nothing(body: bytes) -> None:
    answers = iter([json.dumps(KEY_SET).encode(), body])
    keys = remote(lambda request: Response(200, content=next(answers)))
    await keys.find("ec", NOW)

    assert await keys.find("ec", NOW + timedelta(minutes=11)) is not None


def test_keys_that_cannot_verify_are_left_out() -> None:
    odd: Any = {
        "keys": [
            {"kty": "EC", "kid": "cut", "crv": "P-256"},
            {**EC.as_dict(), "kid": "enc", "use": "enc"},
            {**EC.as_dict(), "kid": "good"},
            {"kty": "OKP", "kid": "other"},
        ]
    }

    assert read_keys(odd).keys() == {"good"}


def rsa_of(bits: int) -> dict[str, str]:
    """Return a public RSA key with a modulus of so many bits, a whole number of bytes."""
    modulus = urlsafe_b64encode(b"\xff" * (bits // 8)).decode().rstrip("=")
    return {"kty": "RSA", "e": "AQAB", "n": modulus}


@pytest.mark.parametrize(
    "weak",
    [
        pytest.param(rsa_of(256), id="RSA of 256 bits"),
        pytest.param(rsa_of(1024), id="RSA of 1,024 bits"),
        pytest.param(rsa_of(2040), id="RSA of 2,040 bits"),
        pytest.param(ECKey.generate_key("P-384").as_dict(), id="P-384"),
        pytest.param(ECKey.generate_key("P-521").as_dict(), id="P-521"),
        pytest.param(ECKey.generate_key("secp256k1").as_dict(), id="secp256k1"),
    ],
)
def test_keys_too_weak_or_of_other_curves_are_left_out(weak: Any) -> None:  # noqa: ANN401 - a JWK
    with capture_logs() as logs:
        found = read_keys({"keys": [{**weak, "kid": "weak"}, {**rsa_of(2048), "kid": "strong"}]})

    assert found.keys() == {"strong"}
    assert [line["event"] for line in logs] == ["jwks_key_unusable"]


def settings_of(folder: Path, **changes: object) -> Settings:
    given: dict[str, Any] = {"mode": "local", "data_dir": folder, **changes}
    return Settings(_env_file=None, **given)


async def test_the_local_issuer_signs_people_in(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    issuer = LocalIssuer(settings)
    keys = FixedKeys(json.loads(json.dumps(issuer.jwks())))
    verifier = verifier_of(settings, keys)

    citizen = await verifier.verify(issuer.citizen_token(PERSON, NOW), NOW)
    staff = await verifier.verify(issuer.staff_token(HSA_ID, COMMISSION, NOW), NOW)

    assert isinstance(citizen, CitizenCaller)
    assert isinstance(staff, StaffCaller)
    assert (citizen.identity, staff.hsa_id, staff.commission) == (PERSON, HSA_ID, COMMISSION)
    assert "d" not in issuer.jwks()["keys"][0]
    with pytest.raises(TokenError):
        await verifier.verify(
            issuer.citizen_token(PERSON, NOW), NOW + timedelta(hours=1, minutes=1)
        )


def test_production_has_no_local_issuer(tmp_path: Path) -> None:
    local = settings_of(tmp_path)
    production = local.model_copy(update={"mode": "production"})

    with pytest.raises(NotLocalError):
        LocalIssuer(production)
    with pytest.raises(NotLocalError):
        LocalIssuer(local.model_copy(update={"local_issuer_key": None}))
