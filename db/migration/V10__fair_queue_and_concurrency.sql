-- What keeps a pending run from taking a place: the time it must not start before, or a slot it has to have first. Null:
-- only its turn.
ALTER TABLE run_live ADD COLUMN held_back text
    CONSTRAINT run_live_held_back CHECK (held_back IN ('time', 'slot'));

SELECT set_config('yardmaster.tenant', '*', true);
UPDATE run_live SET held_back = 'time' WHERE state = 'pending' AND owner_node IS NULL AND ready_at > now();

-- What may be claimed, and nothing else: a claim looks at the first entry of each tenant and at those it takes.
CREATE INDEX run_live_ready ON run_live (tenant, priority DESC, run_id)
    WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL;
CREATE INDEX run_live_scheduled ON run_live (ready_at)
    WHERE state = 'pending' AND owner_node IS NULL AND held_back = 'time';
DROP INDEX run_live_queue;

-- The tenants that have runs to be claimed: one look into the index for each, however many runs it has.
CREATE VIEW ready_tenant WITH (security_invoker = true) AS
WITH RECURSIVE found AS (
    (SELECT tenant FROM run_live
     WHERE state = 'pending' AND owner_node IS NULL AND held_back IS NULL
     ORDER BY tenant LIMIT 1)
    UNION ALL
    SELECT (SELECT next.tenant FROM run_live next
            WHERE next.state = 'pending' AND next.owner_node IS NULL AND next.held_back IS NULL
              AND next.tenant > found.tenant
            ORDER BY next.tenant LIMIT 1)
    FROM found WHERE found.tenant IS NOT NULL
)
SELECT tenant FROM found WHERE tenant IS NOT NULL;

-- How far each tenant is in the order of turns: where its next turn begins; a turn of weight 1 is a million long. The row
-- '*' is the clock, where the last turn that was taken began; a tenant without a row, or behind the clock, is at the
-- clock. Written by claims only, one after the other.
CREATE TABLE queue_turn (
    tenant    text PRIMARY KEY,
    next_turn bigint NOT NULL
) WITH (fillfactor = 50);

-- A run's wish for a slot of a concurrency key, and the slot, once it has it. Made with the run, gone with it: no slot is
-- held by a run that has ended. A run has its slots before it is claimed for the first time and until it ends.
CREATE TABLE run_slot (
    run_id      uuid     NOT NULL,
    key         text     NOT NULL,
    tenant      text     NOT NULL,
    priority    smallint NOT NULL,
    -- How many runs may have a slot of this key at once, as this run sees it.
    key_limit   integer  NOT NULL CHECK (key_limit > 0),
    on_conflict text     NOT NULL CHECK (on_conflict IN ('queue', 'cancel_older', 'reject')),
    -- asked: it waits for its time, or for the slot of another key; parked: it waits for this one.
    state       text     NOT NULL CHECK (state IN ('asked', 'parked', 'held')),
    PRIMARY KEY (run_id, key)
);
CREATE INDEX run_slot_parked ON run_slot (tenant, key, priority DESC, run_id) WHERE state = 'parked';
CREATE INDEX run_slot_held ON run_slot (tenant, key) WHERE state = 'held';

-- Something has changed about a key: a slot is free again, or a run waits for one. Whoever changes it leaves a note in
-- the same transaction, and the next claim acts on it; so slots are given out in one place, one claim after the other.
CREATE TABLE slot_note (
    note_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant  text NOT NULL,
    key     text NOT NULL,
    -- The run that has come, where older ones have to give way to it.
    run_id  uuid
);
CREATE INDEX slot_note_of_newcomers ON slot_note (note_id) WHERE run_id IS NOT NULL;

DO $$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY ['queue_turn', 'run_slot', 'slot_note'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format('CREATE POLICY tenant_isolation ON %I USING (tenant_visible(tenant))', tenant_table);
    END LOOP;
END
$$;
