-- A text without what people leave out when they search: accents, widths and ligatures.
--
-- "Café", "ＡＢＣ" and "Straße" become "Cafe", "ABC" and "Strasse". `cases.search.fold` does the same
-- with a search.
CREATE OR REPLACE FUNCTION search_fold(said text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
    SELECT translate(replace(replace(replace(replace(replace(replace(
        normalize(regexp_replace(normalize(normalize(said, NFKC), NFD), '[\u0300-\u036f]', '', 'g'), NFC),
        'ß', 'ss'), 'ẞ', 'SS'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'), 'Œ', 'OE'),
        'łŁøØđĐðÐıþ', 'lLoOdDdDit')
$$;
