-- The pairs of several histograms, one after the other. Who reads them adds the counts of a bucket.
CREATE OR REPLACE AGGREGATE histogram_sum(integer[]) (
    SFUNC = array_cat,
    STYPE = integer[],
    INITCOND = '{}',
    COMBINEFUNC = array_cat,
    PARALLEL = SAFE
);
