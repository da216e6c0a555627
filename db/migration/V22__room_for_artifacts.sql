-- Room that steps have taken for artifacts which a commit of their run is about to record. It counts against the tenant's
-- quota until then, so that steps which end at the same moment do not take the same.
CREATE TABLE artifact_room (
    artifact_id uuid PRIMARY KEY,
    tenant      text        NOT NULL,
    run_id      uuid        NOT NULL,
    bytes       bigint      NOT NULL,
    taken_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX artifact_room_by_tenant ON artifact_room (tenant);

ALTER TABLE artifact_room ENABLE ROW LEVEL SECURITY;
ALTER TABLE artifact_room FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON artifact_room USING (tenant_visible(tenant));
