-- What callers were told under their idempotency keys, written in the same transaction as the change itself. The id is a
-- digest of tenant, caller and key; the fingerprint, of the request, keyed so that nobody can try out what was in it.
CREATE TABLE idempotency_key (
    id          uuid PRIMARY KEY,
    tenant      text        NOT NULL,
    fingerprint bytea       NOT NULL,
    status      smallint    NOT NULL,
    headers     jsonb       NOT NULL,
    body        bytea       NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX idempotency_key_by_expiry ON idempotency_key (expires_at);

ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_key FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON idempotency_key USING (tenant_visible(tenant));
