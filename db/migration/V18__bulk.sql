-- Runs that somebody has looked at and is about to change together: exactly these, confirmed by a token, once. What was
-- done stays as a record.
CREATE TABLE bulk_selection (
    selection_id uuid PRIMARY KEY,
    tenant       text        NOT NULL,
    subject      text        NOT NULL,
    token_hash   bytea       NOT NULL UNIQUE,
    -- What was asked for, without what is only of the moment.
    request      jsonb       NOT NULL,
    run_ids      uuid[]      NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    -- How many it was done with, and which were left alone and why.
    outcome      jsonb,
    CONSTRAINT bulk_selection_done_if_confirmed CHECK (outcome IS NULL OR confirmed_at IS NOT NULL)
);
CREATE INDEX bulk_selection_by_tenant ON bulk_selection (tenant, created_at);

ALTER TABLE bulk_selection ENABLE ROW LEVEL SECURITY;
ALTER TABLE bulk_selection FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON bulk_selection USING (tenant_visible(tenant));
