package io.yardmaster.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** An ordinary PostgreSQL that servers share, to be stopped, killed and started again; its port stays the same. */
public final class TestPostgres implements AutoCloseable {

    /** Owns the database. An ordinary role. */
    static final String ROLE = "yardmaster";

    private final Path data;
    private final int port;
    private @Nullable EmbeddedPostgres running;

    /** A PostgreSQL that is not started yet. */
    public TestPostgres(Path data) {
        this.data = data;
        this.port = FreePort.find();
    }

    /** Starts it; the first time with an empty database. */
    public void start() {
        try {
            running = EmbeddedPostgres.builder()
                    .setDataDirectory(data.toFile())
                    .setCleanDataDirectory(false)
                    .setPort(port)
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .setServerConfig("fsync", "on")
                    .setServerConfig("max_connections", "200")
                    .setPGStartupWait(Duration.ofSeconds(60))
                    .start();
            createDatabase();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops it; connections end at once. */
    public void stop() {
        try {
            if (running != null) {
                running.close();
                running = null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it with SIGKILL, as a machine without power does. */
    public void kill() {
        try {
            long pid = Long.parseLong(Files.readAllLines(data.resolve("postmaster.pid"))
                    .getFirst()
                    .strip());
            ProcessHandle postmaster = ProcessHandle.of(pid).orElseThrow();
            postmaster.descendants().forEach(ProcessHandle::destroyForcibly);
            postmaster.destroyForcibly();
            postmaster.onExit().join();
            Files.deleteIfExists(data.resolve("postmaster.pid"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        running = null;
    }

    public int port() {
        return port;
    }

    /** SQL over all tenants, as a superuser whom no server can lock out. */
    public JdbcClient sql() {
        return JdbcClient.create(new DriverManagerDataSource(url(ROLE), "postgres", ""));
    }

    @Override
    public void close() {
        stop();
    }

    private void createDatabase() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url("postgres"), "postgres", "");
                Statement statement = connection.createStatement()) {
            if (!statement
                    .executeQuery("SELECT 1 FROM pg_roles WHERE rolname = '" + ROLE + "'")
                    .next()) {
                statement.execute("CREATE ROLE " + ROLE + " LOGIN");
                statement.execute("CREATE DATABASE " + ROLE + " OWNER " + ROLE);
            }
        }
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }
}
