-- The words of a text with a weight from A (title) to D.
CREATE OR REPLACE FUNCTION search_vector(said text, weight "char") RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT setweight(to_tsvector('simple', concat_ws(' ', public.search_text(said),
        public.search_pieces(said))), weight)
$$;
