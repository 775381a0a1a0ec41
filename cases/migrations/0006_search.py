"""Search: a side table of words that the organisations' role cannot read but through a function that knows its scope.

Under row-level security `@@` may not use its index (it is not leakproof), so the words lie in a table of their own.
An organisation reads it only by `search_cases`, which filters on `app.organisation` itself; Care reads it by
`search_all_cases`. Triggers keep it true in the transaction of the verb, whoever writes: what a contact can find lies
in `words`, and internal notes only in `care_words`.
"""

from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations

TABLE = """
CREATE TABLE cases_casesearch (
    case_id bigint PRIMARY KEY,
    organisation_id bigint NOT NULL,
    said_at timestamptz NOT NULL,
    words tsvector NOT NULL,
    care_words tsvector NOT NULL
);
CREATE INDEX search_for_tenants ON cases_casesearch USING gin (organisation_id, words);
CREATE INDEX search_for_care ON cases_casesearch USING gin (organisation_id, care_words);
CREATE INDEX search_newest_first ON cases_casesearch (organisation_id, case_id DESC);
ALTER TABLE cases_casesearch ENABLE ROW LEVEL SECURITY;
ALTER TABLE cases_casesearch FORCE ROW LEVEL SECURITY;
CREATE POLICY own_functions ON cases_casesearch TO CURRENT_USER USING (true) WITH CHECK (true);
CREATE POLICY care ON cases_casesearch TO caretrack_care USING (true) WITH CHECK (true);
REVOKE ALL ON cases_casesearch FROM caretrack_app, caretrack_auth, PUBLIC;
"""

# Japanese and Chinese write without blanks: each run becomes its pairs of characters, one after the other, so that a
# phrase of pairs finds a word and the first character of a pair finds it as well.
WORDS = r"""
CREATE FUNCTION search_text(said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN said !~ '[぀-ヿ㐀-鿿ｦ-ﾟ]' THEN left(said, 200000) ELSE (
        SELECT string_agg(
            CASE WHEN c !~ '[぀-ヿ㐀-鿿ｦ-ﾟ]' THEN c
                 WHEN after ~ '[぀-ヿ㐀-鿿ｦ-ﾟ]' THEN ' ' || c || after || ' '
                 ELSE ' ' || c || ' ' END, '' ORDER BY place)
        FROM (SELECT c, place, lead(c) OVER (ORDER BY place) AS after
              FROM unnest(string_to_array(left(said, 200000), NULL)) WITH ORDINALITY AS letters (c, place)) AS pairs
    ) END
$$;
CREATE FUNCTION search_vector(said text, weight "char") RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT setweight(to_tsvector('simple', public.search_text(said)), weight)
$$;
CREATE FUNCTION search_case_vector(
    title text, description text, business_impact text, area text, external_ref text, conversation_ids uuid[]
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT public.search_vector(title, 'A') || public.search_vector(area || ' ' || external_ref, 'B')
        || public.search_vector(description, 'B') || public.search_vector(business_impact, 'C')
        || array_to_tsvector(conversation_ids::text[])
$$;
"""

# Beyond a megabyte of distinct words PostgreSQL refuses a tsvector; the case then stays findable by what it had.
TRIGGERS = """
CREATE FUNCTION search_of_new_case() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE vector tsvector := search_case_vector(
    NEW.title, NEW.description, NEW.business_impact, NEW.area, NEW.external_ref, NEW.conversation_ids);
BEGIN
    INSERT INTO cases_casesearch (case_id, organisation_id, said_at, words, care_words)
        VALUES (NEW.id, NEW.organisation_id, NEW.opened_at, vector, vector)
        ON CONFLICT (case_id) DO UPDATE SET organisation_id = EXCLUDED.organisation_id, said_at = EXCLUDED.said_at,
            words = EXCLUDED.words, care_words = EXCLUDED.care_words;
    RETURN NULL;
END $$;
CREATE FUNCTION search_of_new_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE vector tsvector := search_vector(NEW.text, 'C');
BEGIN
    UPDATE cases_casesearch SET care_words = care_words || vector,
        words = CASE WHEN NEW.facing = 'contact' THEN words || vector ELSE words END,
        said_at = CASE WHEN NEW.facing = 'contact' THEN greatest(said_at, NEW.at) ELSE said_at END
        WHERE case_id = NEW.case_id AND organisation_id = NEW.organisation_id;
    RETURN NULL;
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN NULL;
END $$;
CREATE FUNCTION search_of_gone_case() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM cases_casesearch WHERE case_id = OLD.id;
    RETURN NULL;
END $$;
CREATE TRIGGER search_of_new_case AFTER INSERT ON cases_case
    FOR EACH ROW EXECUTE FUNCTION search_of_new_case();
CREATE TRIGGER search_of_gone_case AFTER DELETE ON cases_case
    FOR EACH ROW EXECUTE FUNCTION search_of_gone_case();
CREATE TRIGGER search_of_new_update AFTER INSERT ON cases_caseupdate
    FOR EACH ROW EXECUTE FUNCTION search_of_new_update();
"""

