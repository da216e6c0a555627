package io.yardmaster.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.testkit.TestPostgres;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A server that starts before its PostgreSQL does. */
@ExtendWith(OutputCaptureExtension.class)
class DatabaseAtStartTest {

    private static final String WAITS = "the start goes on when it does";

    @Test
    void a_server_waits_for_a_database_that_comes_later_but_not_for_one_that_refuses_it(
            @TempDir Path root, CapturedOutput output) throws Exception {
        try (TestPostgres postgres = new TestPostgres(root.resolve("postgres"))) {
            // With the role and the database that the server needs.
            postgres.start();
            postgres.stop();
            CompletableFuture<TestServer> starting = CompletableFuture.supplyAsync(() -> start(root, postgres, "2m"));
            Awaitility.await().until(() -> starting.isDone() || output.getOut().contains(WAITS));
            assertThat(starting).isNotDone();
            postgres.start();
            try (TestServer server = starting.get(2, TimeUnit.MINUTES)) {
                Awaitility.await().until(() -> server.client().get("/readyz").status() == 200);
            }

            int until = output.getOut().length();
            postgres.sql().sql("ALTER ROLE yardmaster NOLOGIN").update();
            assertThatThrownBy(() -> start(root, postgres, "2m")).hasRootCauseInstanceOf(SQLException.class);
            assertThat(output.getOut().substring(until)).doesNotContain(WAITS).contains("not permitted to log in");
        }
    }

    @Test
    void a_server_without_patience_ends_when_the_database_is_not_there(@TempDir Path root, CapturedOutput output) {
        try (TestPostgres never = new TestPostgres(root.resolve("postgres"))) {
            assertThatThrownBy(() -> start(root, never, "0s")).rootCause().hasMessageContaining("refused");
        }
        assertThat(output.getOut()).doesNotContain(WAITS);
    }

    private static TestServer start(Path root, TestPostgres postgres, String patience) {
        try {
            return TestServer.start(
                    root.resolve("data"),
                    Files.createDirectories(root.resolve("jobs")),
                    "--spring.datasource.url=jdbc:postgresql://127.0.0.1:" + postgres.port() + "/yardmaster",
                    "--spring.datasource.username=yardmaster",
                    "--spring.datasource.password=none",
                    "--yardmaster.database.start.patience=" + patience);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
