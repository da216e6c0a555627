-- Whose rows a transaction may see. Each transaction says it with
--   SELECT set_config('yardmaster.tenant', <tenant or '*'>, true)
-- and sees nothing where it did not. Policies of tenant tables call this function.
CREATE FUNCTION tenant_visible(tenant text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN tenant = current_setting('yardmaster.tenant', true) OR current_setting('yardmaster.tenant', true) = '*';

-- A host is a data directory; a node is one start of a server on it.
CREATE TABLE host (
    host_id    uuid PRIMARY KEY,
    hostname   text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE node (
    node_id    uuid PRIMARY KEY,
    host_id    uuid        NOT NULL REFERENCES host,
    version    text        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('alive', 'draining', 'dead')),
    beat       bigint      NOT NULL DEFAULT 0,
    beat_at    timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX node_by_host ON node (host_id) WHERE state <> 'dead';
