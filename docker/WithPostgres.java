import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/**
 * Runs a command with a PostgreSQL that is thrown away afterwards, which it finds in SPRING_DATASOURCE_URL, _USERNAME
 * and _PASSWORD. Started by the script with-postgres.
 */
final class WithPostgres {

    private static final String ROLE = "yardmaster";

    private WithPostgres() {}

    public static void main(String[] command) throws Exception {
        EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(
                        Path.of(System.getProperty("java.io.tmpdir")).toFile())
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("max_connections", "100")
                .setPGStartupWait(Duration.ofSeconds(60))
                .start();
        try (postgres) {
            // An ordinary role: row-level security does not hold a superuser.
            try (Connection connection = postgres.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE ROLE " + ROLE + " LOGIN PASSWORD 'thrown away'");
                statement.execute("CREATE DATABASE " + ROLE + " OWNER " + ROLE);
            }
            ProcessBuilder builder = new ProcessBuilder(List.of(command)).inheritIO();
            builder.environment()
                    .put("SPRING_DATASOURCE_URL", "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + ROLE);
            builder.environment().put("SPRING_DATASOURCE_USERNAME", ROLE);
            builder.environment().put("SPRING_DATASOURCE_PASSWORD", "thrown away");
            Process process = builder.start();
            Thread end = new Thread(() -> {
                process.destroy();
                try {
                    process.waitFor();
                } catch (InterruptedException e) {
                    process.destroyForcibly();
                }
            });
            Runtime.getRuntime().addShutdownHook(end);
            int code = process.waitFor();
            postgres.close();
            Runtime.getRuntime().halt(code);
        }
    }
}
