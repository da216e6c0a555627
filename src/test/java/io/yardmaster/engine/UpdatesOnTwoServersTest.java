package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.JobFolder;
import io.yardmaster.testkit.ServerProcess;
import io.yardmaster.testkit.TestServer;
import io.yardmaster.wakeups.SharedDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Updates that another server answers than the one that was asked, or the same one after a restart. */
class UpdatesOnTwoServersTest {

    @TempDir
    Path root;

    @Test
    void whichever_server_is_asked_the_answer_is_the_one_to_its_question() {
        try (SharedDatabase database = SharedDatabase.start()) {
            new JobFolder(database.root().resolve("jobs/serving")).config("""
                composition: steps
                steps:
                  - id: serve
                    updates: {echo: {}, stop: {}}
                    inline: |
                      while ym_update; do
                        ym_answer "$ym_update_payload"
                        [[ $ym_update_name != stop ]] || break
                      done
                """);
            try (TestServer one = database.server();
                    TestServer two = database.server()) {
                String run = one.client().run("serving", "{}");
                for (int i = 0; i < 3; i++) {
                    for (ApiClient asked : List.of(one.client(), two.client())) {
                        long start = System.nanoTime();
                        Answer answer = asked.post(
                                "/runs/" + run + "/updates/echo",
                                "{\"payload\": {\"n\": " + i + "}, \"timeout\": \"30s\"}");
                        long millis = (System.nanoTime() - start) / 1_000_000;
                        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
                        assertThat(answer.json().path("result").path("n").asInt())
                                .isEqualTo(i);
                        System.out.printf("update by one of two servers: %d ms%n", millis);
                    }
                }
                two.client().post("/runs/" + run + "/updates/stop", "{\"timeout\": \"30s\"}");
                two.client().awaitEnd(run);
            }
        }
    }

    @Test
    void what_was_sent_before_a_restart_is_answered_after_it() throws IOException {
        try (ServerProcess server = new ServerProcess(root.resolve("data"), root.resolve("jobs"))) {
            server.job("serving").config("""
                composition: steps
                steps:
                  - id: serve
                    updates: {slow: {}, quick: {}}
                    inline: |
                      ym_update
                      touch %1$s/taken
                      until [[ -e %1$s/go ]]; do sleep 0.02; done
                      ym_answer "{\\"slow\\": $ym_update_payload}"
                      ym_update
                      ym_answer "{\\"quick\\": $ym_update_payload}"
                """.formatted(root));
            server.start();
            ApiClient before = server.client();
            String run = before.run("serving", "{}");
            String slow = send(before, run, "slow");
            Awaitility.await().until(() -> Files.exists(root.resolve("taken")));
            String quick = send(before, run, "quick");
            server.kill();

            Files.createFile(root.resolve("go"));
            server.start();

            ApiClient after = server.client();
            assertThat(ended(after, slow).path("result").toString()).isEqualTo("{\"slow\":{\"n\":1}}");
            assertThat(ended(after, quick).path("result").toString()).isEqualTo("{\"quick\":{\"n\":1}}");
            assertThat(after.awaitEnd(run).path("status").asString()).isEqualTo("success");
            assertThat(after.events(run).stream()
                            .filter(event -> event.path("type").asString().equals("update.answered")))
                    .hasSize(2);
        }
    }

    private static String send(ApiClient api, String run, String name) {
        Answer answer = api.post("/runs/" + run + "/updates/" + name, "{\"payload\": {\"n\": 1}, \"timeout\": \"0s\"}");
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        return "/updates/" + answer.json().path("update_id").asString();
    }

    private static JsonNode ended(ApiClient api, String update) {
        return api.get(update, "Prefer", "wait=60").json();
    }
}
