"""The register of guardians: who may act for whose child."""

from store.registers import Register

_CREATE_GUARDIANS = """
CREATE TEMP TABLE incoming_guardians (line integer, child text, guardian text) ON COMMIT DROP
"""

_FIND_DUPLICATE_GUARDIANS = """
SELECT line, 'guardian' AS column, 'duplicate' AS code
FROM (
    SELECT line, row_number() OVER (PARTITION BY child, guardian ORDER BY line) AS occurrence
    FROM incoming_guardians
) AS counted
WHERE occurrence > 1
LIMIT 50
"""

_FIND_UNKNOWN_CHILDREN = """
SELECT line, 'child' AS column, 'unknown' AS code
FROM incoming_guardians AS new
WHERE NOT EXISTS (SELECT FROM citizens WHERE citizens.identity = new.child)
LIMIT 50
"""

_FIND_UNKNOWN_GUARDIANS = """
SELECT line, 'guardian' AS column,
       CASE WHEN child = guardian THEN 'same_person' ELSE 'unknown' END AS code
FROM incoming_guardians AS new
WHERE child = guardian
   OR NOT EXISTS (SELECT FROM citizens WHERE citizens.identity = new.guardian)
LIMIT 50
"""

_MERGE_GUARDIANS = """
WITH merged AS (
    MERGE INTO guardians AS kept
    USING incoming_guardians AS new ON new.child = kept.child AND new.guardian = kept.guardian
    WHEN NOT MATCHED THEN INSERT (child, guardian) VALUES (new.child, new.guardian)
    WHEN NOT MATCHED BY SOURCE THEN DELETE
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

GUARDIANS = Register(
    name="guardians",
    staging="incoming_guardians",
    columns=("child", "guardian"),
    create=_CREATE_GUARDIANS,
    checks=(_FIND_DUPLICATE_GUARDIANS, _FIND_UNKNOWN_CHILDREN, _FIND_UNKNOWN_GUARDIANS),
    merges=(_MERGE_GUARDIANS,),
    may_be_empty=True,
)
