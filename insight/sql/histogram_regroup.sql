-- The pairs of several histograms as one histogram: each bucket once, in order. NULL if empty.
CREATE OR REPLACE FUNCTION histogram_regroup(pairs integer[]) RETURNS integer[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = public, pg_temp AS $$
    SELECT array_agg(ARRAY[bucket, count] ORDER BY bucket) FROM (
        SELECT pairs[place][1] AS bucket, sum(pairs[place][2])::integer AS count
        FROM generate_subscripts(pairs, 1) AS place
        GROUP BY 1
    ) AS regrouped
$$;
