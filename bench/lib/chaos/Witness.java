package chaos;

import java.sql.SQLException;

/**
 * Writes down in the database, where no server knows of it, which of them claimed which run, and which of them wrote what:
 * the connections of each have a name. Also when each host was heard of.
 */
final class Witness {

    private Witness() {}

    /** Begins to watch; the servers' tables are there. */
    static void attend(Database database) throws SQLException {
        database.execute("""
            CREATE SCHEMA chaos;
            CREATE TABLE chaos.claim (
                id bigint GENERATED ALWAYS AS IDENTITY, run_id uuid, epoch bigint, node uuid, server text,
                at timestamptz DEFAULT clock_timestamp());
            CREATE TABLE chaos.progress (
                id bigint GENERATED ALWAYS AS IDENTITY, run_id uuid, epoch bigint, node uuid, server text,
                last_seq bigint, ended boolean);
            CREATE TABLE chaos.freed (run_id uuid, epoch bigint, server text);
            CREATE TABLE chaos.beat (host uuid, at timestamptz DEFAULT clock_timestamp());

            CREATE FUNCTION chaos.run_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            DECLARE
                server text := current_setting('application_name');
            BEGIN
                IF TG_OP = 'DELETE' THEN
                    INSERT INTO chaos.progress (run_id, epoch, node, server, last_seq, ended)
                    VALUES (OLD.run_id, OLD.epoch, OLD.owner_node, server, OLD.last_seq, true);
                    RETURN NULL;
                END IF;
                IF NEW.epoch <> OLD.epoch THEN
                    INSERT INTO chaos.claim (run_id, epoch, node, server)
                    VALUES (NEW.run_id, NEW.epoch, NEW.owner_node, server);
                END IF;
                IF NEW.last_seq <> OLD.last_seq THEN
                    INSERT INTO chaos.progress (run_id, epoch, node, server, last_seq, ended)
                    VALUES (OLD.run_id, OLD.epoch, OLD.owner_node, server, NEW.last_seq, false);
                END IF;
                IF OLD.owner_node IS NOT NULL AND NEW.owner_node IS NULL THEN
                    INSERT INTO chaos.freed (run_id, epoch, server) VALUES (OLD.run_id, OLD.epoch, server);
                END IF;
                RETURN NULL;
            END
            $$;
            CREATE TRIGGER chaos_moved AFTER UPDATE OR DELETE ON run_live
                FOR EACH ROW EXECUTE FUNCTION chaos.run_moved();

            CREATE FUNCTION chaos.host_was_heard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                INSERT INTO chaos.beat (host) VALUES (NEW.host_id);
                RETURN NULL;
            END
            $$;
            CREATE TRIGGER chaos_heard AFTER INSERT OR UPDATE OF beat ON node
                FOR EACH ROW EXECUTE FUNCTION chaos.host_was_heard();
            """);
    }
}
