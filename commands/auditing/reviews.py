"""`arende audit reviews`: how far the samples of accesses have been judged, and drawing one now."""

import asyncio
import json
import secrets
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import asyncpg
import typer

from commands.auditing.database import opened
from commands.exits import explained
from domain.access_reviews import Period, SampleRule, week_before
from domain.model import Model
from runtime.calendars import load_zone
from runtime.settings import DatabaseSettings, load_database_settings
from store.access_reviews import ReviewCount, count_reviews, draw_reviews

_SEED_BYTES = 16


class ReviewState(Model):
    """How many accesses were drawn now, None if none were to be, and every draw's state."""

    drawn_now: int | None
    draws: tuple[ReviewCount, ...]


def reviews(
    draw: Annotated[
        bool, typer.Option("--draw", help="Draw the last whole week, if it was not.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the state as JSON.")] = False,
) -> None:
    """Show each draw: its period, rule and seed, and how many accesses were judged how.

    A worker draws each week by itself.

    Exit codes: 0 shown, 1 no database, 2 usage.
    """
    with explained():
        state = asyncio.run(_state(load_database_settings(), draw=draw))
    if as_json:
        typer.echo(json.dumps(state.model_dump(mode="json")))
        return
    for one in state.draws:
        typer.echo(
            f"{one.period_from:%Y-%m-%d}  {one.unit or one.provider or 'nothing to draw'}  "
            f"{one.judged} of {one.drawn} judged: {one.justified} justified, "
            f"{one.questionable} questionable, {one.unjustified} unjustified"
        )


async def _state(settings: DatabaseSettings, *, draw: bool) -> ReviewState:
    zone = load_zone(settings.region_dir / "calendar.toml")
    week = week_before(datetime.now(UTC), zone.key)
    async with opened(settings) as pool:
        drawn = await _draw(pool, week) if draw else None
        async with pool.acquire() as conn:
            return ReviewState(drawn_now=drawn, draws=tuple(await count_reviews(conn)))


async def _draw(pool: asyncpg.Pool, week: Period) -> int | None:
    async with pool.acquire() as conn, conn.transaction():
        return await draw_reviews(conn, uuid4(), week, SampleRule(), secrets.token_hex(_SEED_BYTES))
