-- Room that steps have taken for artifacts which a commit of their run is about to record. It counts against the tenant's
-- quota until then, so that steps which end at the same moment do not take the same. A file that is collected again, after
-- its server was killed, takes the place of itself.
CREATE TABLE artifact_room (
    run_id      uuid        NOT NULL,
    step_id     text        NOT NULL,
    path        text        NOT NULL,
    artifact_id uuid        NOT NULL UNIQUE,
    tenant      text        NOT NULL,
    bytes       bigint      NOT NULL,
    taken_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, step_id, path)
);
CREATE INDEX artifact_room_by_tenant ON artifact_room (tenant);

ALTER TABLE artifact_room ENABLE ROW LEVEL SECURITY;
ALTER TABLE artifact_room FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON artifact_room USING (tenant_visible(tenant));
