package io.yardmaster.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A PostgreSQL that lives and ends with this server, with its data kept in the data directory. */
final class EmbeddedPostgresServer implements AutoCloseable {

    /** Owns the database; an ordinary role, because a superuser would not be held by row-level security. */
    static final String ROLE = "yardmaster";

    private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgresServer.class);
    private static final int ATTEMPTS_AT_A_FREE_PORT = 3;

    private final EmbeddedPostgres postgres;

    private EmbeddedPostgresServer(EmbeddedPostgres postgres) {
        this.postgres = postgres;
    }

    static EmbeddedPostgresServer start(DataDirectory directory, DatabaseProperties properties) {
        int configuredPort = properties.embeddedPort();
        Path shared = properties.embeddedPrograms();
        Path programs = shared == null ? directory.folder("postgres-binaries") : shared.toAbsolutePath();
        Path data = directory.path().resolve("postgres");
        LeftoverPostgres.stop(data);
        if (configuredPort != 0) {
            requireFree(configuredPort);
        }
        EmbeddedPostgres postgres = startOnAPort(programs, data, configuredPort);
        try {
            createRoleAndDatabase(postgres, data);
        } catch (SQLException e) {
            closeQuietly(postgres);
            throw new EmbeddedPostgresException(
                    "The embedded PostgreSQL started but could not be prepared: " + e.getMessage(),
                    "Look at the log above; the data is in " + data + ".",
                    e);
        }
        log.info("Embedded PostgreSQL on 127.0.0.1:{}, data in {}", postgres.getPort(), data);
        return new EmbeddedPostgresServer(postgres);
    }

    String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + ROLE;
    }

    @Override
    public void close() throws IOException {
        postgres.close();
    }

    private static EmbeddedPostgres startOnAPort(Path programs, Path data, int configuredPort) {
        IOException last = null;
        for (int attempt = 0; attempt < (configuredPort == 0 ? ATTEMPTS_AT_A_FREE_PORT : 1); attempt++) {
            try {
                return EmbeddedPostgres.builder()
                        .setDataDirectory(data.toFile())
                        .setCleanDataDirectory(false)
                        .setOverrideWorkingDirectory(programs.toFile())
                        .setPort(configuredPort == 0 ? freePort() : configuredPort)
                        .setServerConfig("listen_addresses", "127.0.0.1")
                        // The library turns both off, made for throw-away tests; these runs are to be kept.
                        .setServerConfig("fsync", "on")
                        .setServerConfig("synchronous_commit", "on")
                        .setServerConfig("max_connections", "100")
                        // It would stop the database while the server still hands its runs over.
                        .setRegisterShutdownHook(false)
                        .setPGStartupWait(Duration.ofSeconds(60))
                        .start();
            } catch (IOException e) {
                last = e;
            }
        }
        throw new EmbeddedPostgresException(
                "The embedded PostgreSQL did not start: " + (last == null ? "" : last.getMessage()),
                "Look at the log above, or set spring.datasource.url to use a PostgreSQL of your own.",
                last);
    }

    private static void createRoleAndDatabase(EmbeddedPostgres postgres, Path data) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            requireOurs(statement, data, postgres.getPort());
            if (isMissing(statement, "SELECT 1 FROM pg_roles WHERE rolname = '" + ROLE + "'")) {
                statement.execute("CREATE ROLE " + ROLE + " LOGIN");
            }
            if (isMissing(statement, "SELECT 1 FROM pg_database WHERE datname = '" + ROLE + "'")) {
                statement.execute("CREATE DATABASE " + ROLE + " OWNER " + ROLE);
            }
        }
    }

    /** A foreign PostgreSQL that took the port in between would answer just as well; its data folder tells. */
    private static void requireOurs(Statement statement, Path data, int port) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW data_directory")) {
            row.next();
            if (!Path.of(row.getString(1)).equals(data)) {
                throw new EmbeddedPostgresException(
                        "Port " + port + " is answered by another PostgreSQL, with its data in " + row.getString(1)
                                + ".",
                        "Set yardmaster.embedded-port to a free port, or to 0 to have one chosen.",
                        null);
            }
        }
    }

    private static boolean isMissing(Statement statement, String query) throws SQLException {
        try (ResultSet rows = statement.executeQuery(query)) {
            return !rows.next();
        }
    }

    private static void requireFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new EmbeddedPostgresException(
                    "Port " + port + " for the embedded PostgreSQL is taken by another program.",
                    "Set yardmaster.embedded-port to a free port, or to 0 to have one chosen.",
                    e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void closeQuietly(EmbeddedPostgres postgres) {
        try {
            postgres.close();
        } catch (IOException e) {
            log.warn("The embedded PostgreSQL could not be stopped: {}", e.getMessage());
        }
    }
}
