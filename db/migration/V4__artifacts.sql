-- Files that runs left behind; their bytes are in the blob store under their digest.
CREATE TABLE artifact (
    artifact_id uuid PRIMARY KEY,
    tenant      text        NOT NULL,
    run_id      uuid        NOT NULL,
    step_id     text,
    name        text        NOT NULL,
    path        text        NOT NULL,
    media_type  text        NOT NULL,
    size_bytes  bigint      NOT NULL CHECK (size_bytes >= 0),
    sha256      text        NOT NULL,
    key         text,
    created_at  timestamptz NOT NULL
);
CREATE INDEX artifact_by_run ON artifact (run_id, artifact_id);
CREATE INDEX artifact_by_tenant ON artifact (tenant, artifact_id DESC);

ALTER TABLE artifact ENABLE ROW LEVEL SECURITY;
ALTER TABLE artifact FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON artifact USING (tenant_visible(tenant));
