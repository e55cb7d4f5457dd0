"""The register of roles: the catalogue of what staff may be given."""

from store.registers import Register

_CREATE_ROLES = """
CREATE TEMP TABLE incoming_roles (
    line integer, code text, scope text, name_sv text, name_en text
) ON COMMIT DROP
"""

_FIND_DUPLICATE_ROLES = """
SELECT line, 'code' AS column, 'duplicate' AS code
FROM (
    SELECT line, row_number() OVER (PARTITION BY code ORDER BY line) AS occurrence
    FROM incoming_roles
) AS counted
WHERE occurrence > 1
LIMIT 50
"""

_MERGE_ROLES = """
WITH merged AS (
    MERGE INTO roles AS kept
    USING incoming_roles AS new ON new.code = kept.code
    WHEN MATCHED AND (kept.scope, kept.name_sv, kept.name_en)
         IS DISTINCT FROM (new.scope, new.name_sv, new.name_en)
    THEN UPDATE SET scope = new.scope, name_sv = new.name_sv, name_en = new.name_en
    WHEN NOT MATCHED THEN
        INSERT (code, scope, name_sv, name_en)
        VALUES (new.code, new.scope, new.name_sv, new.name_en)
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

_FIND_USED_ROLES = """
SELECT 0 AS line, 'code' AS column, 'still_used' AS code, kept.code AS key
FROM roles AS kept
WHERE NOT EXISTS (SELECT FROM incoming_roles AS new WHERE new.code = kept.code)
  AND EXISTS (SELECT FROM staff_roles WHERE staff_roles.role = kept.code)
LIMIT 50
"""

_SWEEP_ROLES = """
WITH gone AS (
    DELETE FROM roles AS kept
    WHERE NOT EXISTS (SELECT FROM incoming_roles AS new WHERE new.code = kept.code)
    RETURNING 'DELETE' AS action
)
SELECT action, count(*) FROM gone GROUP BY action
"""

ROLES = Register(
    name="roles",
    staging="incoming_roles",
    columns=("code", "scope", "name_sv", "name_en"),
    create=_CREATE_ROLES,
    checks=(_FIND_DUPLICATE_ROLES,),
    merges=(_MERGE_ROLES,),
    still_used=_FIND_USED_ROLES,
    sweep=_SWEEP_ROLES,
)
