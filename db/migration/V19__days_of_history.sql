-- The day is taken from nothing but the name of a partition. Which condition PostgreSQL looks at first is its own choice,
-- so what makes a date of a name must get along with the name of any table and index there is.
CREATE OR REPLACE VIEW history_day AS
SELECT parent.relname::text AS history,
       child.relname::text AS partition,
       to_date(substring(child.relname from '_([0-9]{8})$'), 'YYYYMMDD') AS day,
       i.inhdetachpending AS half_detached
FROM pg_partitioned_table p
         JOIN pg_class parent ON parent.oid = p.partrelid
         JOIN pg_inherits i ON i.inhparent = parent.oid
         JOIN pg_class child ON child.oid = i.inhrelid
WHERE parent.relnamespace = current_schema()::regnamespace
  AND child.relname ~ ('^' || parent.relname || '_[0-9]{8}$');
