-- What a contact may find a case by, from its own fields. Every detail of a case is in it.
CREATE OR REPLACE FUNCTION search_case_vector(c cases_case) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT public.search_vector(c.title, 'A')
        || public.search_vector(c.area || ' ' || c.external_ref, 'B')
        || public.search_vector(c.description, 'B')
        || public.search_vector(c.business_impact, 'C')
        || array_to_tsvector(c.conversation_ids::text[])
$$;
