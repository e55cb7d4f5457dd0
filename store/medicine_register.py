"""The registers of medicines: the companies, and the products they answer for."""

from store.registers import Register

_CREATE_COMPANIES = """
CREATE TEMP TABLE incoming_companies (line integer, name text) ON COMMIT DROP
"""

_FIND_DUPLICATE_COMPANIES = """
SELECT line, 'name' AS column, 'duplicate' AS code
FROM (
    SELECT line, row_number() OVER (PARTITION BY name ORDER BY line) AS occurrence
    FROM incoming_companies
) AS counted
WHERE occurrence > 1
LIMIT 50
"""

_MERGE_COMPANIES = """
WITH merged AS (
    MERGE INTO companies AS kept
    USING incoming_companies AS new ON new.name = kept.name
    WHEN NOT MATCHED THEN INSERT (name) VALUES (new.name)
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

_FIND_USED_COMPANIES = """
SELECT 0 AS line, 'name' AS column, 'still_used' AS code, kept.name AS key
FROM companies AS kept
WHERE NOT EXISTS (SELECT FROM incoming_companies AS new WHERE new.name = kept.name)
  AND EXISTS (SELECT FROM medicines WHERE medicines.company = kept.name)
LIMIT 50
"""

_SWEEP_COMPANIES = """
WITH gone AS (
    DELETE FROM companies AS kept
    WHERE NOT EXISTS (SELECT FROM incoming_companies AS new WHERE new.name = kept.name)
    RETURNING 'DELETE' AS action
)
SELECT action, count(*) FROM gone GROUP BY action
"""

COMPANIES = Register(
    name="companies",
    staging="incoming_companies",
    columns=("name",),
    create=_CREATE_COMPANIES,
    checks=(_FIND_DUPLICATE_COMPANIES,),
    merges=(_MERGE_COMPANIES,),
    still_used=_FIND_USED_COMPANIES,
    sweep=_SWEEP_COMPANIES,
)

_CREATE_MEDICINES = """
CREATE TEMP TABLE incoming_medicines (
    line integer, npl_id text, name text, strength text, form text, atc text, substance text,
    narcotic_class text, company text
) ON COMMIT DROP
"""

_FIND_DUPLICATE_MEDICINES = """
SELECT line, 'npl_id' AS column, 'duplicate' AS code
FROM (
    SELECT line, row_number() OVER (PARTITION BY npl_id ORDER BY line) AS occurrence
    FROM incoming_medicines
) AS counted
WHERE occurrence > 1
LIMIT 50
"""

_FIND_MEDICINES_OF_NOBODY = """
SELECT line, 'company' AS column, 'unknown' AS code
FROM incoming_medicines AS new
WHERE NOT EXISTS (SELECT FROM companies WHERE companies.name = new.company)
LIMIT 50
"""

_MERGE_MEDICINES = """
WITH merged AS (
    MERGE INTO medicines AS kept
    USING incoming_medicines AS new ON new.npl_id = kept.npl_id
    WHEN MATCHED AND (kept.name, kept.strength, kept.form, kept.atc, kept.substance,
                      kept.narcotic_class, kept.company)
         IS DISTINCT FROM (new.name, new.strength, new.form, new.atc, new.substance,
                           new.narcotic_class, new.company)
    THEN UPDATE SET name = new.name, strength = new.strength, form = new.form, atc = new.atc,
                    substance = new.substance, narcotic_class = new.narcotic_class,
                    company = new.company
    WHEN NOT MATCHED THEN
        INSERT (npl_id, name, strength, form, atc, substance, narcotic_class, company)
        VALUES (new.npl_id, new.name, new.strength, new.form, new.atc, new.substance,
                new.narcotic_class, new.company)
    WHEN NOT MATCHED BY SOURCE THEN DELETE
    RETURNING merge_action() AS action
)
SELECT action, count(*) FROM merged GROUP BY action
"""

MEDICINES = Register(
    name="medicines",
    staging="incoming_medicines",
    columns=(
        "npl_id",
        "name",
        "strength",
        "form",
        "atc",
        "substance",
        "narcotic_class",
        "company",
    ),
    create=_CREATE_MEDICINES,
    checks=(_FIND_DUPLICATE_MEDICINES, _FIND_MEDICINES_OF_NOBODY),
    merges=(_MERGE_MEDICINES,),
)
