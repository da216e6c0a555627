package io.yardmaster.wakeups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.BareReader;
import io.yardmaster.testkit.JobFolder;
import io.yardmaster.testkit.SseEvent;
import io.yardmaster.testkit.TestServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/** Both servers reach the database through a PgBouncer in transaction mode; one also knows the database's own address. */
@ExtendWith(OutputCaptureExtension.class)
class PgBouncerTest {

    /** PgBouncer before 1.21 knows nothing of prepared statements. */
    private static final String WITHOUT_PREPARED_STATEMENTS = "?prepareThreshold=0";

    @Test
    void behind_a_pooler_runs_go_as_ever_and_who_cannot_listen_says_so_and_looks(CapturedOutput output)
            throws Exception {
        assumeTrue(
                PgBouncer.program().isPresent(),
                "PgBouncer is not installed, so nothing was tried with it: apt-get install pgbouncer");
        try (SharedDatabase database = SharedDatabase.start();
                PgBouncer pooler = PgBouncer.start(database)) {
            new JobFolder(database.root().resolve("jobs/talks"))
                    .config("""
                        name: Prints for a while
                        composition: steps
                        steps:
                          - {id: talk, command: ./talk.sh}
                          - {id: nap, type: sleep, for: 1s}
                          - {id: sum, type: eval, values: {two: "1 + 1"}, needs: [talk, nap]}
                        """)
                    .file("talk.sh", "for i in $(seq 1 20); do echo $i; sleep 0.05; done");
            String url = pooler.url(WITHOUT_PREPARED_STATEMENTS);
            try (TestServer hears = database.serverAt(
                            url,
                            "--yardmaster.database.notify-url=" + database.url(),
                            "--yardmaster.database.poll=10m",
                            "--yardmaster.database.backstop=10m");
                    TestServer looks = database.serverAt(url)) {
                Awaitility.await().until(() -> listening(hears) == 1);
                Awaitility.await("the self-test")
                        .until(() -> output.getOut().contains("yardmaster.database.notify-url"));
                assertThat(listening(looks)).isEqualTo(0);

                readsAtOneMomentAndLeavesTheSessionAsItWas(looks);
                readsWholeLog(looks, hears);
                readsWholeLog(hears, looks);
                manyRuns(hears);
                manyRuns(looks);
                String cancelled = looks.client().run("talks", "{}");
                assertThat(hears.client()
                                .post("/runs/" + cancelled + "/cancel", "{}")
                                .status())
                        .isIn(200, 202);
                assertThat(hears.client().awaitEnd(cancelled).at("/status").asString())
                        .isEqualTo("cancelled");
                assertThat(listening(looks)).isEqualTo(0);
                assertThat(output.getOut()).doesNotContain("prepared statement").doesNotContain("\"ERROR\"");
            }
        }
    }

    /** What is set for the session is set for whoever is given it next. */
    private static void readsAtOneMomentAndLeavesTheSessionAsItWas(TestServer server) {
        TransactionTemplate atOneMoment = new TransactionTemplate(server.bean(PlatformTransactionManager.class));
        atOneMoment.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
        atOneMoment.setReadOnly(true);
        Map<String, @Nullable Object> settings = Tenancy.call(
                Tenant.DEFAULT,
                () -> atOneMoment.execute(
                        _ -> server.bean(JdbcClient.class).sql("""
                            SELECT current_setting('transaction_isolation') AS isolation,
                                   current_setting('transaction_read_only') AS read_only,
                                   current_setting('default_transaction_isolation') AS of_session,
                                   current_setting('default_transaction_read_only') AS session_reads_only
                            """).query().singleRow()));
        assertThat(settings)
                .containsEntry("isolation", "repeatable read")
                .containsEntry("read_only", "on")
                .containsEntry("of_session", "read committed")
                .containsEntry("session_reads_only", "off");
    }

    private static void readsWholeLog(TestServer runs, TestServer reads) throws Exception {
        String runId = runs.client().run("talks", "{}");
        try (BareReader reader = BareReader.open(reads.port(), "/runs/" + runId + "/events")) {
            CompletableFuture<List<SseEvent>> seen = CompletableFuture.supplyAsync(
                    () -> reader.until(event -> event.name().equals("run.finished")));
            assertThat(seen.get(60, TimeUnit.SECONDS).stream().map(SseEvent::data))
                    .containsExactlyElementsOf(runs.client().events(runId));
        }
    }

    private static void manyRuns(TestServer server) {
        ApiClient client = server.client();
        List<String> runs =
                IntStream.range(0, 12).mapToObj(i -> client.run("talks", "{}")).toList();
        runs.forEach(
                run -> assertThat(client.awaitEnd(run).at("/status").asString()).isEqualTo("success"));
    }

    private static double listening(TestServer server) {
        return server.bean(MeterRegistry.class)
                .get("yardmaster.wakeups.listening")
                .gauge()
                .value();
    }
}
