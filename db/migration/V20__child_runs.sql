-- The step of the parent run that has started a run; null: none has. A job's steps may run other jobs: in which versions is
-- decided when the run is planned, also for what these run.
ALTER TABLE run ADD COLUMN parent_step_id text, ADD COLUMN called_jobs jsonb;
ALTER TABLE plan ADD COLUMN called_jobs jsonb;

-- The run that a step has started. It is written down before that run is there, so that whoever drives the step next knows
-- which it is, and starts no second one.
ALTER TABLE step ADD COLUMN child_run_id uuid;

-- One more command for a run's owner: a run that it has started has ended.
DO $$
DECLARE
    words text;
BEGIN
    SELECT string_agg(quote_literal(word[1]), ', ') INTO words
    FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') AS word
    WHERE c.conrelid = 'run_command'::regclass AND c.conname = 'run_command_type_check';
    ALTER TABLE run_command DROP CONSTRAINT run_command_type_check;
    EXECUTE format('ALTER TABLE run_command ADD CONSTRAINT run_command_type_check CHECK (type IN (%s, ''child''))', words);
END
$$;
