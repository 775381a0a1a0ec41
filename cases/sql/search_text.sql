-- A text in the form in which it is indexed and searched.
--
-- Japanese and Chinese are written without blanks: each run becomes its pairs of characters, so
-- that a phrase of pairs finds a word, and the first character of a pair finds it as well.
CREATE OR REPLACE FUNCTION search_text(said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN said !~ '[぀-ヿ㐀-鿿ｦ-ﾟ]' THEN left(said, 200000) ELSE (
        SELECT string_agg(
            CASE WHEN c !~ '[぀-ヿ㐀-鿿ｦ-ﾟ]' THEN c
                 WHEN after ~ '[぀-ヿ㐀-鿿ｦ-ﾟ]' THEN ' ' || c || after || ' '
                 ELSE ' ' || c || ' ' END, '' ORDER BY place)
        FROM (SELECT c, place, lead(c) OVER (ORDER BY place) AS after
              FROM unnest(string_to_array(left(said, 200000), NULL))
                  WITH ORDINALITY AS letters (c, place)) AS pairs
    ) END
$$;
