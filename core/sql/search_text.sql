-- A text in the form in which it is indexed and searched: folded, with the pieces of its identifiers.
--
-- Japanese, Chinese and Thai are written without blanks: each run becomes its pairs of characters,
-- so that a phrase of pairs finds a word, and the first character of a pair finds it as well.
CREATE OR REPLACE FUNCTION search_text(said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN folded !~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]'
        THEN folded ELSE (
        SELECT string_agg(
            CASE WHEN c !~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]' THEN c
                 WHEN after ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]'
                 THEN ' ' || c || after || ' '
                 ELSE ' ' || c || ' ' END, '' ORDER BY place)
        FROM (SELECT c, place, lead(c) OVER (ORDER BY place) AS after
              FROM unnest(string_to_array(folded, NULL))
                  WITH ORDINALITY AS letters (c, place)) AS pairs
    ) END
    FROM (SELECT public.search_fold(left(said, 200000)) AS folded) AS text
$$;
