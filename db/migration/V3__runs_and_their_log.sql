-- History is partitioned by day of the run id: a UUIDv7 begins with its time in milliseconds. A day that is past the
-- retention is dropped as a whole. There are no foreign keys to these tables and there is no default partition.

-- The smallest UUIDv7 of a moment.
CREATE FUNCTION uuid_from(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- What was asked for, and how it ended. Written at submission and at the end; what changes in between is in run_live.
CREATE TABLE run (
    run_id           uuid        NOT NULL,
    tenant           text        NOT NULL,
    job_id           text        NOT NULL,
    source           text        NOT NULL,
    source_revision  text,
    job_digest       text        NOT NULL,
    plan_id          uuid,
    plan_digest      text        NOT NULL,
    args             jsonb       NOT NULL,
    labels           jsonb       NOT NULL DEFAULT '{}',
    priority         smallint    NOT NULL,
    external_id      text,
    security_profile text        NOT NULL,
    timeouts         jsonb       NOT NULL,
    submitted_by     text        NOT NULL,
    created_at       timestamptz NOT NULL,
    deadline_at      timestamptz,
    status           text CHECK (status IN ('success', 'failed', 'cancelled')),
    started_at       timestamptz,
    finished_at      timestamptz,
    result           jsonb,
    failure          jsonb,
    last_seq         bigint,
    PRIMARY KEY (run_id),
    CONSTRAINT run_finished_or_live CHECK (
        (status IS NULL) = (finished_at IS NULL) AND (status IS NULL) = (last_seq IS NULL)),
    CONSTRAINT run_failed_with_a_failure CHECK (status IS DISTINCT FROM 'failed' OR failure IS NOT NULL),
    CONSTRAINT run_result_of_success CHECK (result IS NULL OR status = 'success')
) PARTITION BY RANGE (run_id);
CREATE INDEX run_by_tenant ON run (tenant, run_id DESC);
CREATE INDEX run_by_job ON run (tenant, job_id, run_id DESC);

-- The runs that move: one row per run that is not terminal, gone when it ends.
CREATE TABLE run_live (
    run_id      uuid PRIMARY KEY,
    tenant      text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('pending', 'running', 'waiting', 'paused', 'cancelling')),
    priority    smallint    NOT NULL,
    -- The node that drives it, fenced by the epoch: each claim raises it, each write of the owner names it.
    owner_node  uuid,
    epoch       bigint      NOT NULL DEFAULT 0,
    -- The end of the run's log.
    last_seq    bigint      NOT NULL,
    -- Commands to the run: the number of the last one put in, and of the last one acted on.
    inbox_seq   bigint      NOT NULL DEFAULT 0,
    inbox_done  bigint      NOT NULL DEFAULT 0,
    -- When a pending run may start, and when a run without owner wants attention (a command, a timer, a deadline).
    ready_at    timestamptz NOT NULL,
    control_due timestamptz,
    -- The host whose disk holds the run's workspace; only that host may go on with it.
    host_id     uuid,
    -- Time spent working, in milliseconds, before it began to work now; waiting does not count.
    worked_ms   bigint      NOT NULL DEFAULT 0,
    working_since timestamptz,
    started_at  timestamptz,
    updated_at  timestamptz NOT NULL,
    wait        jsonb,
    CONSTRAINT run_live_inbox CHECK (inbox_done <= inbox_seq),
    CONSTRAINT run_live_started CHECK (state NOT IN ('running', 'waiting') OR started_at IS NOT NULL),
    CONSTRAINT run_live_pending CHECK (state <> 'pending' OR started_at IS NULL),
    CONSTRAINT run_live_wait CHECK ((state = 'waiting') = (wait IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX run_live_queue ON run_live (priority DESC, run_id) WHERE state = 'pending' AND owner_node IS NULL;
CREATE INDEX run_live_control ON run_live (control_due) WHERE owner_node IS NULL AND control_due IS NOT NULL;
CREATE INDEX run_live_owner ON run_live (owner_node) WHERE owner_node IS NOT NULL;

-- Commands from people and other systems, for the run's owner to act on.
CREATE TABLE run_command (
    run_id     uuid        NOT NULL,
    inbox_seq  bigint      NOT NULL,
    tenant     text        NOT NULL,
    type       text        NOT NULL CHECK (type IN ('cancel')),
    payload    jsonb       NOT NULL,
    actor      text        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (run_id, inbox_seq)
);

-- Secret arguments, sealed; gone when the run ends.
CREATE TABLE run_secret (
    run_id uuid PRIMARY KEY,
    tenant text  NOT NULL,
    sealed bytea NOT NULL
);

-- A caller's own names for runs. Unique in a tenant, which the partitioned table could not promise.
CREATE TABLE run_external_id (
    tenant      text NOT NULL,
    external_id text NOT NULL,
    run_id      uuid NOT NULL,
    PRIMARY KEY (tenant, external_id)
);

-- A step has a row from when it first moves; before that it is pending by the job's definition.
CREATE TABLE step (
    run_id      uuid        NOT NULL,
    step_id     text        NOT NULL,
    tenant      text        NOT NULL,
    status      text        NOT NULL
        CHECK (status IN ('pending', 'running', 'waiting', 'success', 'failed', 'skipped', 'cancelled')),
    attempt     integer     NOT NULL,
    started_at  timestamptz,
    finished_at timestamptz,
    wait_reason text,
    due_at      timestamptz,
    outputs     jsonb,
    value       jsonb,
    failure     jsonb,
    skip_reason text,
    PRIMARY KEY (run_id, step_id),
    CONSTRAINT step_finished CHECK (
        (status IN ('success', 'failed', 'skipped', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT step_waits_for_something CHECK ((status = 'waiting') = (wait_reason IS NOT NULL)),
    CONSTRAINT step_failed_with_a_failure CHECK (status <> 'failed' OR failure IS NOT NULL)
) PARTITION BY RANGE (run_id);

-- Committed before anything is started for it, so that an attempt starts at most once.
CREATE TABLE step_attempt (
    run_id      uuid        NOT NULL,
    step_id     text        NOT NULL,
    attempt     integer     NOT NULL,
    tenant      text        NOT NULL,
    status      text        NOT NULL CHECK (status IN ('running', 'success', 'failed', 'cancelled')),
    host_id     uuid        NOT NULL,
    epoch       bigint      NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    exit_code   integer,
    failure     jsonb,
    PRIMARY KEY (run_id, step_id, attempt),
    CONSTRAINT step_attempt_finished CHECK ((status = 'running') = (finished_at IS NULL))
) PARTITION BY RANGE (run_id);

-- Events and log lines share one sequence per run, without gaps and in the order of commits. The transaction's number
-- orders the stream of all runs.
CREATE TABLE run_event (
    run_id  uuid        NOT NULL,
    seq     bigint      NOT NULL,
    tenant  text        NOT NULL,
    type    text        NOT NULL,
    at      timestamptz NOT NULL,
    step_id text,
    data    jsonb       NOT NULL,
    tx      xid8        NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (run_id, seq)
) PARTITION BY RANGE (run_id);
CREATE INDEX run_event_by_transaction ON run_event (tx, run_id, seq);

-- Many lines of one stream of one attempt; end_offset is how far the stream had been read when they were committed.
CREATE TABLE log_chunk (
    run_id     uuid        NOT NULL,
    first_seq  bigint      NOT NULL,
    last_seq   bigint      NOT NULL,
    tenant     text        NOT NULL,
    step_id    text,
    attempt    integer     NOT NULL,
    stream     text        NOT NULL CHECK (stream IN ('stdout', 'stderr')),
    first_at   timestamptz NOT NULL,
    last_at    timestamptz NOT NULL,
    end_offset bigint      NOT NULL,
    lines      bytea       NOT NULL,
    tx         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (run_id, first_seq),
    CONSTRAINT log_chunk_has_lines CHECK (last_seq >= first_seq)
) PARTITION BY RANGE (run_id);
CREATE INDEX log_chunk_by_transaction ON log_chunk (tx, run_id, first_seq);
ALTER TABLE log_chunk ALTER COLUMN lines SET STORAGE EXTERNAL;

-- Makes the partitions of so many days from a day on, where they are missing.
CREATE FUNCTION create_partitions(first_day date, days integer) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    history text;
    day     date;
    made    integer := 0;
BEGIN
    -- Replicas that start together make them one after the other.
    PERFORM pg_advisory_xact_lock(hashtext('yardmaster.partitions'));
    FOREACH history IN ARRAY ARRAY ['run', 'step', 'step_attempt', 'run_event', 'log_chunk'] LOOP
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

-- A run as people see it, whether it moves or has ended.
CREATE VIEW run_overview WITH (security_invoker = true) AS
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
       l.ready_at
FROM run r
         LEFT JOIN run_live l ON l.run_id = r.run_id;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY ['run', 'run_live', 'run_command', 'run_secret', 'run_external_id',
        'step', 'step_attempt', 'run_event', 'log_chunk'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant_isolation ON %I USING (tenant_visible(tenant))', tenant_table);
    END LOOP;
END
$$;
