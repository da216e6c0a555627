package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** Runs whose workspace cannot be kept, or not be brought back: they fail once, and say why. */
class WorkspacesTest {

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    @Test
    void a_workspace_that_cannot_be_read_fails_the_run_that_is_about_to_wait() throws Exception {
        String name = "d".repeat(200);
        server.job("keep/deep").config("""
            composition: steps
            steps:
              - {id: dig, inline: "echo kept > file; for i in {1..30}; do mkdir %s; cd d*; done"}
              - {id: nap, needs: [dig], type: sleep, for: 2h}
            """.formatted(name));
        String runId = api.run("keep/deep", "{}");
        try {
            EndedRun run = EndedRun.of(api, runId);

            assertThat(run.status()).isEqualTo("failed");
            assertThat(run.failure("category") + "/" + run.failure("code")).isEqualTo("system/workspace-not-kept");
            assertThat(run.failure("message"))
                    .contains("meanwhile: " + name)
                    .contains("cannot be read")
                    .doesNotContain(server.dataDirectory().toString());
            assertThat(run.types()).doesNotContain("run.waiting").containsOnlyOnce("run.finished");
        } finally {
            removeRests(runId);
        }
    }

    @Test
    void a_workspace_that_is_gone_from_the_store_fails_the_step_that_needs_it() throws IOException {
        server.job("keep/lost").config("""
            composition: steps
            steps:
              - {id: write, inline: "echo $YM_RUN_ID > file"}
              - {id: gate, needs: [write], type: approval, approval: {title: "Go on?"}}
              - {id: read, needs: [gate], inline: "cat file"}
            """);
        String runId = api.run("keep/lost", "{}");
        String archive =
                Awaitility.await("the workspace to be kept").until(() -> archive(runId), found -> !found.isEmpty());
        try (Stream<Path> files = Files.walk(server.dataDirectory())) {
            Path blob = files.filter(file -> file.toString().replace("/", "").endsWith(archive))
                    .findFirst()
                    .orElseThrow();
            Files.delete(blob);
        }

        String gate = api.get("/approvals?run_id=" + runId)
                .json()
                .path("approvals")
                .path(0)
                .path("id")
                .asString();
        assertThat(server.client("ada-token")
                        .post("/approvals/" + gate + "/approve", "{}")
                        .status())
                .isEqualTo(200);

        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).isEqualTo("failed");
        assertThat(run.failure("category") + "/" + run.failure("code")).isEqualTo("system/workspace-lost");
        assertThat(run.step("read").path("failure").path("message").asString()).contains("gone from the store");
    }

    private String archive(String runId) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> server.bean(TransactionTemplate.class)
                .execute(_ -> server.bean(JdbcClient.class)
                        .sql("SELECT workspace FROM run_live WHERE run_id = :run AND owner_node IS NULL AND"
                                + " workspace <> 'empty'")
                        .param("run", RunId.parse(runId).orElseThrow().value())
                        .query(String.class)
                        .optional()
                        .orElse(""))));
    }

    /** The server put out of the way what it could not remove. */
    private void removeRests(String runId) throws IOException, InterruptedException {
        Path runs = server.dataDirectory().resolve("runs");
        Awaitility.await("the rests").until(() -> !Files.exists(runs.resolve(runId)));
        try (DirectoryStream<Path> rests = Files.newDirectoryStream(runs, runId + ".left-*")) {
            for (Path rest : rests) {
                assertThat(new ProcessBuilder("rm", "-rf", rest.toString())
                                .start()
                                .waitFor())
                        .isZero();
                return;
            }
        }
        throw new AssertionError("nothing was put out of the way");
    }
}
