-- What a run is asked for and answers. Its command goes with the answer, this stays as long as the run.
CREATE TABLE run_update (
    update_id   uuid PRIMARY KEY,
    tenant      text        NOT NULL,
    run_id      uuid        NOT NULL,
    inbox_seq   bigint      NOT NULL,
    name        text        NOT NULL,
    sent_by     text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    status      text        NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'answered', 'refused', 'unanswered')),
    -- Which attempt it was laid before.
    step_id     text,
    attempt     integer,
    result      jsonb,
    failure     jsonb,
    finished_at timestamptz,
    CONSTRAINT run_update_finished CHECK ((status = 'pending') = (finished_at IS NULL))
);
CREATE INDEX run_update_by_run ON run_update (run_id);
CREATE INDEX run_update_open ON run_update (run_id, inbox_seq) WHERE status = 'pending';

ALTER TABLE run_update ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_update FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON run_update USING (tenant_visible(tenant));

-- Besides whatever else people can ask of a run.
DO $$
DECLARE
    so_far text;
BEGIN
    SELECT pg_get_constraintdef(oid) INTO STRICT so_far
    FROM pg_constraint WHERE conrelid = 'run_command'::regclass AND conname = 'run_command_type_check';
    ALTER TABLE run_command DROP CONSTRAINT run_command_type_check;
    EXECUTE 'ALTER TABLE run_command ADD CONSTRAINT run_command_type_check '
        || replace(so_far, 'ARRAY[', 'ARRAY[''update''::text, ');
END
$$;
