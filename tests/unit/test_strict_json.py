"""Bodies are JSON that every store can hold, or are refused with a code that echoes nothing."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.strict_json import MAX_DEPTH, BadJsonError, json_pointer, parse_strict
from domain.model import is_storable


def refusal(body: bytes) -> BadJsonError:
    with pytest.raises(BadJsonError) as caught:
        parse_strict(body)
    return caught.value


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"", "empty_body", id="nothing"),
        pytest.param(b" \r\n", "empty_body", id="white space"),
        pytest.param(b'{"a":', "invalid_json", id="cut short"),
        pytest.param(b"{}x", "invalid_json", id="trailing bytes"),
        pytest.param(b"\xef\xbb\xbf{}", "invalid_json", id="byte order mark"),
        pytest.param('{"a":1}'.encode("utf-16"), "invalid_json", id="utf-16"),
        pytest.param(b'"\xff"', "invalid_json", id="not utf-8"),
        pytest.param(b'"\xed\xa0\x80"', "invalid_json", id="surrogate in utf-8"),
        pytest.param(b"NaN", "invalid_json", id="not a number"),
        pytest.param(b'{"a":-Infinity}', "invalid_json", id="infinity"),
        pytest.param(b'"\x00"', "invalid_json", id="raw control sign"),
        pytest.param(b"1e400", "number_out_of_range", id="infinite by exponent"),
        pytest.param(b"0." + b"1" * 5000, "number_out_of_range", id="endless fraction"),
        pytest.param(b"-" + b"1" * 21, "number_out_of_range", id="integer of 21 digits"),
        pytest.param(b'{"a":1,"a":2}', "duplicate_key", id="same key twice"),
        pytest.param('{"å":1,"a\u030a":2}'.encode(), "duplicate_key", id="same key once composed"),
        pytest.param(b"[" * 100_000, "too_deep", id="only brackets"),
        pytest.param(b"[" * 33 + b"]" * 33, "too_deep", id="one level too many"),
    ],
)
def test_what_is_not_strict_json_is_refused(body: bytes, code: str) -> None:
    assert refusal(body).code == code


@pytest.mark.parametrize(
    "sign",
    ["\x00", "\x1b", "\r", "\x7f", "\x85", "\ud800", "\ufdd0", "\uffff", "\U0010fffe"],
)
def test_a_sign_no_store_holds_is_refused_with_its_place(sign: str) -> None:
    body = json.dumps({"answers": [{"text": f"a{sign}b"}], "fine": "å"}).encode()

    error = refusal(body)

    assert error.code == "unstorable_text"
    assert error.pointers == ("/answers/0/text",)


def test_every_unstorable_text_is_pointed_at() -> None:
    assert refusal(b'{"a":"\\u0000","b":["\\u0001"]}').pointers == ("/a", "/b/0")


def test_a_pointer_never_repeats_a_made_up_name() -> None:
    error = refusal(b'{"answers":{"19121212-1212":"\\u0000"}}')

    assert error.pointers == ("/answers",)
    assert json_pointer(("a~b",)) == ""
    assert json_pointer(("items", 2, "dose_now")) == "/items/2/dose_now"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b"-0", 0, id="minus zero"),
        pytest.param(b"99999999999999999999", 99999999999999999999, id="integer of 20 digits"),
        pytest.param(b'"\\ud83d\\ude00"', "\U0001f600", id="surrogate pair"),
        pytest.param(b'"a\\r\\nb\\tc"', "a\nb\tc", id="line ends and tabs"),
        pytest.param('"A\u030angstro\u0308m"'.encode(), "Ångström", id="stored composed"),
        pytest.param(b'"[[[[{{{{\\""', '[[[[{{{{"', id="brackets inside text are not levels"),
        pytest.param(b"null", None, id="null"),
    ],
)
def test_json_comes_back_as_it_is_stored(body: bytes, value: object) -> None:
    assert parse_strict(body) == value


def test_32_levels_are_taken() -> None:
    assert parse_strict(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) != []


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'"' + b'\\"' * 32_000, id="an endless string of escapes"),
        pytest.param(b'"' * 65_000, id="only quotes"),
        pytest.param(json.dumps("a" + "\u0300\u0323" * 16_000).encode(), id="stacked marks"),
        pytest.param(
            json.dumps(["a" + "\u0300\u0323" * 15_000], ensure_ascii=False).encode(),
            id="in an array",
        ),
    ],
)
def test_hostile_text_is_refused_in_no_time(body: bytes) -> None:
    refusal(body)


texts = st.text(st.characters(exclude_categories=["Cs", "Mn", "Mc", "Me"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**19), 10**19) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)


@given(texts)
def test_a_text_is_taken_just_when_it_can_be_stored(text: str) -> None:
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    try:
        taken = parse_strict(json.dumps(text).encode()) == plain
    except BadJsonError:
        taken = False

    assert taken is is_storable(plain)


@given(st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_give_a_value_or_a_refusal(body: bytes) -> None:
    try:
        value = parse_strict(body)
    except BadJsonError:
        return
    again = json.dumps(value).encode()
    assert parse_strict(again) == value