# `hits` is fenced: an ORDER BY next to the GIN condition makes the planner walk the key instead (3,000 times slower).
# Where a word is so common that the fence is full, the newest cases are walked instead: there a hit is never far.
FEW, NEWEST = 500, 150
# How well it fits, thrice as much when the last word is fresh.
RANK = (
    "(ts_rank(h.v, asked) * (1 + 2 / (1 + extract(epoch FROM now() - h.said_at) / 2592000)))::real"
)


# The scope is read inside: no argument can name another organisation.
FUNCTIONS = f"""
CREATE FUNCTION search_cases_newest(asked tsquery, ours bigint) RETURNS TABLE (case_id bigint, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET enable_bitmapscan = off SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY SELECT n.case_id, 0::real FROM cases_casesearch n
        WHERE n.organisation_id = ours AND n.words @@ asked ORDER BY n.organisation_id, n.case_id DESC LIMIT {NEWEST};
END $$;
REVOKE ALL ON FUNCTION search_cases_newest(tsquery, bigint) FROM PUBLIC;
CREATE FUNCTION search_cases(asked tsquery) RETURNS TABLE (case_id bigint, rank real)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    ours bigint := NULLIF(current_setting('app.organisation', true), '')::bigint;
    ids bigint[];
    ranks real[];
BEGIN
    IF ours IS NULL OR asked IS NULL OR numnode(asked) = 0 THEN RETURN; END IF;
    WITH hits AS MATERIALIZED (
        SELECT s.case_id, s.said_at, s.words AS v FROM cases_casesearch s
        WHERE s.organisation_id = ours AND s.words @@ asked LIMIT {FEW + 1})
    SELECT array_agg(h.case_id), array_agg({RANK}) INTO ids, ranks FROM hits h;
    IF cardinality(ids) > {FEW} THEN
        RETURN QUERY SELECT * FROM search_cases_newest(asked, ours);
    ELSE
        RETURN QUERY SELECT * FROM unnest(ids, ranks) AS hit (id, place) ORDER BY hit.place DESC, hit.id DESC;
    END IF;
END $$;
REVOKE ALL ON FUNCTION search_cases(tsquery) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_cases(tsquery) TO caretrack_app;
"""  # noqa: S608 (nothing of a person's is in it)
CARES = f"""
CREATE FUNCTION search_all_cases(asked tsquery) RETURNS TABLE (case_id bigint, rank real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH hits AS MATERIALIZED (
        SELECT s.case_id, s.said_at, s.care_words AS v FROM cases_casesearch s
        WHERE s.care_words @@ asked LIMIT {FEW})
    SELECT h.case_id, {RANK} FROM hits h ORDER BY 2 DESC, 1 DESC
$$;
REVOKE ALL ON FUNCTION search_all_cases(tsquery) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_all_cases(tsquery) TO caretrack_care;
"""  # noqa: S608
GONE = """
DROP FUNCTION search_all_cases(tsquery);
DROP FUNCTION search_cases(tsquery);
DROP FUNCTION search_cases_newest(tsquery, bigint);
DROP TRIGGER search_of_new_update ON cases_caseupdate;
DROP TRIGGER search_of_gone_case ON cases_case;
DROP TRIGGER search_of_new_case ON cases_case;
DROP FUNCTION search_of_new_update();
DROP FUNCTION search_of_gone_case();
DROP FUNCTION search_of_new_case();
DROP FUNCTION search_case_vector(text, text, text, text, text, uuid[]);
DROP FUNCTION search_vector(text, "char");
DROP FUNCTION search_text(text);
DROP TABLE cases_casesearch;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_verb_of_a_blocked_file")]

    operations = [
        BtreeGinExtension(),
        migrations.RunSQL(TABLE + WORDS + TRIGGERS + FUNCTIONS + CARES, GONE),
    ]
