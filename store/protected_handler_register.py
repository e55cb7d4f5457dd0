"""The register of named handlers: the staff to whom a unit entrusts its protected patients."""

from store.registers import Register

_CREATE_HANDLERS = """
CREATE TEMP TABLE incoming_protected_handlers (
    line integer, unit text, staff text, valid_from date, valid_to date
) ON COMMIT DROP
"""

_FIND_DUPLICATE_HANDLERS = """
SELECT line, 'staff' AS column, 'duplicate' AS code
FROM (
    SELECT line, row_number() OVER (PARTITION BY unit, staff, valid_from ORDER BY line)
               AS occurrence
    FROM incoming_protected_handlers
) AS counted
WHERE occurrence > 1
LIMIT 50
"""

_FIND_HANDLERS_AT_UNKNOWN_UNITS = """
SELECT line, 'unit' AS column, 'unknown' AS code
FROM incoming_protected_handlers AS new
WHERE NOT EXISTS (SELECT FROM units WHERE units.hsa_id = new.unit)
LIMIT 50
"""

_FIND_UNKNOWN_HANDLERS = """
SELECT line, 'staff' AS column, 'unknown' AS code
FROM incoming_protected_handlers AS new
WHERE NOT EXISTS (SELECT FROM staff WHERE staff.hsa_id = new.staff)
LIMIT 50
"""

_MERGE_HANDLERS = """
WITH merged AS (
    MERGE INTO protected_handlers AS kept
    USING incoming_protected_handlers AS new
        ON new.unit = kept.unit AND new.staff = kept.staff AND new.valid_from = kept.valid_from
    WHEN MATCHED AND kept.valid_to IS DISTINCT FROM new.valid_to
    THEN UPDATE SET valid_to = new.valid_to
    WHEN NOT MATCHED THEN
        INSERT (unit, staff, valid_from, valid_to)
        VALUES (new.unit, new.staff, new.valid_from, new.valid_to)
    WHEN NOT MATCHED BY SOURCE THEN DELETE
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

PROTECTED_HANDLERS = Register(
    name="protected_handlers",
    staging="incoming_protected_handlers",
    columns=("unit", "staff", "valid_from", "valid_to"),
    create=_CREATE_HANDLERS,
    checks=(
        _FIND_DUPLICATE_HANDLERS,
        _FIND_HANDLERS_AT_UNKNOWN_UNITS,
        _FIND_UNKNOWN_HANDLERS,
    ),
    merges=(_MERGE_HANDLERS,),
    may_be_empty=True,
)
