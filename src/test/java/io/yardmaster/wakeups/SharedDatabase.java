package io.yardmaster.wakeups;

import io.yardmaster.testkit.TestServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A PostgreSQL for several servers in this JVM. */
public final class SharedDatabase implements AutoCloseable {

    static final String ROLE = "yardmaster";

    private final EmbeddedPostgres postgres;
    private final Path root;
    private int servers;

    private SharedDatabase(EmbeddedPostgres postgres, Path root) {
        this.postgres = postgres;
        this.root = root;
    }

    /** Starts it, with an empty folder of jobs. */
    public static SharedDatabase start() {
        try {
            Path root = Files.createTempDirectory("yardmaster-wakeups");
            Files.createDirectories(root.resolve("jobs"));
            EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                    .setServerConfig("listen_addresses", "127.0.0.1")
                    .setServerConfig("max_connections", "100")
                    // So that tests can ask when something was committed.
                    .setServerConfig("track_commit_timestamp", "on")
                    .start();
            SharedDatabase database = new SharedDatabase(postgres, root);
            try (Connection connection = postgres.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE ROLE " + ROLE + " LOGIN");
                statement.execute("CREATE DATABASE " + ROLE + " OWNER " + ROLE);
            }
            return database;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    int port() {
        return postgres.getPort();
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + ROLE;
    }

    /** Everything of it is beneath this. */
    public Path root() {
        return root;
    }

    /** A server that connects directly. All have the same folder of jobs. */
    public TestServer server(String... settings) {
        return serverAt(url(), settings);
    }

    /** A server whose pool connects to an address that leads here. */
    TestServer serverAt(String url, String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "--spring.datasource.url=" + url,
                "--spring.datasource.username=" + ROLE,
                "--spring.datasource.password=none",
                "--yardmaster.blobs.dir=" + root.resolve("blobs")));
        all.addAll(List.of(settings));
        return TestServer.start(root.resolve("server-" + ++servers), root.resolve("jobs"), all.toArray(String[]::new));
    }

    /** The first column of the first row. */
    public String ask(String sql) {
        try (Connection connection = DriverManager.getConnection(url(), "postgres", "");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
