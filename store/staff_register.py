"""The register of staff: people, their commissions, and the roles given in them."""

from store.registers import Register

_CREATE_STAFF = """
CREATE TEMP TABLE incoming_staff (
    line integer, hsa_id text, name text, licence text, prescribing text,
    protected boolean, identity text, commission text, unit text, provider text, purpose text,
    commission_from date, commission_to date, role text, subscribes boolean, role_from date,
    role_to date, email text
) ON COMMIT DROP
"""

_FIND_DUPLICATE_STAFF = """
SELECT line, 'role' AS column, 'duplicate' AS code
FROM (
    SELECT line, row_number() OVER (PARTITION BY commission, role ORDER BY line) AS occurrence
    FROM incoming_staff
) AS counted
WHERE occurrence > 1
LIMIT 50
"""

_FIND_CONTRADICTED_STAFF = """
SELECT line, 'hsa_id' AS column, 'contradicts_earlier_line' AS code
FROM (
    SELECT line, ROW(name, licence, prescribing, protected, identity, email) IS DISTINCT FROM
                 first_value(ROW(name, licence, prescribing, protected, identity, email))
                 OVER (PARTITION BY hsa_id ORDER BY line) AS differs
    FROM incoming_staff
) AS compared
WHERE differs
LIMIT 50
"""

_FIND_CONTRADICTED_COMMISSIONS = """
SELECT line, 'commission' AS column, 'contradicts_earlier_line' AS code
FROM (
    SELECT line, ROW(hsa_id, unit, provider, purpose, commission_from, commission_to)
                 IS DISTINCT FROM
                 first_value(ROW(hsa_id, unit, provider, purpose, commission_from, commission_to))
                 OVER (PARTITION BY commission ORDER BY line) AS differs
    FROM incoming_staff
) AS compared
WHERE differs
LIMIT 50
"""

_FIND_STAFF_OF_UNKNOWN_UNITS = """
SELECT line, 'unit' AS column, 'unknown' AS code
FROM incoming_staff AS new
WHERE unit IS NOT NULL AND NOT EXISTS (SELECT FROM units WHERE units.hsa_id = new.unit)
LIMIT 50
"""

# A commission that named another provider than its unit's would disclose cases across providers.
_FIND_STAFF_OF_WRONG_PROVIDERS = """
SELECT line, 'provider' AS column,
       CASE WHEN care_providers.hsa_id IS NULL THEN 'unknown' ELSE 'not_provider_of_unit' END
           AS code
FROM incoming_staff AS new
LEFT JOIN care_providers ON care_providers.hsa_id = new.provider
LEFT JOIN units ON units.hsa_id = new.unit
WHERE care_providers.hsa_id IS NULL OR units.provider <> new.provider
LIMIT 50
"""

_FIND_STAFF_OF_UNKNOWN_ROLES = """
SELECT line, 'role' AS column, 'unknown' AS code
FROM incoming_staff AS new
WHERE role IS NOT NULL AND NOT EXISTS (SELECT FROM roles WHERE roles.code = new.role)
LIMIT 50
"""

# `prescriber` is for the release before, which knows no other right.
_MERGE_STAFF = """
WITH merged AS (
    MERGE INTO staff AS kept
    USING (
        SELECT DISTINCT hsa_id, name, protected, identity, email, licence, prescribing,
                        prescribing IN ('full', 'contraception') AS prescriber
        FROM incoming_staff
    ) AS new ON new.hsa_id = kept.hsa_id
    WHEN MATCHED AND (kept.name, kept.protected, kept.identity, kept.email, kept.licence,
                      kept.prescribing, kept.prescriber)
         IS DISTINCT FROM (new.name, new.protected, new.identity, new.email, new.licence,
                           new.prescribing, new.prescriber)
    THEN UPDATE SET name = new.name, protected = new.protected, identity = new.identity,
                    email = new.email, licence = new.licence,
                    prescribing = new.prescribing, prescriber = new.prescriber
    WHEN NOT MATCHED THEN
        INSERT (hsa_id, name, protected, identity, email, licence, prescribing, prescriber)
        VALUES (new.hsa_id, new.name, new.protected, new.identity, new.email, new.licence,
                new.prescribing, new.prescriber)
    WHEN NOT MATCHED BY SOURCE THEN DELETE
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

_MERGE_COMMISSIONS = """
WITH merged AS (
    MERGE INTO commissions AS kept
    USING (
        SELECT DISTINCT commission, hsa_id, unit, provider, purpose, commission_from,
                        commission_to
        FROM incoming_staff
    ) AS new ON new.commission = kept.hsa_id
    WHEN MATCHED AND (kept.staff, kept.unit, kept.provider, kept.purpose, kept.valid_from,
                      kept.valid_to)
         IS DISTINCT FROM (new.hsa_id, new.unit, new.provider, new.purpose,
                           new.commission_from, new.commission_to)
    THEN UPDATE SET staff = new.hsa_id, unit = new.unit, provider = new.provider,
                    purpose = new.purpose, valid_from = new.commission_from,
                    valid_to = new.commission_to
    WHEN NOT MATCHED THEN
        INSERT (hsa_id, staff, unit, provider, purpose, valid_from, valid_to)
        VALUES (new.commission, new.hsa_id, new.unit, new.provider, new.purpose,
                new.commission_from, new.commission_to)
    WHEN NOT MATCHED BY SOURCE THEN DELETE
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

_MERGE_STAFF_ROLES = """
WITH merged AS (
    MERGE INTO staff_roles AS kept
    USING (
        SELECT commission, role, subscribes, role_from, role_to
        FROM incoming_staff
        WHERE role IS NOT NULL
    ) AS new ON new.commission = kept.commission AND new.role = kept.role
    WHEN MATCHED AND (kept.subscribes, kept.valid_from, kept.valid_to)
         IS DISTINCT FROM (new.subscribes, new.role_from, new.role_to)
    THEN UPDATE SET subscribes = new.subscribes, valid_from = new.role_from,
                    valid_to = new.role_to
    WHEN NOT MATCHED THEN
        INSERT (commission, role, subscribes, valid_from, valid_to)
        VALUES (new.commission, new.role, new.subscribes, new.role_from, new.role_to)
    WHEN NOT MATCHED BY SOURCE THEN DELETE
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

STAFF = Register(
    name="staff",
    staging="incoming_staff",
    columns=(
        "hsa_id",
        "name",
        "licence",
        "prescribing",
        "protected",
        "identity",
        "commission",
        "unit",
        "provider",
        "purpose",
        "commission_from",
        "commission_to",
        "role",
        "subscribes",
        "role_from",
        "role_to",
        "email",
    ),
    create=_CREATE_STAFF,
    checks=(
        _FIND_DUPLICATE_STAFF,
        _FIND_CONTRADICTED_STAFF,
        _FIND_CONTRADICTED_COMMISSIONS,
        _FIND_STAFF_OF_UNKNOWN_UNITS,
        _FIND_STAFF_OF_WRONG_PROVIDERS,
        _FIND_STAFF_OF_UNKNOWN_ROLES,
    ),
    merges=(_MERGE_STAFF, _MERGE_COMMISSIONS, _MERGE_STAFF_ROLES),
)
