package io.yardmaster.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.unit.DataSize;
import tools.jackson.databind.JsonNode;

class QuotaTest {

    private static final int QUOTA = 1 << 20;

    private final TestServer server = TestServer.shared();
    private final ApiClient client = server.client(TestServer.BOUNDED_TENANT_TOKEN);
    private String run = "";

    @TempDir
    Path folder;

    @BeforeEach
    void a_run_waits() {
        server.job("quota/waits").config("""
            name: Waits
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
        run = client.run("quota/waits", "{}");
    }

    @AfterEach
    void nothing_is_left() {
        for (JsonNode artifact : client.get("/artifacts?limit=1000").json().path("artifacts")) {
            client.send("DELETE", "/artifacts/" + artifact.path("id").asString(), null);
        }
        assertThat(used()).isZero();
    }

    @Test
    void a_tenant_keeps_as_much_as_its_quota_and_no_byte_more() {
        String first = put("first", QUOTA - 1000).json().path("id").asString();

        Answer refused = put("second", 1001);
        assertThat(refused.status()).as("%s", refused).isEqualTo(413);
        assertThat(refused.json().path("type").asString()).isEqualTo("/problems/artifact-quota-used-up");
        assertThat(refused.json().path("quota_bytes").asLong()).isEqualTo(QUOTA);
        assertThat(refused.json().path("used_bytes").asLong()).isEqualTo(QUOTA - 1000);
        Answer chunked = client.put(
                "/runs/" + run + "/artifacts/chunked",
                BodyPublishers.fromPublisher(BodyPublishers.ofByteArray(random(1001))));
        assertThat(chunked.json().path("type").asString()).isEqualTo("/problems/artifact-quota-used-up");
        assertThat(put("third", 1000).status()).isEqualTo(201);
        assertThat(used()).isEqualTo(QUOTA);

        client.send("DELETE", "/artifacts/" + first, null);
        assertThat(put("second", 1001).status()).isEqualTo(201);
    }

    @Test
    void uploads_at_the_same_time_never_go_beyond_it_together() throws Exception {
        List<Callable<Integer>> uploads = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            String name = "n" + i;
            uploads.add(() -> put(name, QUOTA / 10).status());
        }
        List<Integer> statuses = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(24)) {
            for (var status : threads.invokeAll(uploads)) {
                statuses.add(status.get());
            }
        }
        assertThat(Collections.frequency(statuses, 201)).isEqualTo(10);
        assertThat(Collections.frequency(statuses, 413)).isEqualTo(14);
        assertThat(used()).isEqualTo(QUOTA / 10 * 10);
    }

    @Test
    void a_step_that_leaves_more_than_there_is_room_for_fails_and_says_why() {
        server.job("quota/leaves")
                .config("name: Leaves a file\ncommand: ./leave.sh\n")
                .file("leave.sh", "head -c 2000 /dev/zero > \"$YM_ARTIFACTS/zeros\"\n");
        put("first", QUOTA - 1000);

        JsonNode ended = client.awaitEnd(client.run("quota/leaves", "{}"));

        assertThat(ended.path("status").asString()).isEqualTo("failed");
        assertThat(ended.path("failure").path("category").asString()).isEqualTo("resource");
        assertThat(ended.path("failure").path("code").asString()).isEqualTo("artifact-quota-used-up");
        assertThat(ended.path("failure").path("message").asString()).contains("zeros");
    }

    @Test
    void steps_that_end_at_the_same_moment_never_go_beyond_it_together() throws Exception {
        Artifacts artifacts = server.bean(Artifacts.class);
        Path file = Files.write(folder.resolve("tenth"), new byte[QUOTA / 10]);
        RunId runId = RunId.parse(run).orElseThrow();
        Tenant tenant = new Tenant("bounded");
        List<Callable<Optional<Artifact>>> steps = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            String step = "step" + i;
            steps.add(() -> {
                try {
                    return Optional.of(artifacts.store(runId, tenant, step, "tenth", "tenth", null, null, file));
                } catch (ArtifactRefusedException e) {
                    return Optional.empty();
                }
            });
        }
        List<Artifact> stored = new ArrayList<>();
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var step : threads.invokeAll(steps)) {
                step.get().ifPresent(stored::add);
            }
        }

        assertThat(stored).hasSize(10);
        assertThat(put("eleventh", QUOTA / 10).status()).isEqualTo(413);
        inTransaction(() -> artifacts.record(stored.subList(0, 9)));
        assertThat(used()).isEqualTo(QUOTA / 10 * 9);
        assertThat(put("tenth", QUOTA / 10).status()).isEqualTo(413);
        inTransaction(() -> artifacts.record(stored.subList(9, 10)));
        assertThat(put("rest", QUOTA % 10).status()).isEqualTo(201);
    }

    @Test
    void room_that_was_taken_for_an_artifact_which_cannot_be_stored_is_given_back() {
        assertThatThrownBy(() -> server.bean(Artifacts.class)
                        .store(
                                RunId.parse(run).orElseThrow(),
                                new Tenant("bounded"),
                                "step",
                                "it",
                                "it",
                                null,
                                null,
                                folder))
                .isInstanceOf(IOException.class);

        assertThat(put("all", QUOTA).status()).isEqualTo(201);
    }

    @Test
    void a_file_that_is_collected_again_takes_its_own_room_again() throws Exception {
        Artifacts artifacts = server.bean(Artifacts.class);
        Path file = Files.write(folder.resolve("most"), new byte[QUOTA / 10 * 8]);
        RunId runId = RunId.parse(run).orElseThrow();
        Tenant tenant = new Tenant("bounded");
        // As if its server had been killed before it could record that.
        Artifact lost = artifacts.store(runId, tenant, "step", "most", "most", null, null, file);

        Artifact again = artifacts.store(runId, tenant, "step", "most", "most", null, null, file);

        assertThat(again.id()).isNotEqualTo(lost.id());
        assertThat(put("more", QUOTA / 10 * 3).status()).isEqualTo(413);
        inTransaction(() -> artifacts.record(List.of(again)));
        assertThat(used()).isEqualTo(QUOTA / 10 * 8);
    }

    private void inTransaction(Runnable work) {
        Tenancy.allTenants(() -> server.bean(TransactionTemplate.class).execute(_ -> {
            work.run();
            return true;
        }));
    }

    @Test
    void what_goes_with_its_run_is_room_again() {
        put("first", QUOTA);
        client.post("/runs/" + run + "/cancel", "{}");
        client.awaitEnd(run);
        assertThat(client.send("DELETE", "/runs/" + run, null).status()).isEqualTo(204);

        assertThat(used()).isZero();
    }

    @Test
    void the_count_stays_when_its_rows_are_drawn_together() {
        put("first", 1000);
        put("second", 234);
        ArtifactUsage usage = server.bean(ArtifactUsage.class);
        TransactionTemplate transactions = server.bean(TransactionTemplate.class);
        for (int i = 0; i < 2; i++) {
            Tenancy.allTenants(() -> transactions.execute(_ -> {
                usage.drawTogether();
                return true;
            }));
            assertThat(used()).isEqualTo(1234);
        }
        put("third", 1);
        assertThat(used()).isEqualTo(1235);
    }

    @Test
    void artifacts_are_kept_for_as_long_as_their_tenant_says() {
        String key = "old/" + UUID.randomUUID();
        put("old?key=" + key, 1000);
        put("also-old", 1000);
        String others = server.client()
                .put(
                        "/runs/" + server.client().run("quota/waits", "{}") + "/artifacts/theirs",
                        BodyPublishers.ofString("x"))
                .json()
                .path("id")
                .asString();
        ArtifactRetention retention = retention(Duration.ofHours(1), Duration.ofMinutes(59));
        retention.run();
        assertThat(names()).hasSize(2);

        retention(Duration.ofHours(1), Duration.ofMinutes(61)).run();

        assertThat(names()).isEmpty();
        assertThat(used()).isZero();
        assertThat(server.client().get("/artifacts/" + others).status()).isEqualTo(200);
        assertThat(put("new?key=" + key, 10).status()).isEqualTo(201);
    }

    @Test
    void settings_that_cannot_be_are_refused() {
        assertThatThrownBy(() -> properties(DataSize.ofBytes(0), DataSize.ofBytes(0), Duration.ZERO, Map.of()))
                .hasMessageContaining("yardmaster.artifacts.max-size");
        assertThatThrownBy(() -> properties(DataSize.ofBytes(1), DataSize.ofBytes(-1), Duration.ZERO, Map.of()))
                .hasMessageContaining("yardmaster.artifacts.quota");
        assertThatThrownBy(() -> properties(
                        DataSize.ofBytes(1),
                        DataSize.ofBytes(0),
                        Duration.ZERO,
                        Map.of("a", new ArtifactProperties.ForTenant(null, Duration.ofSeconds(-1)))))
                .hasMessageContaining("yardmaster.artifacts.tenants.a.keep");
    }

    private static ArtifactProperties properties(
            DataSize maxSize, DataSize quota, Duration keep, Map<String, ArtifactProperties.ForTenant> tenants) {
        return new ArtifactProperties(maxSize, quota, keep, Duration.ofMinutes(10), tenants);
    }

    /** As it will be some time from now. */
    private ArtifactRetention retention(Duration keep, Duration later) {
        return new ArtifactRetention(
                properties(
                        DataSize.ofGigabytes(1),
                        DataSize.ofBytes(0),
                        Duration.ZERO,
                        Map.of("bounded", new ArtifactProperties.ForTenant(null, keep))),
                server.bean(ArtifactRemoval.class),
                server.bean(ArtifactUsage.class),
                server.bean(JdbcClient.class),
                server.bean(TransactionTemplate.class),
                Clock.offset(Clock.systemUTC(), later));
    }

    private long used() {
        return server.bean(ArtifactRetention.class).used().stream()
                .filter(one -> one.tenant().name().equals("bounded"))
                .mapToLong(ArtifactRetention.Used::bytes)
                .sum();
    }

    private Answer put(String name, int size) {
        return client.put("/runs/" + run + "/artifacts/" + name, BodyPublishers.ofByteArray(random(size)));
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        client.get("/artifacts?limit=1000")
                .json()
                .path("artifacts")
                .forEach(artifact -> names.add(artifact.path("name").asString()));
        return names;
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random().nextBytes(bytes);
        return bytes;
    }
}
