-- Artifacts that are known by a key beyond their run.
ALTER TABLE artifact ADD COLUMN key_mode text;

-- Who has a key: for good, or until somebody else uses it.
CREATE TABLE artifact_key (
    tenant  text NOT NULL,
    key     text NOT NULL,
    mode    text NOT NULL CHECK (mode IN ('immutable', 'mutable')),
    run_id  uuid NOT NULL,
    step_id text,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX artifact_key_by_run ON artifact_key (run_id);

-- How many bytes each tenant's artifacts have: the sum over its rows. Each session of the database counts in a row of its
-- own, so that nobody waits for anybody; now and then they are drawn together into that of session 0.
CREATE TABLE artifact_usage (
    tenant  text    NOT NULL,
    session integer NOT NULL,
    bytes   bigint  NOT NULL,
    PRIMARY KEY (tenant, session)
) WITH (fillfactor = 50);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY ['artifact_key', 'artifact_usage'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant_isolation ON %I USING (tenant_visible(tenant))', tenant_table);
    END LOOP;
END
$$;

CREATE FUNCTION count_artifacts() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO artifact_usage AS u (tenant, session, bytes)
    SELECT tenant, pg_backend_pid(), CASE TG_OP WHEN 'INSERT' THEN sum(size_bytes) ELSE -sum(size_bytes) END
    FROM changed GROUP BY tenant
    ON CONFLICT (tenant, session) DO UPDATE SET bytes = u.bytes + excluded.bytes;
    RETURN NULL;
END
$$;
CREATE TRIGGER artifact_added AFTER INSERT ON artifact
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_artifacts();
CREATE TRIGGER artifact_removed AFTER DELETE ON artifact
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_artifacts();

-- Once, and without a change in between: nobody adds an artifact while this is under way.
SELECT set_config('yardmaster.tenant', '*', true);
INSERT INTO artifact_usage (tenant, session, bytes)
SELECT tenant, 0, sum(size_bytes) FROM artifact GROUP BY tenant;

-- One more command for a run's owner: to tell of an artifact that was uploaded.
DO $$
DECLARE
    words text;
BEGIN
    SELECT string_agg(quote_literal(word[1]), ', ') INTO words
    FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''', 'g') AS word
    WHERE c.conrelid = 'run_command'::regclass AND c.conname = 'run_command_type_check';
    ALTER TABLE run_command DROP CONSTRAINT run_command_type_check;
    EXECUTE format('ALTER TABLE run_command ADD CONSTRAINT run_command_type_check CHECK (type IN (%s, ''artifact''))', words);
END
$$;
