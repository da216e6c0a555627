-- What people can ask of a run.
ALTER TABLE run_command DROP CONSTRAINT run_command_type_check;
ALTER TABLE run_command ADD CONSTRAINT run_command_type_check CHECK (type IN ('cancel', 'pause', 'resume'));

-- The run that this one repeats, in whole or from a step on; null: none. A step that was taken over from an earlier run,
-- instead of being run again, names the run in which it ran.
ALTER TABLE run ADD COLUMN rerun_of uuid;
ALTER TABLE step ADD COLUMN reused_from uuid;
CREATE INDEX run_by_origin ON run (tenant, rerun_of, run_id DESC) WHERE rerun_of IS NOT NULL;

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
       COALESCE(r.status, l.state)          AS status,
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
