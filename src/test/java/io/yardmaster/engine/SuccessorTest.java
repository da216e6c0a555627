package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.RunLease;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** A run that comes back to the server that drives it still, which knows nothing of having lost it. */
class SuccessorTest {

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    @TempDir
    Path folder;

    @Test
    void a_driver_goes_before_another_one_of_the_same_run_begins() throws Exception {
        server.job("successor/silent").config("""
            composition: steps
            argspec: {type: object, properties: {folder: {type: string}}}
            steps:
              - id: silent
                inline: |
                  touch "$folder/began"
                  until [ -e "$folder/go" ]; do sleep 0.02; done
                  echo done
            """);
        ListAppender<ILoggingEvent> told = new ListAppender<>();
        told.list = new CopyOnWriteArrayList<>();
        told.start();
        Logger logger = (Logger) LoggerFactory.getLogger(DrivenRuns.class);
        logger.addAppender(told);
        try {
            String runId = api.run("successor/silent", "{\"folder\": \"" + folder + "\"}");
            Awaitility.await().until(() -> Files.exists(folder.resolve("began")));
            RunLease first = lease(runId);

            server.bean(RunQueue.class).giveUp(first, Instant.now());

            Awaitility.await("the first driver to go")
                    .until(() -> told.list.stream()
                            .anyMatch(event -> event.getFormattedMessage().contains("the lease of " + runId)));
            Awaitility.await("the second one").until(() -> lease(runId).epoch() > first.epoch());
            Files.createFile(folder.resolve("go"));
            EndedRun run = EndedRun.of(api, runId);
            assertThat(run.status()).isEqualTo("success");
            assertThat(run.step("silent").path("attempts").size()).isEqualTo(1);
        } finally {
            logger.detachAppender(told);
        }
    }

    private RunLease lease(String runId) {
        RunId id = RunId.parse(runId).orElseThrow();
        List<RunLease> found = Objects.requireNonNull(Tenancy.allTenants(() -> server.bean(TransactionTemplate.class)
                .execute(_ -> server.bean(JdbcClient.class)
                        .sql("SELECT owner_node, epoch FROM run_live WHERE run_id = :run AND owner_node IS NOT NULL")
                        .param("run", id.value())
                        .query((row, _) -> new RunLease(
                                id, Tenant.DEFAULT, row.getObject("owner_node", UUID.class), row.getLong("epoch")))
                        .list())));
        return found.isEmpty() ? new RunLease(id, Tenant.DEFAULT, new UUID(0, 0), -1) : found.getFirst();
    }
}
