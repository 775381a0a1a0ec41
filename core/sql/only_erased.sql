-- Whether two rows, as JSON, differ by nothing but texts that became '[erased]'.
-- The triggers of append-only tables ask it when Care erases a person's details.
CREATE OR REPLACE FUNCTION only_erased(was jsonb, is_now jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF was = is_now OR (jsonb_typeof(was) = 'string' AND is_now = '"[erased]"') THEN
        RETURN true;
    END IF;
    IF jsonb_typeof(was) = 'object' AND jsonb_typeof(is_now) = 'object' THEN
        RETURN (SELECT array_agg(key ORDER BY key) FROM jsonb_object_keys(was) AS key)
            IS NOT DISTINCT FROM
            (SELECT array_agg(key ORDER BY key) FROM jsonb_object_keys(is_now) AS key)
            AND NOT EXISTS (
                SELECT FROM jsonb_each(was) AS e WHERE NOT only_erased(e.value, is_now -> e.key)
            );
    ELSIF jsonb_typeof(was) = 'array' AND jsonb_typeof(is_now) = 'array' THEN
        RETURN jsonb_array_length(was) = jsonb_array_length(is_now) AND NOT EXISTS (
            SELECT FROM jsonb_array_elements(was) WITH ORDINALITY AS e (value, place)
            WHERE NOT only_erased(e.value, is_now -> (e.place - 1)::int)
        );
    END IF;
    RETURN false;
END $$;
