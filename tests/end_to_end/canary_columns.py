"""Which columns of PostgreSQL hold patient data; every other text column must stay free of it."""

import asyncpg

PATIENT_COLUMNS = frozenset(
    {
        "access_log.patients",
        "case_events.actor",
        "case_events.detail",
        "cases.answers",
        "cases.patient",
        "cases.submitted_by",
        "citizens.identity",
        "citizens.name",
        "guardians.child",
        "guardians.guardian",
        "listings.identity",
    }
)
"""A new column for what patients write or are is declared here, or the canary run finds it."""

_TEXT_COLUMNS = """
SELECT columns.table_name || '.' || columns.column_name AS name
FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
JOIN pg_class ON pg_class.oid = format('%I.%I', table_schema, table_name)::regclass
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND NOT relispartition
    AND data_type NOT IN (
        'timestamp with time zone', 'date', 'boolean', 'smallint', 'integer', 'bigint', 'numeric',
        'double precision', 'uuid', 'interval'
    )
ORDER BY name
"""


async def text_columns(conn: asyncpg.Connection) -> list[str]:
    """Return every column in which a text could stand, as table.column; a part is in its whole."""
    return [row["name"] for row in await conn.fetch(_TEXT_COLUMNS)]
