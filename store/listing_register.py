"""The register of citizens: who they are and at which health centre they are listed."""

from store.registers import Register

_CREATE_LISTING = """
CREATE TEMP TABLE incoming_listing (
    line integer, identity text, name text, protected boolean, synthetic boolean, unit text,
    valid_from date, valid_to date
) ON COMMIT DROP
"""

_FIND_CONTRADICTED_CITIZENS = """
SELECT line, 'identity' AS column, 'contradicts_earlier_line' AS code
FROM (
    SELECT line, ROW(name, protected, synthetic) IS DISTINCT FROM
                 first_value(ROW(name, protected, synthetic))
                 OVER (PARTITION BY identity ORDER BY line) AS differs
    FROM incoming_listing
) AS compared
WHERE differs
LIMIT 50
"""

_FIND_DUPLICATE_UNLISTED = """
SELECT line, 'identity' AS column, 'duplicate' AS code
FROM (
    SELECT line, row_number() OVER (PARTITION BY identity ORDER BY line) AS occurrence
    FROM incoming_listing
    WHERE unit IS NULL
) AS counted
WHERE occurrence > 1
LIMIT 50
"""

# A citizen is listed at one health centre at a time [S7].
_FIND_OVERLAPPING_LISTINGS = """
SELECT line, 'valid_from' AS column, 'overlaps_another_listing' AS code
FROM (
    SELECT line, valid_from, max(coalesce(valid_to, 'infinity')) OVER (
               PARTITION BY identity ORDER BY valid_from, line
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS listed_until
    FROM incoming_listing
    WHERE unit IS NOT NULL
) AS compared
WHERE listed_until >= valid_from
LIMIT 50
"""

_FIND_LISTINGS_AT_UNKNOWN_UNITS = """
SELECT line, 'unit' AS column, 'unknown' AS code
FROM incoming_listing AS new
WHERE unit IS NOT NULL AND NOT EXISTS (SELECT FROM units WHERE units.hsa_id = new.unit)
LIMIT 50
"""

_MERGE_CITIZENS = """
WITH merged AS (
    MERGE INTO citizens AS kept
    USING (SELECT DISTINCT identity, name, protected, synthetic FROM incoming_listing) AS new
        ON new.identity = kept.identity
    WHEN MATCHED AND (kept.name, kept.protected, kept.synthetic)
         IS DISTINCT FROM (new.name, new.protected, new.synthetic)
    THEN UPDATE SET name = new.name, protected = new.protected, synthetic = new.synthetic
    WHEN NOT MATCHED THEN
        INSERT (identity, name, protected, synthetic)
        VALUES (new.identity, new.name, new.protected, new.synthetic)
    WHEN NOT MATCHED BY SOURCE THEN DELETE
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

_MERGE_LISTINGS = """
WITH merged AS (
    MERGE INTO listings AS kept
    USING (
        SELECT identity, unit, valid_from, valid_to FROM incoming_listing WHERE unit IS NOT NULL
    ) AS new ON new.identity = kept.identity AND new.valid_from = kept.valid_from
    WHEN MATCHED AND (kept.unit, kept.valid_to) IS DISTINCT FROM (new.unit, new.valid_to)
    THEN UPDATE SET unit = new.unit, valid_to = new.valid_to
    WHEN NOT MATCHED THEN
        INSERT (identity, unit, valid_from, valid_to)
        VALUES (new.identity, new.unit, new.valid_from, new.valid_to)
    WHEN NOT MATCHED BY SOURCE THEN DELETE
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

LISTING = Register(
    name="listing",
    staging="incoming_listing",
    columns=("identity", "name", "protected", "synthetic", "unit", "valid_from", "valid_to"),
    create=_CREATE_LISTING,
    checks=(
        _FIND_CONTRADICTED_CITIZENS,
        _FIND_DUPLICATE_UNLISTED,
        _FIND_OVERLAPPING_LISTINGS,
        _FIND_LISTINGS_AT_UNKNOWN_UNITS,
    ),
    merges=(_MERGE_CITIZENS, _MERGE_LISTINGS),
)
