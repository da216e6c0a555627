import database.Asked;
import database.Started;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The PostgreSQL that is measured with: as it comes, but for its port; every commit waits for the disk. */
final class Postgres implements Asked, AutoCloseable {

    static final String ROLE = Started.ROLE;

    private final Started started;

    private Postgres(Started started) {
        this.started = started;
    }

    static Postgres start() throws Exception {
        return start(Map.of());
    }

    /** The same with some settings of its own. */
    static Postgres start(Map<String, String> settings) throws Exception {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(
                        Path.of(System.getProperty("java.io.tmpdir")).toFile())
                .setServerConfig("max_connections", "200");
        settings.forEach(builder::setServerConfig);
        return new Postgres(Started.from(builder));
    }

    int port() {
        return started.port();
    }

    /** Where it has its files. */
    Path data() {
        return started.data();
    }

    String url() {
        return started.url();
    }

    @Override
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), "postgres", "");
    }

    /** What the database has done until now. */
    Usage usage() throws SQLException {
        // Backends report what they did when they have been idle for a moment, at the latest after a second.
        pause(1200);
        execute("SELECT pg_stat_force_next_flush()");
        return new Usage(
                ask("SELECT sum(n_tup_ins) FROM pg_stat_user_tables"),
                ask("SELECT sum(n_tup_upd) FROM pg_stat_user_tables"),
                ask("SELECT sum(n_tup_del) FROM pg_stat_user_tables"),
                ask("SELECT xact_commit FROM pg_stat_database WHERE datname = '" + ROLE + "'"),
                ask("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"),
                Processor.ofTree(started.pid()));
    }

    @Override
    public void close() throws IOException {
        started.postgres().close();
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a database has done. */
    record Usage(long inserted, long updated, long deleted, long commits, long walBytes, double processorSeconds) {

        Usage since(Usage before) {
            return new Usage(
                    inserted - before.inserted,
                    updated - before.updated,
                    deleted - before.deleted,
                    commits - before.commits,
                    walBytes - before.walBytes,
                    processorSeconds - before.processorSeconds);
        }
    }
}
