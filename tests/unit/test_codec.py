"""The payload codec: what is sealed, what passes in clear, and what is refused on the way in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from runtime.codec import ENCRYPTED, REFUSED, EncryptionCodec, UnreadablePayloadError
from runtime.temporal import data_converter
from tests.unit import case_samples as samples

OLD, NEW = {"2025": b"o" * 32}, {"2026": b"n" * 32}
CODEC = EncryptionCodec(OLD, "default")
SECRET = Payload(metadata={"encoding": b"json/plain"}, data=b'{"text": "CANARY"}')
METADATA = {
    "encoding": b"json/protobuf",
    "messageType": b"temporal.api.sdk.v1.WorkflowMetadata",
}


def text(value: bytes) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=value)


async def sealed(payload: Payload = SECRET, codec: EncryptionCodec = CODEC) -> Payload:
    return (await codec.encode([payload]))[0]


@given(data=st.binary(max_size=2000), kind=st.binary(max_size=20))
async def test_sealed_payload_comes_back_whole_and_shows_nothing(data: bytes, kind: bytes) -> None:
    payload = Payload(metadata={"encoding": b"binary/plain", "kind": kind}, data=data)

    encoded = await sealed(payload)

    assert encoded.metadata["encoding"] == ENCRYPTED
    assert set(encoded.metadata) == {"encoding", "key"}
    assert len(data) < 4 or data not in encoded.data
    assert await CODEC.decode([encoded]) == [payload]


async def test_same_payload_is_never_sealed_twice_the_same() -> None:
    assert (await sealed()).data != (await sealed()).data


async def test_several_payloads_keep_their_order() -> None:
    payloads = [text(b'"ops: one"'), SECRET, text(b"{}")]

    assert await CODEC.decode(await CODEC.encode(payloads)) == payloads


async def test_first_key_writes_and_every_key_reads() -> None:
    before = await sealed()
    rotated = EncryptionCodec(NEW | OLD, "default")

    assert await rotated.decode([before]) == [SECRET]
    assert (await sealed(codec=rotated)).metadata["key"] == b"2026"


@pytest.mark.parametrize(
    "reader",
    [
        pytest.param(EncryptionCodec(NEW, "default"), id="key is not in the ring"),
        pytest.param(EncryptionCodec({"2025": b"x" * 32}, "default"), id="other key, same name"),
        pytest.param(EncryptionCodec(OLD, "another"), id="another namespace"),
    ],
)
async def test_payload_of_another_key_or_namespace_is_refused(reader: EncryptionCodec) -> None:
    with pytest.raises(UnreadablePayloadError):
        await reader.decode([await sealed()])


@pytest.mark.parametrize("position", [0, 11, 12, 20, -1])
async def test_changed_payload_is_refused(position: int) -> None:
    encoded = await sealed()
    data = bytearray(encoded.data)
    data[position] ^= 1

    with pytest.raises(UnreadablePayloadError):
        await CODEC.decode([Payload(metadata=encoded.metadata, data=bytes(data))])


@pytest.mark.parametrize("length", [0, 5, 12, 20])
async def test_cut_payload_is_refused(length: int) -> None:
    encoded = await sealed()

    with pytest.raises(UnreadablePayloadError):
        await CODEC.decode([Payload(metadata=encoded.metadata, data=encoded.data[:length])])


async def test_key_of_the_ring_under_another_name_is_refused() -> None:
    both = EncryptionCodec({"2025": b"o" * 32, "2026": b"o" * 32}, "default")
    encoded = await sealed()
    renamed = Payload(metadata={"encoding": ENCRYPTED, "key": b"2026"}, data=encoded.data)

    with pytest.raises(UnreadablePayloadError):
        await both.decode([renamed])


CLEAR = [
    pytest.param(text(b'"ops: queued"'), id="text for operations"),
    pytest.param(Payload(metadata=METADATA, data=b"{}"), id="metadata of the SDK"),
]
PRIVATE = [
    pytest.param(text(b'"CANARY"'), id="bare text"),
    pytest.param(text(b'"ops:CANARY"'), id="almost the mark"),
    pytest.param(text(b'" ops: CANARY"'), id="mark not at the start"),
    pytest.param(text(b'{"ops: ": "CANARY"}'), id="mark in an object"),
    pytest.param(text(b'["ops: CANARY"]'), id="mark in a list"),
    pytest.param(text(b'"ops: ' + b"x" * 400 + b'"'), id="too long for a text of ours"),
    pytest.param(
        Payload(metadata={"encoding": b"binary/plain"}, data=b'"ops: CANARY"'), id="other encoding"
    ),
    pytest.param(
        Payload(metadata={**METADATA, "messageType": b"other"}, data=b"CANARY"), id="other message"
    ),
    pytest.param(
        Payload(metadata={**METADATA, "encoding": b"json/plain"}, data=b"CANARY"),
        id="metadata in another encoding",
    ),
    pytest.param(Payload(metadata={"encoding": b"binary/null"}), id="nothing"),
    pytest.param(Payload(), id="no encoding"),
]


@pytest.mark.parametrize("payload", CLEAR)
async def test_what_is_meant_for_operations_passes_both_ways(payload: Payload) -> None:
    assert await CODEC.encode([payload]) == [payload]
    assert await CODEC.decode([payload]) == [payload]


@pytest.mark.parametrize("payload", PRIVATE)
async def test_everything_else_is_sealed_and_refused_in_clear(payload: Payload) -> None:
    encoded = await sealed(payload)
    refused = await CODEC.decode([payload])

    assert b"CANARY" not in encoded.SerializeToString()
    assert refused == [Payload(metadata={"encoding": REFUSED})]
    with pytest.raises(KeyError):
        data_converter(OLD, "default").payload_converter.from_payloads(refused)


async def test_no_value_of_ours_looks_like_a_text_for_operations() -> None:
    converter = data_converter(OLD, "default")
    values = [
        samples.submission(),
        samples.in_state("assigned"),
        samples.ask().model_copy(update={"text": "ops: CANARY"}),
    ]

    encoded = await converter.encode(values)

    assert all(payload.metadata["encoding"] == ENCRYPTED for payload in encoded)


async def test_text_of_a_failure_are_sealed() -> None:
    converter, failure = data_converter(OLD, "default"), Failure()
    error = ApplicationError("CANARY", "CANARY detail", type="data_error")
    await converter.encode_failure(error, failure)

    assert b"CANARY" not in failure.SerializeToString()
    assert failure.message == "Encoded failure"
    read = await converter.decode_failure(failure)
    assert isinstance(read, ApplicationError)
    assert (read.message, read.type) == ("CANARY", "data_error")
