package database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;

/**
 * A PostgreSQL that was started for this one time, with an ordinary role and a database of it; every commit waits for the
 * disk.
 *
 * @param data where it has its files
 * @param pid of the process that all its others come from
 */
public record Started(EmbeddedPostgres postgres, Path data, long pid) {

    /** The role, its database and the name of both. */
    public static final String ROLE = "yardmaster";

    /** @param builder says what this one has of its own */
    public static Started from(EmbeddedPostgres.Builder builder) throws Exception {
        EmbeddedPostgres postgres = builder.setServerConfig("listen_addresses", "127.0.0.1")
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
                Path data = Path.of(row.getString(1));
                return new Started(postgres, data, pid(data));
            }
        }
    }

    private static long pid(Path data) throws IOException {
        return Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).getFirst().strip());
    }

    public int port() {
        return postgres.getPort();
    }

    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + ROLE;
    }
}
