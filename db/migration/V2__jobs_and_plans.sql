-- Where jobs come from. Its tenants decide who sees its jobs; '*' stands for all of them.
CREATE FUNCTION tenants_visible(tenants text[]) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN '*' = ANY (tenants)
        OR current_setting('yardmaster.tenant', true) = ANY (tenants)
        OR current_setting('yardmaster.tenant', true) = '*';

CREATE TABLE job_source (
    name        text PRIMARY KEY,
    type        text        NOT NULL,
    tenants     text[]      NOT NULL,
    -- What cannot be said of a single job: [{"folder": …, "faults": [{"file": …, "line": …, "message": …}]}]
    diagnostics jsonb       NOT NULL DEFAULT '[]',
    synced_at   timestamptz NOT NULL DEFAULT now()
);

-- A job as its folder is now. A folder that cannot be read as a job has errors and no digest.
CREATE TABLE job (
    source      text        NOT NULL REFERENCES job_source,
    job_id      text        NOT NULL,
    digest      text,
    errors      jsonb       NOT NULL DEFAULT '[]',
    namespace   text        NOT NULL DEFAULT '',
    title       text        NOT NULL DEFAULT '',
    description text,
    version     text,
    labels      jsonb       NOT NULL DEFAULT '{}',
    executor    text        NOT NULL DEFAULT 'proc',
    runnable    boolean     NOT NULL DEFAULT false,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    removed_at  timestamptz,
    PRIMARY KEY (source, job_id),
    CONSTRAINT job_is_read_or_broken CHECK ((digest IS NULL) = (errors <> '[]'))
);
CREATE INDEX job_by_id ON job (job_id, source) WHERE removed_at IS NULL;

-- The bytes a job has had. Never changed, and kept when the job is gone: runs execute what they were planned with.
CREATE TABLE job_version (
    source      text        NOT NULL REFERENCES job_source,
    job_id      text        NOT NULL,
    digest      text        NOT NULL,
    bundle      text        NOT NULL,
    bundle_size bigint      NOT NULL,
    config      text        NOT NULL,
    seen_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, job_id, digest)
);
CREATE INDEX job_version_by_digest ON job_version (digest);

CREATE TABLE plan (
    plan_id       uuid PRIMARY KEY,
    tenant        text        NOT NULL,
    source        text        NOT NULL,
    job_id        text        NOT NULL,
    job_digest    text        NOT NULL,
    args          jsonb       NOT NULL,
    -- The secret arguments, encrypted; null where there are none.
    secrets       bytea,
    timeouts      jsonb       NOT NULL,
    -- What the caller asked for; null: nothing.
    requested     text,
    policy        jsonb       NOT NULL,
    policy_digest text        NOT NULL,
    digest        text        NOT NULL,
    created_by    text        NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX plan_by_expiry ON plan (expires_at);

ALTER TABLE job_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_source FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON job_source USING (tenants_visible(tenants));

ALTER TABLE job ENABLE ROW LEVEL SECURITY;
ALTER TABLE job FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON job USING (EXISTS (SELECT FROM job_source s WHERE s.name = job.source));

ALTER TABLE job_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_version FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON job_version USING (EXISTS (SELECT FROM job_source s WHERE s.name = job_version.source));

ALTER TABLE plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON plan USING (tenant_visible(tenant));
