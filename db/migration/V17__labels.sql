-- A run's labels and attributes can be changed; one that has an owner is told so, for its log. Besides whatever else people
-- can ask of a run.
DO $$
DECLARE
    so_far text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT so_far
    FROM pg_constraint WHERE conrelid = 'run_command'::regclass AND conname = 'run_command_type_check';
    ALTER TABLE run_command DROP CONSTRAINT run_command_type_check;
    EXECUTE 'ALTER TABLE run_command ADD CONSTRAINT run_command_type_check '
        || replace(so_far, 'ARRAY[', 'ARRAY[''label''::text, ');
END
$$;
