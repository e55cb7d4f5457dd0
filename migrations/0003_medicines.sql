-- 0003 medicines: the products a prescription may be for, and the companies behind them.
-- Adds only; safe to apply while the previous release is running.

-- migrate:up
SET LOCAL lock_timeout = '5s';

-- True for a unit that was invented to fill a test register, as synthetic is for a citizen.
ALTER TABLE units ADD COLUMN fictional boolean NOT NULL DEFAULT false;

-- How a text is searched: its words without case and accents, a number apart from its unit, so
-- that "20mg" and "20 mg" are the same. The collation makes it the same in every database.
CREATE FUNCTION search_words(given text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN string_to_array(
    btrim(regexp_replace(
        regexp_replace(
            lower(regexp_replace(
                normalize(given COLLATE pg_c_utf8, NFKD), U&'[\0300-\036F]', '', 'g'
            )),
            '([0-9])([[:alpha:]])', '\1 \2', 'g'
        ),
        '[^[:alnum:]]+', ' ', 'g'
    )),
    ' '
);

-- The words a product is found by: of its name and substance, but not of its company, strength or
-- form, since none of those names a medicine [A§17]; all of the name where nothing else is left.
CREATE FUNCTION telling_words(name text, substance text, others text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT search_words(substance) || coalesce(
        (
            SELECT array_agg(word)
            FROM unnest(search_words(name)) AS word
            WHERE word <> ALL (search_words(others))
        ),
        search_words(name)
    );
END;

CREATE TABLE companies (
    name  text PRIMARY KEY,
    words text[] NOT NULL GENERATED ALWAYS AS (search_words(name)) STORED
);

CREATE TABLE medicines (
    npl_id         text COLLATE "C" PRIMARY KEY,
    name           text NOT NULL,
    strength       text,
    form           text NOT NULL,
    atc            text COLLATE "C" NOT NULL,
    substance      text NOT NULL,
    narcotic_class text,
    company        text NOT NULL REFERENCES companies,
    first_word     text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (coalesce((search_words(name))[1], '')) STORED,
    telling        tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(
        telling_words(name, substance, coalesce(strength, '') || ' ' || form || ' ' || company)
    )) STORED,
    words          tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(search_words(
        name || ' ' || coalesce(strength, '') || ' ' || form || ' ' || substance || ' ' || company
    ))) STORED,
    CONSTRAINT medicines_npl_id_form CHECK (npl_id ~ '^[0-9]{14}$'),
    CONSTRAINT medicines_narcotic_class_known
        CHECK (narcotic_class IN ('I', 'II', 'III', 'IV', 'V'))
);

-- Serves the search for products, by the beginnings of words.
CREATE INDEX medicines_by_words ON medicines USING gin (telling, words);

-- Serves the question whether a company's name is also a product's.
CREATE INDEX medicines_by_first_word ON medicines (first_word);

-- Serves the foreign key when a company goes.
CREATE INDEX medicines_by_company ON medicines (company);

-- migrate:down
DROP TABLE medicines;
DROP TABLE companies;
DROP FUNCTION telling_words;
DROP FUNCTION search_words;
ALTER TABLE units DROP COLUMN fictional;
