-- The bucket of a duration: buckets are 2 % wide, and bucket 0 holds a second or less.
--
-- It has no search_path of its own, so that the planner inlines it. insight/histogram.py computes
-- the same.
CREATE OR REPLACE FUNCTION histogram_bucket(seconds bigint) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ceil(ln(greatest(seconds, 1)::double precision) / ln(1.02::double precision))::integer
$$;
