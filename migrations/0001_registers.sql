-- 0001 registers: who provides care where, who holds which role, and who is listed with whom.
-- Adds only. Every row comes from `arende import`; nothing else writes here.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- HSA-ids are stored in upper case, since case does not tell them apart.
CREATE DOMAIN hsa_id AS text COLLATE "C"
    CONSTRAINT hsa_id_form CHECK (VALUE ~ '^SE[0-9]{10}-[A-Z0-9]{1,18}$');

CREATE DOMAIN identity AS text COLLATE "C"
    CONSTRAINT identity_form CHECK (VALUE ~ '^[0-9]{12}$');

CREATE TABLE care_providers (
    hsa_id hsa_id PRIMARY KEY,
    name   text   NOT NULL
);

-- valid_to is the last day that counts, here and below; null means until further notice.
CREATE TABLE units (
    hsa_id       hsa_id PRIMARY KEY,
    provider     hsa_id NOT NULL REFERENCES care_providers,
    name         text   NOT NULL,
    kind         text   NOT NULL,
    municipality text   NOT NULL,
    phone        text   NOT NULL,
    calendar     text,
    valid_from   date   NOT NULL,
    valid_to     date,
    CONSTRAINT units_end_after_they_begin CHECK (valid_to >= valid_from)
);

-- Serves the escalation to a provider's operations manager, and the foreign key.
CREATE INDEX units_by_provider ON units (provider);

CREATE TABLE roles (
    code    text COLLATE "C" PRIMARY KEY,
    scope   text NOT NULL,
    name_sv text NOT NULL,
    name_en text NOT NULL,
    CONSTRAINT roles_have_three_parts CHECK (code ~ '^[A-Z]+/[a-z_]+/[a-z_]+$'),
    CONSTRAINT roles_scope_known CHECK (scope IN ('unit', 'provider', 'region'))
);

CREATE TABLE staff (
    hsa_id     hsa_id  PRIMARY KEY,
    name       text    NOT NULL,
    prescriber boolean NOT NULL,
    protected  boolean NOT NULL
);

CREATE TABLE commissions (
    hsa_id     hsa_id PRIMARY KEY,
    staff      hsa_id NOT NULL REFERENCES staff ON DELETE CASCADE,
    unit       hsa_id REFERENCES units,
    provider   hsa_id NOT NULL REFERENCES care_providers,
    purpose    text   NOT NULL,
    valid_from date   NOT NULL,
    valid_to   date,
    CONSTRAINT commissions_purpose_known
        CHECK (purpose IN ('care', 'quality', 'statistics', 'administration')),
    CONSTRAINT commissions_end_after_they_begin CHECK (valid_to >= valid_from)
);

-- Serves the rights of a person, looked up on every staff request.
CREATE INDEX commissions_by_staff ON commissions (staff);

-- Serves the recipients of a unit's notices and its coverage.
CREATE INDEX commissions_by_unit ON commissions (unit);

-- Serves the foreign key when a provider goes.
CREATE INDEX commissions_by_provider ON commissions (provider);

CREATE TABLE staff_roles (
    commission hsa_id  NOT NULL REFERENCES commissions ON DELETE CASCADE,
    role       text COLLATE "C" NOT NULL REFERENCES roles,
    subscribes boolean NOT NULL,
    valid_from date    NOT NULL,
    valid_to   date,
    PRIMARY KEY (commission, role),
    CONSTRAINT staff_roles_end_after_they_begin CHECK (valid_to >= valid_from)
);

-- Serves the holders of a role and the foreign key when a role goes.
CREATE INDEX staff_roles_by_role ON staff_roles (role);

-- What a person may do, in one place: a role counts in the commission it was given in, while both
-- are valid, and a role of a unit's care only in a commission for care.
CREATE VIEW rights AS
SELECT commissions.staff,
       commissions.hsa_id AS commission,
       commissions.unit,
       commissions.provider,
       roles.code AS role,
       roles.scope,
       staff_roles.subscribes,
       greatest(commissions.valid_from, staff_roles.valid_from) AS valid_from,
       least(commissions.valid_to, staff_roles.valid_to) AS valid_to
FROM staff_roles
JOIN commissions ON commissions.hsa_id = staff_roles.commission
JOIN roles ON roles.code = staff_roles.role
WHERE roles.scope <> 'unit' OR commissions.purpose = 'care';

CREATE TABLE citizens (
    identity  identity PRIMARY KEY,
    name      text     NOT NULL,
    protected boolean  NOT NULL,
    synthetic boolean  NOT NULL
);

CREATE TABLE listings (
    identity   identity NOT NULL REFERENCES citizens ON DELETE CASCADE,
    unit       hsa_id   NOT NULL REFERENCES units,
    valid_from date     NOT NULL,
    valid_to   date,
    PRIMARY KEY (identity, valid_from),
    CONSTRAINT listings_end_after_they_begin CHECK (valid_to >= valid_from)
);

-- Serves the people of a unit and the foreign key.
CREATE INDEX listings_by_unit ON listings (unit);

CREATE TABLE guardians (
    child    identity NOT NULL REFERENCES citizens ON DELETE CASCADE,
    guardian identity NOT NULL REFERENCES citizens ON DELETE CASCADE,
    PRIMARY KEY (child, guardian),
    CONSTRAINT guardians_are_someone_else CHECK (child <> guardian)
);

-- Serves the foreign key when a citizen leaves the register.
CREATE INDEX guardians_by_guardian ON guardians (guardian);

-- migrate:down
DROP TABLE guardians;
DROP TABLE listings;
DROP TABLE citizens;
DROP VIEW rights;
DROP TABLE staff_roles;
DROP TABLE commissions;
DROP TABLE staff;
DROP TABLE roles;
DROP TABLE units;
DROP TABLE care_providers;
DROP DOMAIN identity;
DROP DOMAIN hsa_id;
