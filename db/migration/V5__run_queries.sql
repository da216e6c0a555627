-- Finding runs. A list walks one narrow index in the order of run ids, which is that of creation, and looks the rest up
-- row by row; what callers call their runs by has tables of its own for that.
ALTER TABLE run ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}';
ALTER TABLE run ADD COLUMN parent_run_id uuid;
ALTER TABLE run ADD COLUMN failure_category text GENERATED ALWAYS AS (failure ->> 'category') STORED;

CREATE INDEX run_by_status ON run (tenant, status, run_id DESC) WHERE status IS NOT NULL;
CREATE INDEX run_by_failure ON run (tenant, failure_category, run_id DESC) WHERE failure_category IS NOT NULL;
CREATE INDEX run_by_end ON run (tenant, finished_at DESC, run_id DESC) WHERE finished_at IS NOT NULL;
CREATE INDEX run_by_deadline ON run (tenant, deadline_at, run_id DESC) WHERE deadline_at IS NOT NULL;
CREATE INDEX run_by_parent ON run (tenant, parent_run_id, run_id DESC) WHERE parent_run_id IS NOT NULL;
CREATE INDEX run_live_by_tenant ON run_live (tenant, state, run_id DESC);

-- A label is written key=value, in one column: PostgreSQL then knows how common each one is.
CREATE TABLE run_label (
    run_id uuid NOT NULL,
    tenant text NOT NULL,
    label  text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, label, run_id)
) PARTITION BY RANGE (run_id);

-- Attributes have a type, and compare within it. Numbers are exact: the contract bounds them to what a double holds.
CREATE TABLE run_attribute (
    run_id  uuid NOT NULL,
    tenant  text NOT NULL,
    key     text COLLATE "C" NOT NULL,
    number  double precision,
    text    text COLLATE "C",
    truth   boolean,
    time    timestamptz,
    PRIMARY KEY (tenant, key, run_id),
    CONSTRAINT run_attribute_has_one_type CHECK (num_nonnulls(number, text, truth, time) = 1)
) PARTITION BY RANGE (run_id);
CREATE INDEX run_attribute_number ON run_attribute (tenant, key, number, run_id DESC) WHERE number IS NOT NULL;
CREATE INDEX run_attribute_text ON run_attribute (tenant, key, text, run_id DESC) WHERE text IS NOT NULL;
CREATE INDEX run_attribute_truth ON run_attribute (tenant, key, truth, run_id DESC) WHERE truth IS NOT NULL;
CREATE INDEX run_attribute_time ON run_attribute (tenant, key, time, run_id DESC) WHERE time IS NOT NULL;

ALTER TABLE run_label ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_label FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON run_label USING (tenant_visible(tenant));
ALTER TABLE run_attribute ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_attribute FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON run_attribute USING (tenant_visible(tenant));

-- Makes the partitions of so many days from a day on, where they are missing.
CREATE OR REPLACE FUNCTION create_partitions(first_day date, days integer) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    history text;
    day     date;
    made    integer := 0;
BEGIN
    -- Replicas that start together make them one after the other.
    PERFORM pg_advisory_xact_lock(hashtext('yardmaster.partitions'));
    FOREACH history IN ARRAY ARRAY ['run', 'run_label', 'run_attribute', 'step', 'step_attempt', 'run_event',
        'log_chunk'] LOOP
        FOR i IN 0 .. days - 1 LOOP
            day := first_day + i;
            IF to_regclass(history || to_char(day, '"_"YYYYMMDD')) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                    history || to_char(day, '"_"YYYYMMDD'), history,
                    uuid_from(day::timestamp AT TIME ZONE 'UTC'), uuid_from((day + 1)::timestamp AT TIME ZONE 'UTC'));
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

-- What is there already gets its partitions and its labels.
SELECT create_partitions(to_date(right(child.relname, 8), 'YYYYMMDD'), 1)
FROM pg_inherits
         JOIN pg_class child ON child.oid = inhrelid
WHERE inhparent = 'run'::regclass;

SELECT set_config('yardmaster.tenant', '*', true);
INSERT INTO run_label (run_id, tenant, label)
SELECT run_id, tenant, pair.key || '=' || pair.value
FROM run, jsonb_each_text(labels) pair;

CREATE OR REPLACE VIEW run_overview WITH (security_invoker = true) AS
SELECT r.run_id,
       r.tenant,
       r.job_id,
       r.source,
       r.source_revision,
       r.job_digest,
       r.plan_id,
       r.plan_digest,
       r.args,
       r.labels,
       r.priority,
       r.external_id,
       r.security_profile,
       r.submitted_by,
       r.created_at,
       r.deadline_at,
       r.finished_at,
       r.result,
       r.failure,
       COALESCE(r.status, l.state)          AS status,
       COALESCE(r.started_at, l.started_at) AS started_at,
       COALESCE(r.finished_at, l.updated_at) AS updated_at,
       COALESCE(r.last_seq, l.last_seq)     AS last_seq,
       l.owner_node,
       l.wait,
       l.ready_at,
       r.attributes,
       r.parent_run_id
FROM run r
         LEFT JOIN run_live l ON l.run_id = r.run_id;

CREATE INDEX artifact_by_name ON artifact (tenant, name, artifact_id DESC);
CREATE INDEX artifact_by_key ON artifact (tenant, key, artifact_id DESC) WHERE key IS NOT NULL;
