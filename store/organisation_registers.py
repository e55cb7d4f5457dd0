"""The registers of an organisation: care providers and their units."""

from store.registers import Register

_CREATE_PROVIDERS = """
CREATE TEMP TABLE incoming_providers (line integer, hsa_id text, name text) ON COMMIT DROP
"""

_FIND_DUPLICATE_PROVIDERS = """
SELECT line, 'hsa_id' AS column, 'duplicate' AS code
FROM (
    SELECT line, row_number() OVER (PARTITION BY hsa_id ORDER BY line) AS occurrence
    FROM incoming_providers
) AS counted
WHERE occurrence > 1
LIMIT 50
"""

_MERGE_PROVIDERS = """
WITH merged AS (
    MERGE INTO care_providers AS kept
    USING incoming_providers AS new ON new.hsa_id = kept.hsa_id
    WHEN MATCHED AND kept.name <> new.name THEN UPDATE SET name = new.name
    WHEN NOT MATCHED THEN INSERT (hsa_id, name) VALUES (new.hsa_id, new.name)
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

_FIND_USED_PROVIDERS = """
SELECT 0 AS line, 'hsa_id' AS column, 'still_used' AS code, kept.hsa_id AS key
FROM care_providers AS kept
WHERE NOT EXISTS (SELECT FROM incoming_providers AS new WHERE new.hsa_id = kept.hsa_id)
  AND EXISTS (SELECT FROM commissions WHERE commissions.provider = kept.hsa_id)
ORDER BY kept.hsa_id
LIMIT 50
"""

# A unit that vanished before it ever opened is retired on its first day; see _RETIRE_UNITS.
_FIND_PROVIDERS_OF_OPEN_UNITS = """
SELECT 0 AS line, 'hsa_id' AS column, 'still_used' AS code, kept.hsa_id AS key
FROM care_providers AS kept
WHERE NOT EXISTS (SELECT FROM incoming_providers AS new WHERE new.hsa_id = kept.hsa_id)
  AND EXISTS (SELECT FROM units
              WHERE units.provider = kept.hsa_id
                AND (units.valid_to IS NULL
                     OR units.valid_to > greatest(units.valid_from, $1::date - 1)))
ORDER BY kept.hsa_id
LIMIT 50
"""

# Old cases keep pointing at retired units, and those at their provider, which therefore stays.
_SWEEP_PROVIDERS = """
WITH gone AS (
    DELETE FROM care_providers AS kept
    WHERE NOT EXISTS (SELECT FROM incoming_providers AS new WHERE new.hsa_id = kept.hsa_id)
      AND NOT EXISTS (SELECT FROM units WHERE units.provider = kept.hsa_id)
    RETURNING 'DELETE' AS action
)
SELECT action, count(*) FROM gone GROUP BY action
"""

PROVIDERS = Register(
    name="providers",
    staging="incoming_providers",
    columns=("hsa_id", "name"),
    create=_CREATE_PROVIDERS,
    checks=(_FIND_DUPLICATE_PROVIDERS,),
    merges=(_MERGE_PROVIDERS,),
    still_used=_FIND_USED_PROVIDERS,
    still_open=_FIND_PROVIDERS_OF_OPEN_UNITS,
    sweep=_SWEEP_PROVIDERS,
)

_CREATE_UNITS = """
CREATE TEMP TABLE incoming_units (
    line integer, hsa_id text, provider text, name text, kind text, municipality text,
    phone text, calendar text, valid_from date, valid_to date, fictional boolean
) ON COMMIT DROP
"""

_FIND_DUPLICATE_UNITS = """
SELECT line, 'hsa_id' AS column, 'duplicate' AS code
FROM (
    SELECT line, row_number() OVER (PARTITION BY hsa_id ORDER BY line) AS occurrence
    FROM incoming_units
) AS counted
WHERE occurrence > 1
LIMIT 50
"""

_FIND_UNITS_OF_NOBODY = """
SELECT line, 'provider' AS column, 'unknown' AS code
FROM incoming_units AS new
WHERE NOT EXISTS (SELECT FROM care_providers WHERE care_providers.hsa_id = new.provider)
LIMIT 50
"""

_MERGE_UNITS = """
WITH merged AS (
    MERGE INTO units AS kept
    USING incoming_units AS new ON new.hsa_id = kept.hsa_id
    WHEN MATCHED AND (kept.provider, kept.name, kept.kind, kept.municipality, kept.phone,
                      kept.calendar, kept.valid_from, kept.valid_to, kept.fictional)
         IS DISTINCT FROM (new.provider, new.name, new.kind, new.municipality, new.phone,
                           new.calendar, new.valid_from, new.valid_to, new.fictional)
    THEN UPDATE SET provider = new.provider, name = new.name, kind = new.kind,
                    municipality = new.municipality, phone = new.phone, calendar = new.calendar,
                    valid_from = new.valid_from, valid_to = new.valid_to, fictional = new.fictional
    WHEN NOT MATCHED THEN
        INSERT (hsa_id, provider, name, kind, municipality, phone, calendar, valid_from, valid_to,
                fictional)
        VALUES (new.hsa_id, new.provider, new.name, new.kind, new.municipality, new.phone,
                new.calendar, new.valid_from, new.valid_to, new.fictional)
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

# Cases and listings keep pointing at a unit that vanished, so it is closed and not deleted.
_RETIRE_UNITS = """
WITH retired AS (
    UPDATE units AS kept
    SET valid_to = greatest(kept.valid_from, $1::date - 1)
    WHERE NOT EXISTS (SELECT FROM incoming_units AS new WHERE new.hsa_id = kept.hsa_id)
      AND (kept.valid_to IS NULL OR kept.valid_to >= $1::date)
      AND kept.valid_to IS DISTINCT FROM greatest(kept.valid_from, $1::date - 1)
    RETURNING 'UPDATE' AS action
)
SELECT action, count(*) FROM retired GROUP BY action
"""

UNITS = Register(
    name="units",
    staging="incoming_units",
    columns=(
        "hsa_id",
        "provider",
        "name",
        "kind",
        "municipality",
        "phone",
        "calendar",
        "valid_from",
        "valid_to",
        "fictional",
    ),
    create=_CREATE_UNITS,
    checks=(_FIND_DUPLICATE_UNITS, _FIND_UNITS_OF_NOBODY),
    merges=(_MERGE_UNITS,),
    retire=_RETIRE_UNITS,
)
