package io.yardmaster.engine;

import static io.yardmaster.engine.EndedRun.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class ExamplesTest {

    private static final String TOKEN = "hunter2-very";

    private final ApiClient api = TestServer.shared().client();

    @TempDir
    Path folder;

    @Test
    void hello_world_greets_whom_it_is_told_to_greet() {
        EndedRun run = EndedRun.of(api, "hello-world", "{\"name\": \"Alice\"}");

        assertThat(run.status()).isEqualTo("success");
        assertThat(run.result()).isEqualTo(json("{\"greeting\": \"Hello, Alice!\"}"));
        assertThat(run.output("main")).containsExactly("Hello, Alice!");
        assertThat(run.types())
                .containsExactly(
                        "run.created",
                        "policy.decided",
                        "run.started",
                        "step.started",
                        "step.output",
                        "step.finished",
                        "run.finished");
        assertThat(run.events().stream().map(event -> event.path("seq").asLong()))
                .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(run.events().getLast().path("result").path("value")).isEqualTo(run.result());
        assertThat(run.events("step.finished", "main").getFirst().path("exit_code"))
                .isEqualTo(json("0"));
    }

    @Test
    void a_release_train_takes_out_all_services_when_it_may_leave() {
        String run = api.run("ops/release-train", "{\"version\": \"1.4.0\"}");
        api.await(run, seen -> seen.path("status").asString().equals("waiting"));
        api.post("/runs/" + run + "/signals/depart", "{\"payload\": {\"track\": 4}}");

        EndedRun train = EndedRun.of(api, run);

        assertThat(train.status()).as("%s", train.run()).isEqualTo("success");
        assertThat(train.result())
                .isEqualTo(json("{\"live\": [\"shop/1.4.0\", \"search/1.4.0\", \"mail/1.4.0\"], \"track\": 4}"));
        assertThat(train.output("build.1")).containsExactly("built search 1.4.0");
        assertThat(train.steps()).containsEntry("smoke", "success").containsEntry("lost", "skipped");
        JsonNode children = api.get("/runs?parent_run_id=" + run).json().path("runs");
        assertThat(children.valueStream().map(child -> child.path("job_id").asString()))
                .containsExactly("ops/smoke", "ops/smoke", "ops/smoke");
    }

    @Test
    void a_release_train_that_is_shifted_by_hand_answers_whoever_asks_for_more() {
        String run = api.run("ops/release-train", "{\"version\": \"1.4.0\", \"by_hand\": true}");
        api.await(run, seen -> seen.path("status").asString().equals("waiting"));
        api.post("/runs/" + run + "/signals/depart", "{\"payload\": {\"track\": 4}}");

        for (int percent : List.of(25, 100)) {
            JsonNode update = api.post(
                            "/runs/" + run + "/updates/traffic",
                            "{\"payload\": {\"percent\": " + percent + "}, \"timeout\": \"60s\"}")
                    .json();
            assertThat(update.path("result").path("percent").asInt())
                    .as("%s", update)
                    .isEqualTo(percent);
        }

        EndedRun train = EndedRun.of(api, run);
        assertThat(train.status()).as("%s", train.run()).isEqualTo("success");
        assertThat(train.output("shift"))
                .containsExactly("1.4.0 gets 25 % of the traffic", "1.4.0 gets 100 % of the traffic");
    }

    @Test
    void a_release_train_with_one_broken_service_does_not_arrive() {
        String run = api.run("ops/release-train", "{\"version\": \"1.4.0\", \"broken\": \"search\"}");
        api.await(run, seen -> seen.path("status").asString().equals("waiting"));
        api.post("/runs/" + run + "/signals/depart", "{\"payload\": {\"track\": 4}}");

        EndedRun train = EndedRun.of(api, run);

        assertThat(train.status()).isEqualTo("failed");
        assertThat(train.failure("step_id")).isEqualTo("smoke.1");
        assertThat(train.failure("code")).isEqualTo("child-failed");
        assertThat(train.steps()).containsEntry("arrival", "skipped").containsEntry("lost", "success");
    }

    @Test
    void hello_world_greets_in_any_script_and_takes_nothing_for_code() {
        String name = "Zoë 世界 '$(id)' \\\"`x`\\\" ;";
        EndedRun run = EndedRun.of(api, "hello-world", "{\"name\": \"" + name + "\"}");

        assertThat(run.output("main")).containsExactly("Hello, Zoë 世界 '$(id)' \"`x`\" ;!");
    }

    @Test
    void backup_daily_packs_proves_and_keeps_a_folder_of_two_thousand_files() throws Exception {
        Path data = Files.createDirectories(folder.resolve("data to keep"));
        shell(data, """
            for i in {1..40}; do
                mkdir "folder $i"
                for j in {1..50}; do printf '%s\\n' "file $j of folder $i" >"folder $i/a file $j.txt"; done
            done
            head -c 3000000 /dev/urandom >'rändöm ✓ "bytes".bin'
            printf 'x' >$'a line\\nbreak'
            printf 'y' >-dash
            mkdir empty
            ln -s -- -dash link
            """);
        long files;
        long bytes;
        try (Stream<Path> all = Files.walk(data)) {
            List<Path> found = all.filter(path -> !path.equals(data)).toList();
            files = found.stream()
                    .filter(path -> Files.isSymbolicLink(path) || !Files.isDirectory(path))
                    .count();
            bytes = found.stream()
                    .filter(path -> Files.isRegularFile(path) && !Files.isSymbolicLink(path))
                    .mapToLong(path -> path.toFile().length())
                    .sum();
        }
        assertThat(files).isEqualTo(2_004);

        EndedRun run = EndedRun.of(api, "backup/daily", "{\"target\": \"" + data + "\"}");

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.steps())
                .containsExactly(entry("archive", "success"), entry("verify", "success"), entry("report", "success"));
        assertThat(run.types().stream().filter(type -> !type.equals("step.output")))
                .containsExactly(
                        "run.created",
                        "policy.decided",
                        "run.started",
                        "step.started",
                        "step.finished",
                        "step.started",
                        "artifact.created",
                        "step.finished",
                        "step.started",
                        "step.finished",
                        "run.finished");
        assertThat(run.result().path("files_backed_up").asLong()).isEqualTo(files);
        assertThat(run.result().path("total_size_mb").decimalValue())
                .isEqualByComparingTo(
                        BigDecimal.valueOf(bytes).divide(BigDecimal.valueOf(1_000_000), 2, RoundingMode.HALF_UP));
        assertThat(run.output("archive")).anyMatch(line -> line.startsWith("packed "));

        JsonNode listed = api.get("/artifacts?run_id=" + run.id()).json().path("artifacts");
        assertThat(listed).hasSize(1);
        JsonNode artifact = listed.get(0);
        assertThat(artifact.path("name").asString()).isEqualTo("backup.tar.gz");
        byte[] archive =
                api.bytes("/artifacts/" + artifact.path("id").asString()).body();
        assertThat(artifact.path("size_bytes").asLong()).isEqualTo(archive.length);
        assertThat(artifact.path("sha256").asString())
                .isEqualTo(sha256(archive))
                .isEqualTo(run.outputs("verify").path("sha256").asString());
        int half = archive.length / 2;
        assertThat(part(artifact, "0-" + (half - 1))).isEqualTo(slice(archive, 0, half));
        assertThat(part(artifact, half + "-")).isEqualTo(slice(archive, half, archive.length));

        Path unpacked = Files.createDirectories(folder.resolve("unpacked"));
        Files.write(folder.resolve("backup.tar.gz"), archive);
        shell(unpacked, "tar -xzf ../backup.tar.gz && diff -r --no-dereference . '" + data + "'");
    }

    @Test
    void backup_daily_of_a_folder_that_is_not_there_fails_and_says_so() {
        EndedRun run = EndedRun.of(api, "backup/daily", "{\"target\": \"" + folder.resolve("nowhere") + "\"}");

        assertThat(run.status()).isEqualTo("failed");
        assertThat(run.failure("category")).isEqualTo("application");
        assertThat(run.failure("code")).isEqualTo("exit-code");
        assertThat(run.failure("step_id")).isEqualTo("archive");
        assertThat(run.steps())
                .containsExactly(entry("archive", "failed"), entry("verify", "skipped"), entry("report", "skipped"));
        assertThat(run.output("archive")).containsExactly("backup: there is no folder " + folder.resolve("nowhere"));
        assertThat(run.run().has("result")).isFalse();
    }

    @Test
    void backup_daily_of_a_relative_folder_is_refused_before_it_starts() {
        var answer = api.post("/runs", "{\"job_id\": \"backup/daily\", \"args\": {\"target\": \"data\"}}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().path("type").asString()).isEqualTo("/problems/validation-error");
        assertThat(answer.json()
                        .path("errors")
                        .valueStream()
                        .map(error -> error.path("pointer").asString()))
                .containsExactly("/args/target");
    }

    @Test
    void ops_deploy_goes_live_and_keeps_its_token_to_itself() {
        String args = "{\"version\": \"1.4.0\", \"token\": \"" + TOKEN + "\"}";
        var plan = api.post("/plans", "{\"job_id\": \"ops/deploy\", \"args\": " + args + "}");
        EndedRun run = EndedRun.of(api, "ops/deploy", args);

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.result()).isEqualTo(json("""
            {"url": "https://staging.example.com/1.4.0/", "version": "1.4.0", "announcement": "", "tests": 6}
            """));
        assertThat(run.outputs("unit").path("passed").asInt()
                        + run.outputs("integration").path("passed").asInt())
                .isEqualTo(6);
        assertThat(run.steps())
                .containsExactly(
                        entry("baseline", "success"),
                        entry("build", "success"),
                        entry("unit", "success"),
                        entry("integration", "success"),
                        entry("upload", "success"),
                        entry("gate", "skipped"),
                        entry("deploy", "success"),
                        entry("settle", "success"),
                        entry("report", "success"),
                        entry("rollback", "skipped"),
                        entry("tidy", "success"));
        assertThat(run.events("step.skipped", "rollback")
                        .getFirst()
                        .path("reason")
                        .asString())
                .isEqualTo("condition");
        assertThat(run.output("tidy")).containsExactly("live in the end: releases/1.4.0");

        assertThat(plan.status()).isEqualTo(201);
        String planned = "/plans/" + plan.json().path("plan_id").asString();
        assertThat(List.of(
                        plan.body(),
                        api.get(planned).body(),
                        run.run().toString(),
                        run.events().toString(),
                        api.get("/runs/" + run.id() + "/logs?format=text").body()))
                .allMatch(text -> !text.isEmpty() && !text.contains(TOKEN));
    }

    @Test
    void ops_deploy_takes_back_what_did_not_pass_its_tests() {
        EndedRun run = EndedRun.of(
                api, "ops/deploy", "{\"version\": \"1.4.0\", \"token\": \"" + TOKEN + "\", \"fail_at\": \"unit\"}");

        assertThat(run.status()).isEqualTo("failed");
        assertThat(run.failure("step_id")).isEqualTo("unit");
        assertThat(run.failure("category")).isEqualTo("application");
        assertThat(run.steps())
                .containsExactly(
                        entry("baseline", "success"),
                        entry("build", "success"),
                        entry("unit", "failed"),
                        entry("integration", "success"),
                        entry("upload", "skipped"),
                        entry("gate", "skipped"),
                        entry("deploy", "skipped"),
                        entry("settle", "skipped"),
                        entry("report", "skipped"),
                        entry("rollback", "success"),
                        entry("tidy", "success"));
        assertThat(Stream.of("upload", "gate", "deploy", "settle", "report")
                        .map(step -> run.events("step.skipped", step).getFirst()))
                .allMatch(skip -> skip.path("reason").asString().equals("upstream"));
        assertThat(run.output("rollback")).contains("live: placeholder");
    }

    @Test
    void ops_deploy_goes_live_in_production_when_two_people_of_the_group_agree() {
        String id = deployToProduction();
        String gate = "/runs/" + id + "/steps/gate/";
        String yes = "{\"inputs\": {\"announce\": \"New pages!\"}}";

        for (String outsider : List.of(TestServer.DEV_TOKEN, "eve-token")) {
            assertThat(TestServer.shared()
                            .client(outsider)
                            .post(gate + "approve", yes)
                            .status())
                    .as(outsider)
                    .isEqualTo(403);
        }
        assertThat(TestServer.shared()
                        .client("ada-token")
                        .post(gate + "approve", yes)
                        .status())
                .isEqualTo(200);
        assertThat(TestServer.shared()
                        .client("ada-token")
                        .post(gate + "deny", "{}")
                        .status())
                .isEqualTo(409);
        assertThat(TestServer.shared()
                        .client("cleo-token")
                        .post(gate + "approve", "{}")
                        .status())
                .isEqualTo(200);

        JsonNode ended = api.awaitEnd(id);
        assertThat(ended.path("status").asString()).as("%s", ended).isEqualTo("success");
        assertThat(ended.path("result").path("value")).isEqualTo(json("""
            {"url": "https://www.example.com/1.4.0/", "version": "1.4.0", "announcement": "New pages!", "tests": 6}
            """));
    }

    @Test
    void ops_deploy_stays_with_the_placeholder_where_somebody_refuses() {
        String id = deployToProduction();

        TestServer.shared()
                .client("ben-token")
                .post("/runs/" + id + "/steps/gate/deny", "{\"note\": \"Not on a Monday.\"}");

        JsonNode ended = api.awaitEnd(id);
        assertThat(ended.path("failure").path("code").asString()).isEqualTo("denied");
        assertThat(ended.path("failure").path("step_id").asString()).isEqualTo("gate");
        assertThat(api.get("/runs/" + id + "/logs?format=text&step_id=tidy").body())
                .contains("placeholder");
    }

    private String deployToProduction() {
        String id = api.run(
                "ops/deploy",
                "{\"version\": \"1.4.0\", \"environment\": \"production\", \"token\": \"" + TOKEN + "\"}");
        api.await(id, run -> run.path("status").asString().equals("waiting"));
        return id;
    }

    @Test
    void ops_deploy_tries_an_unlucky_upload_again() {
        EndedRun run = EndedRun.of(
                api, "ops/deploy", "{\"version\": \"1.4.0\", \"token\": \"" + TOKEN + "\", \"flaky_attempts\": 2}");

        assertThat(run.status()).isEqualTo("success");
        assertThat(run.step("upload").path("attempts").valueStream())
                .extracting(
                        attempt -> attempt.path("attempt").asInt(),
                        attempt -> attempt.path("status").asString(),
                        attempt -> attempt.path("exit_code").asInt())
                .containsExactly(tuple(1, "failed", 75), tuple(2, "failed", 75), tuple(3, "success", 0));
        assertThat(run.events("step.retrying", "upload"))
                .extracting(
                        event -> event.path("attempt").asInt(),
                        event -> event.path("next_attempt").asInt())
                .containsExactly(tuple(1, 2), tuple(2, 3));
        assertThat(run.output("upload"))
                .containsExactly(
                        "attempt 1: the store does not answer",
                        "attempt 2: the store does not answer",
                        "attempt 3: the store answers",
                        "uploaded releases/1.4.0, sealed");
    }

    @Test
    void report_loc_counts_three_languages_at_the_same_time() throws Exception {
        shell(folder, """
            mkdir -p 'src/a b' node_modules .git
            printf 'class A {\\n\\n}\\n' >'src/a b/A.java'
            printf 'class B {}' >src/B.java
            printf '#!/bin/sh\\n  \\necho x\\n' >run.sh
            printf 'a: 1\\n' >one.yaml
            printf 'b: 2\\n\\n' >two.yml
            printf 'never: counted\\n' >node_modules/no.yaml
            printf 'never counted\\n' >.git/no.sh
            """);

        EndedRun run = EndedRun.of(api, "report/loc", "{\"path\": \"" + folder + "\"}");

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        JsonNode expected = json("""
            {"languages": {"java": {"files": 2, "lines": 4, "blank": 1},
                           "shell": {"files": 1, "lines": 3, "blank": 1},
                           "yaml": {"files": 2, "lines": 3, "blank": 1}},
             "total": {"files": 5, "lines": 10, "blank": 3}}
            """);
        assertThat(run.result()).isEqualTo(expected);
        JsonNode artifact = api.get("/artifacts?run_id=" + run.id())
                .json()
                .path("artifacts")
                .get(0);
        assertThat(artifact.path("name").asString()).isEqualTo("loc.json");
        byte[] bytes = api.bytes("/artifacts/" + artifact.path("id").asString()).body();
        assertThat(json(new String(bytes, StandardCharsets.UTF_8))).isEqualTo(expected);

        List<String> counters = List.of("java", "shell", "yaml");
        Instant lastStart =
                Collections.max(counters.stream().map(run::startedAt).toList());
        Instant firstEnd =
                Collections.min(counters.stream().map(run::finishedAt).toList());
        assertThat(lastStart).isBefore(firstEnd);
        assertThat(run.startedAt("merge"))
                .isAfterOrEqualTo(
                        Collections.max(counters.stream().map(run::finishedAt).toList()));
    }

    private byte[] part(JsonNode artifact, String range) {
        var answer = api.bytes("/artifacts/" + artifact.path("id").asString(), "Range", "bytes=" + range);
        assertThat(answer.statusCode()).isEqualTo(206);
        return answer.body();
    }

    private static byte[] slice(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    private static Map.Entry<String, String> entry(String step, String status) {
        return Map.entry(step, status);
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    /** Runs Bash in a folder: its names may hold what this JVM's locale does not. */
    private static void shell(Path in, String script) throws IOException, InterruptedException {
        Path log = Files.createTempFile("shell", ".log");
        Process bash = new ProcessBuilder("bash", "-euo", "pipefail")
                .directory(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try (var input = bash.getOutputStream()) {
            input.write(script.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(bash.waitFor()).as(Files.readString(log)).isZero();
        Files.delete(log);
    }
}
