-- Those who brought a run about besides who submitted it: who planned it, and all who did so for the runs it repeats.
-- They are kept here, for what it repeats may be gone by the time that somebody asks. Null: nobody else.
ALTER TABLE run ADD COLUMN initiators jsonb;

-- What people decide about a run goes into its inbox like everything else that is asked of it.
ALTER TABLE run_command DROP CONSTRAINT run_command_type_check;
ALTER TABLE run_command ADD CONSTRAINT run_command_type_check
    CHECK (type IN ('cancel', 'pause', 'resume', 'vote', 'expiry', 'signal'));

-- A gate of a run at which people are asked. Whoever decides holds the run's live row first and this one then, as the
-- run's owner does. Gone with the run.
CREATE TABLE approval (
    approval_id  uuid PRIMARY KEY,
    tenant       text        NOT NULL,
    run_id       uuid        NOT NULL,
    step_id      text        NOT NULL,
    title        text        NOT NULL,
    description  text,
    required     integer     NOT NULL CHECK (required > 0),
    deny_quorum  integer     NOT NULL CHECK (deny_quorum > 0),
    -- Who may decide; none: everybody. And who may not, because the run is theirs.
    groups       varchar[]   NOT NULL,
    excluded     varchar[]   NOT NULL,
    allow_self   boolean     NOT NULL,
    form         jsonb,
    -- What is approved.
    source       text        NOT NULL,
    job_id       text        NOT NULL,
    job_digest   text        NOT NULL,
    plan_digest  text        NOT NULL,
    args         jsonb       NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at   timestamptz,
    on_expiry    text        NOT NULL CHECK (on_expiry IN ('deny', 'approve', 'fail')),
    status       text        NOT NULL CHECK (status IN ('pending', 'approved', 'denied', 'expired', 'cancelled')),
    closed_at    timestamptz,
    closed_by    text CHECK (closed_by IN ('votes', 'expiry', 'run')),
    approvals    integer     NOT NULL DEFAULT 0,
    denials      integer     NOT NULL DEFAULT 0,
    -- What those who agreed have answered.
    inputs       jsonb,
    version      bigint      NOT NULL,
    UNIQUE (run_id, step_id),
    CONSTRAINT approval_closed CHECK (
        (status = 'pending') = (closed_at IS NULL) AND (status = 'pending') = (closed_by IS NULL))
);
CREATE INDEX approval_by_tenant ON approval (tenant, approval_id DESC);
CREATE INDEX approval_open ON approval (tenant, approval_id DESC) WHERE status = 'pending';

-- One vote for each who decides, never changed.
CREATE TABLE approval_vote (
    approval_id uuid        NOT NULL REFERENCES approval ON DELETE CASCADE,
    voter       text        NOT NULL,
    tenant      text        NOT NULL,
    decision    text        NOT NULL CHECK (decision IN ('approve', 'deny')),
    note        text,
    voted_at    timestamptz NOT NULL,
    PRIMARY KEY (approval_id, voter)
);

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY ['approval', 'approval_vote'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant_isolation ON %I USING (tenant_visible(tenant))', tenant_table);
    END LOOP;
END
$$;
