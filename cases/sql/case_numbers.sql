-- The numbers of cases (CT-0000001): one sequence for all organisations.
CREATE SEQUENCE IF NOT EXISTS case_numbers;
