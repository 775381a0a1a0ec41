-- What a contact may find a case by, from its own fields.
CREATE OR REPLACE FUNCTION search_case_vector(
    title text, description text, business_impact text, area text, external_ref text,
    conversation_ids uuid[]
) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT public.search_vector(title, 'A') || public.search_vector(area || ' ' || external_ref, 'B')
        || public.search_vector(description, 'B') || public.search_vector(business_impact, 'C')
        || array_to_tsvector(conversation_ids::text[])
$$;
