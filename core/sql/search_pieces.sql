-- The pieces of a text's identifiers, addresses, paths and names of programs.
--
-- The parser takes "br-2041-x", "o'brien@acme-corp.example", "user/path/file.txt" and
-- "NullPointerException" each as one word. People search for a part of them: "2041",
-- "acme-corp.example", "file.txt", "pointer". Only the beginning of a very long text has pieces,
-- because a vector has a largest size.
CREATE OR REPLACE FUNCTION search_pieces(said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT concat_ws(' ',
        regexp_replace(marked, '[^\w.\-]+', ' ', 'g'),
        regexp_replace(marked, '[\W_]+', ' ', 'g'),
        regexp_replace(marked, '[''’]', '', 'g'),
        regexp_replace(camel, '([a-z0-9])([A-Z])', '\1 \2', 'g'))
    FROM (SELECT
        (SELECT string_agg(m[1], ' ') FROM regexp_matches(text, '(\S*\w[^\w\s]\w\S*)', 'g') AS m) AS marked,
        (SELECT string_agg(m[1], ' ') FROM regexp_matches(text, '(\w*[a-z0-9][A-Z]\w*)', 'g') AS m) AS camel
        FROM (SELECT public.search_fold(left(said, 20000)) AS text) AS beginning) AS found
$$;
