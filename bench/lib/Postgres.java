import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The PostgreSQL that is measured with: as it comes, but for its port; every commit waits for the disk. */
final class Postgres implements AutoCloseable {

    static final String ROLE = "yardmaster";

    private final EmbeddedPostgres postgres;
    private final long pid;

    private Postgres(EmbeddedPostgres postgres, long pid) {
        this.postgres = postgres;
        this.pid = pid;
    }

    static Postgres start() throws Exception {
        return start(Map.of());
    }

    /** The same with some settings of its own. */
    static Postgres start(Map<String, String> settings) throws Exception {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder();
        settings.forEach(builder::setServerConfig);
        EmbeddedPostgres postgres = builder.setOverrideWorkingDirectory(
                        Path.of(System.getProperty("java.io.tmpdir")).toFile())
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("max_connections", "200")
                // The library turns both off.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setPGStartupWait(Duration.ofSeconds(60))
                .start();
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            // An ordinary role: row-level security does not hold a superuser.
            statement.execute("CREATE ROLE " + ROLE + " LOGIN PASSWORD 'thrown away'");
            statement.execute("CREATE DATABASE " + ROLE + " OWNER " + ROLE);
            try (ResultSet row = statement.executeQuery("SHOW data_directory")) {
                row.next();
                Path file = Path.of(row.getString(1), "postmaster.pid");
                return new Postgres(
                        postgres,
                        Long.parseLong(Files.readAllLines(file).getFirst().strip()));
            }
        }
    }

    int port() {
        return postgres.getPort();
    }

    /** Where it has its files. */
    Path data() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW data_directory")) {
            row.next();
            return Path.of(row.getString(1));
        }
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + ROLE;
    }

    /** A connection that may see everything. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(url(), "postgres", "");
    }

    /** One number. */
    long ask(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
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
                Processor.ofTree(pid));
    }

    @Override
    public void close() throws IOException {
        postgres.close();
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
