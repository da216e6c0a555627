-- The last transaction of which the retention has removed events, for each tenant: who has read no further than this has
-- missed some of that tenant. What was removed before stays in event_horizon, and counts for all.
CREATE TABLE tenant_horizon (
    tenant text PRIMARY KEY,
    tx     xid8 NOT NULL
);
ALTER TABLE tenant_horizon ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_horizon FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenant_horizon USING (tenant_visible(tenant));

-- Whose turn it is: who has been away for longer than his turn must not go on with another one's, nor end it.
ALTER TABLE retention_turn ADD COLUMN taken_by uuid;

-- A run whose end was asked for is cancelling from then on, also before its owner has seen the command and says so.
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
       COALESCE(r.status,
                CASE WHEN EXISTS (SELECT 1 FROM run_command c WHERE c.run_id = l.run_id AND c.type = 'cancel')
                     THEN 'cancelling' END,
                l.state)                     AS status,
       COALESCE(r.started_at, l.started_at) AS started_at,
       COALESCE(r.finished_at, l.updated_at) AS updated_at,
       COALESCE(r.last_seq, l.last_seq)     AS last_seq,
       l.owner_node,
       l.wait,
       l.ready_at,
       r.attributes,
       r.parent_run_id,
       r.rerun_of,
       -- Who wants it to pause; null once somebody wants it to go on. The commands of a run go when it ends.
       (SELECT CASE c.type WHEN 'pause' THEN jsonb_strip_nulls(jsonb_build_object(
                   'requested_by', c.actor, 'requested_at', date_trunc('milliseconds', c.created_at), 'reason', c.payload -> 'reason')) END
        FROM run_command c
        WHERE c.run_id = l.run_id AND c.type IN ('pause', 'resume')
        ORDER BY c.inbox_seq DESC LIMIT 1)  AS pause
FROM run r
         LEFT JOIN run_live l ON l.run_id = r.run_id;
