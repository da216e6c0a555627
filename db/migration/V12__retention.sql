-- What goes with the runs of a day that is past the retention, and does not lie in that day's partitions.
CREATE INDEX run_external_id_by_run ON run_external_id (run_id);
CREATE INDEX artifact_by_bytes ON artifact (sha256);
CREATE INDEX job_version_by_bundle ON job_version (bundle);

-- The last transaction of which the retention has removed events: who has read no further than this has missed some.
CREATE TABLE event_horizon (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    tx       xid8 NOT NULL
);

-- Which server is at it; another one goes on after this time, should it have died. A row, for a lock would need a session of
-- its own, or a transaction that is in the way of others.
CREATE TABLE retention_turn (
    only_one    boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    taken_until timestamptz NOT NULL
);
INSERT INTO retention_turn (taken_until) VALUES ('epoch');

-- The days of history that there are. Every table that is partitioned by run id has one partition a day.
CREATE VIEW history_day AS
SELECT parent.relname::text                               AS history,
       child.relname::text                                AS partition,
       to_date(right(child.relname, 8), 'YYYYMMDD')       AS day,
       i.inhdetachpending                                 AS half_detached
FROM pg_partitioned_table p
         JOIN pg_class parent ON parent.oid = p.partrelid
         JOIN pg_inherits i ON i.inhparent = parent.oid
         JOIN pg_class child ON child.oid = i.inhrelid
WHERE parent.relnamespace = current_schema()::regnamespace
  AND child.relname ~ ('^' || parent.relname || '_[0-9]{8}$');

-- Makes the partitions of so many days from a day on, where they are missing. A partition is made by itself and attached
-- then: to make it as a part would lock out everybody, behind the longest query that there is.
CREATE OR REPLACE FUNCTION create_partitions(first_day date, days integer) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    history   text;
    day       date;
    partition text;
    made      integer := 0;
BEGIN
    -- Replicas that start together make them one after the other.
    PERFORM pg_advisory_xact_lock(hashtext('yardmaster.partitions'));
    FOR history IN
        SELECT c.relname FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
        WHERE c.relnamespace = current_schema()::regnamespace ORDER BY c.relname
    LOOP
        FOR i IN 0 .. days - 1 LOOP
            day := first_day + i;
            partition := history || to_char(day, '"_"YYYYMMDD');
            IF to_regclass(quote_ident(partition)) IS NULL THEN
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED'
                    ' INCLUDING STORAGE)', partition, history);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', history, partition,
                    uuid_from(day::timestamp AT TIME ZONE 'UTC'), uuid_from((day + 1)::timestamp AT TIME ZONE 'UTC'));
                made := made + 1;
            END IF;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
