"""Which errors of the database pass, which never will, and how JSON goes in and out."""

import asyncpg
import pytest
from asyncpg.pool import PoolConnectionProxy

from store.pool import DATABASE_ERRORS, is_connection_error, is_data_error, names_in, open_pool


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(asyncpg.ConnectionDoesNotExistError("x"), id="08"),
        pytest.param(asyncpg.SerializationError("x"), id="40"),
        pytest.param(asyncpg.TooManyConnectionsError("x"), id="53"),
        pytest.param(asyncpg.LockNotAvailableError("x"), id="55"),
        pytest.param(asyncpg.CannotConnectNowError("x"), id="57"),
        pytest.param(asyncpg.exceptions.PostgresIOError("x"), id="58"),
        pytest.param(asyncpg.InterfaceError("x"), id="the driver's connection is closed"),
        pytest.param(asyncpg.InternalClientError("x"), id="the server vanished in mid-sentence"),
        pytest.param(ConnectionRefusedError(), id="refused"),
        pytest.param(TimeoutError(), id="silence"),
    ],
)
def test_error_that_passes_is_retried(error: Exception) -> None:
    assert is_connection_error(error)
    assert not is_data_error(error)
    assert isinstance(error, DATABASE_ERRORS)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(asyncpg.DataError("x"), id="22"),
        pytest.param(asyncpg.UniqueViolationError("x"), id="23"),
        pytest.param(asyncpg.UndefinedColumnError("x"), id="42"),
    ],
)
def test_error_of_data_is_not_retried(error: Exception) -> None:
    assert is_data_error(error)
    assert not is_connection_error(error)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(ValueError("x"), id="a bug"),
        pytest.param(asyncpg.InvalidPasswordError("x"), id="a wrong password"),
        pytest.param(asyncpg.ClientConfigurationError("x"), id="a wrong address"),
    ],
)
def test_other_errors_are_neither(error: Exception) -> None:
    assert not is_data_error(error)
    assert not is_connection_error(error)


@pytest.mark.parametrize("text", ["\ud800", "a\x00b"])
async def test_text_that_cannot_be_stored_is_an_error_of_data(
    conn: PoolConnectionProxy, text: str
) -> None:
    with pytest.raises(DATABASE_ERRORS) as as_text:
        await conn.fetchval("SELECT $1::text", text)
    with pytest.raises(DATABASE_ERRORS) as as_json:
        await conn.fetchval("SELECT $1::jsonb", {"text": text})

    assert is_data_error(as_text.value)
    assert is_data_error(as_json.value)


async def test_json_that_is_none_is_an_error_of_data(conn: PoolConnectionProxy) -> None:
    with pytest.raises(DATABASE_ERRORS) as refused:
        await conn.fetchval("SELECT $1::jsonb", {"number": float("nan")})

    assert is_data_error(refused.value)


async def test_names_of_an_error_are_those_of_the_schema(conn: PoolConnectionProxy) -> None:
    await conn.execute(
        "CREATE TEMP TABLE seen (text text NOT NULL CONSTRAINT short CHECK (text = ''))"
    )

    for value, names in (
        ("CANARY", {"sqlstate": "23514", "table": "seen", "constraint": "short"}),
        (None, {"sqlstate": "23502", "table": "seen", "column": "text"}),
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await conn.execute("INSERT INTO seen VALUES ($1)", value)
        assert names_in(refused.value) == names


async def test_json_goes_in_and_out_as_values(conn: PoolConnectionProxy) -> None:
    value = {"text": "åäö", "list": [1, None], "truth": True}

    assert await conn.fetchval("SELECT $1::jsonb", value) == value
    assert await conn.fetchval("SELECT $1::json", [value]) == [value]


async def test_pool_opens_while_the_database_is_away() -> None:
    async with await open_pool("postgres://nobody@127.0.0.1:1/none", 2) as pool:
        with pytest.raises(DATABASE_ERRORS) as refused:
            await pool.fetchval("SELECT 1")

    assert is_connection_error(refused.value)
