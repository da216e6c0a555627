package io.yardmaster.engine;

import static io.yardmaster.engine.EndedRun.instant;
import static io.yardmaster.engine.EndedRun.json;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class RunsTest {

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();

    // ---- The graph

    @Test
    void ten_steps_in_a_diamond_run_in_parallel_where_they_may() {
        server.job("runs/diamond").config("""
            composition: steps
            timeouts: {step: 40s}
            steps:
              - {id: first, script: step.sh}
              - {id: a1, needs: [first], script: step.sh, env: {MEET: 4}}
              - {id: a2, needs: [first], script: step.sh, env: {MEET: 4}}
              - {id: a3, needs: [first], script: step.sh, env: {MEET: 4}}
              - {id: a4, needs: [first], script: step.sh, env: {MEET: 4}}
              - {id: middle, needs: [a1, a2, a3, a4], script: step.sh}
              - {id: b1, needs: [middle], script: step.sh, env: {MEET: 3}}
              - {id: b2, needs: [middle], script: step.sh, env: {MEET: 3}}
              - {id: b3, needs: [middle], script: step.sh, env: {MEET: 3}}
              - {id: last, needs: [b1, b2, b3], script: step.sh}
            """).file("step.sh", """
                group=${YM_STEP_ID:0:1}
                mkdir -p "meet-$group"
                touch "meet-$group/$YM_STEP_ID"
                # Steps of a group wait for each other: one after the other they would wait for ever.
                until (($(ls "meet-$group" | wc -l) >= ${MEET:-1})); do sleep 0.02; done
                sleep 0.5
                """);

        EndedRun run = EndedRun.of(api, "runs/diamond", "{}");

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.steps())
                .hasSize(10)
                .allSatisfy((step, status) -> assertThat(status).isEqualTo("success"));
        for (List<String> group : List.of(List.of("a1", "a2", "a3", "a4"), List.of("b1", "b2", "b3"))) {
            assertThat(lastStart(run, group)).isBefore(firstEnd(run, group));
        }
        assertThat(run.startedAt("middle")).isAfterOrEqualTo(lastEnd(run, List.of("a1", "a2", "a3", "a4")));
        assertThat(run.startedAt("last")).isAfterOrEqualTo(lastEnd(run, List.of("b1", "b2", "b3")));
        Duration oneAfterTheOther = run.steps().keySet().stream().map(run::took).reduce(Duration.ZERO, Duration::plus);
        assertThat(run.took()).isLessThan(oneAfterTheOther.multipliedBy(8).dividedBy(10));
    }

    @Test
    void a_failing_step_skips_those_behind_it_and_runs_the_clean_up() {
        EndedRun run = run("runs/failing", """
            composition: steps
            argspec: {type: object, properties: {colour: {type: string, default: red}}}
            steps:
              - {id: good, inline: "echo good"}
              - {id: bad, inline: "exit 3"}
              - {id: behind, needs: [good, bad], inline: "echo never"}
              - {id: far_behind, needs: [behind], inline: "echo never"}
              - {id: repair, needs: [far_behind], when: failure(), inline: "echo repaired"}
              - {id: tidy, needs: [far_behind, repair], when: always(), inline: "echo tidied"}
              - {id: alarm, needs: [good], when: failure(), inline: "echo never"}
              - {id: chosen, needs: [good], when: "args.colour == 'red'", inline: "echo chosen"}
              - {id: not_chosen, needs: [good], when: "args.colour == 'blue'", inline: "echo never"}
              - {id: after_all, needs: [alarm, chosen, not_chosen], inline: "echo after all"}
            """);

        assertThat(run.status()).isEqualTo("failed");
        assertThat(List.of(run.failure("step_id"), run.failure("category"), run.failure("code")))
                .containsExactly("bad", "application", "exit-code");
        assertThat(run.failure("message")).contains("3");
        assertThat(run.steps())
                .containsExactly(
                        entry("good", "success"),
                        entry("bad", "failed"),
                        entry("behind", "skipped"),
                        entry("far_behind", "skipped"),
                        entry("repair", "success"),
                        entry("tidy", "success"),
                        entry("alarm", "skipped"),
                        entry("chosen", "success"),
                        entry("not_chosen", "skipped"),
                        entry("after_all", "success"));
        assertThat(Stream.of("behind", "far_behind", "alarm", "not_chosen")
                        .map(step -> run.events("step.skipped", step)
                                .getFirst()
                                .path("reason")
                                .asString()))
                .containsExactly("upstream", "upstream", "condition", "condition");
        assertThat(run.run().path("summary")).isEqualTo(json("{\"success\": 5, \"failed\": 1, \"skipped\": 4}"));
        assertThat(run.step("bad").path("attempts").get(0).path("exit_code").asInt())
                .isEqualTo(3);
    }

    // ---- Retries and time

    @Test
    void a_step_is_tried_again_after_growing_waits() {
        EndedRun run = run("runs/busy", """
            inline: |
              echo "attempt $YM_ATTEMPT of $YM_IDEMPOTENCY_KEY"
              ((YM_ATTEMPT == 3)) || exit 75
            retry: {attempts: 5, backoff: 200ms, factor: 3, jitter: false, match: ["exit:75"]}
            """);

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        List<JsonNode> attempts =
                run.step("main").path("attempts").valueStream().toList();
        assertThat(attempts)
                .extracting(
                        attempt -> attempt.path("attempt").asInt(),
                        attempt -> attempt.path("status").asString(),
                        attempt -> attempt.path("exit_code").asInt())
                .containsExactly(tuple(1, "failed", 75), tuple(2, "failed", 75), tuple(3, "success", 0));
        assertThat(pause(attempts.get(0), attempts.get(1))).isGreaterThanOrEqualTo(Duration.ofMillis(200));
        assertThat(pause(attempts.get(1), attempts.get(2))).isGreaterThanOrEqualTo(Duration.ofMillis(600));
        assertThat(run.events("step.started", "main"))
                .extracting(event -> event.path("attempt").asInt())
                .containsExactly(1, 2, 3);
        assertThat(run.events("step.retrying", "main"))
                .extracting(
                        event -> event.path("attempt").asInt(),
                        event -> event.path("next_attempt").asInt(),
                        event -> event.path("failure").path("code").asString())
                .containsExactly(tuple(1, 2, "exit-code"), tuple(2, 3, "exit-code"));
        assertThat(run.output("main"))
                .containsExactly(
                        "attempt 1 of " + run.id() + "/main",
                        "attempt 2 of " + run.id() + "/main",
                        "attempt 3 of " + run.id() + "/main");
    }

    @Test
    void a_failure_that_is_no_match_is_not_tried_again() {
        EndedRun run = run("runs/hopeless", """
            inline: exit 1
            retry: {attempts: 3, backoff: 10ms, match: [system, timeout, "exit:75"]}
            """);

        assertThat(run.status()).isEqualTo("failed");
        assertThat(run.step("main").path("attempts")).hasSize(1);
        assertThat(run.events("step.retrying", "main")).isEmpty();
    }

    @Test
    void a_step_that_takes_too_long_fails_as_timed_out_and_may_be_tried_again() {
        EndedRun run = run("runs/slow-step", """
            inline: |
              sleep 1000 & wait
            timeout: 400ms
            retry: {attempts: 2, backoff: 10ms, match: [timeout]}
            """);

        assertThat(LivingProcesses.withEnvironment(run.id())).isEmpty();
        assertThat(run.status()).isEqualTo("failed");
        assertThat(List.of(run.failure("category"), run.failure("code"), run.failure("step_id")))
                .containsExactly("timeout", "step-timeout", "main");
        assertThat(run.step("main").path("attempts").valueStream())
                .extracting(attempt -> attempt.path("failure").path("category").asString())
                .containsExactly("timeout", "timeout");
    }

    @Test
    void a_run_past_its_timeout_fails_and_leaves_no_process() {
        EndedRun run = run("runs/slow-run", """
            composition: steps
            timeouts: {run: 1s}
            steps:
              - {id: long, inline: "(sleep 1000 & sleep 1000) & sleep 1000"}
              - {id: beside, inline: "setsid sleep 1000 & sleep 1000"}
              - {id: behind, needs: [long], inline: "echo never"}
            """);

        assertThat(LivingProcesses.withEnvironment(run.id())).isEmpty();
        assertThat(run.status()).isEqualTo("failed");
        assertThat(List.of(run.failure("category"), run.failure("code"))).containsExactly("timeout", "run-timeout");
        assertThat(run.steps())
                .containsExactly(
                        entry("long", "cancelled"), entry("beside", "cancelled"), entry("behind", "cancelled"));
        assertThat(run.events().getLast().path("failure").path("category").asString())
                .isEqualTo("timeout");
    }

    @Test
    void a_run_past_its_deadline_fails_though_it_only_waits() {
        server.job("runs/deadline").config("""
            composition: steps
            steps: [{id: nap, type: sleep, for: 1h}]
            """);
        String runId = submit("""
            {"job_id": "runs/deadline", "timeouts": {"deadline": "1s"}}
            """);

        EndedRun run = EndedRun.of(api, runId);

        assertThat(run.status()).isEqualTo("failed");
        assertThat(List.of(run.failure("category"), run.failure("code")))
                .containsExactly("timeout", "deadline-timeout");
        assertThat(run.took()).isBetween(Duration.ofMillis(900), Duration.ofSeconds(45));
    }

    @Test
    void a_run_does_not_start_before_it_may() {
        server.job("runs/later").config("inline: echo later");
        Instant notBefore = Instant.now().plusSeconds(5).truncatedTo(ChronoUnit.MILLIS);
        String runId = submit("""
            {"job_id": "runs/later", "not_before": "%s"}
            """.formatted(notBefore));
        assertThat(api.get("/runs/" + runId).json().path("status").asString()).isEqualTo("pending");

        EndedRun run = EndedRun.of(api, runId);

        assertThat(run.status()).isEqualTo("success");
        assertThat(instant(run.run(), "started_at")).isAfterOrEqualTo(notBefore);
    }

    @Test
    void evaluated_and_sleeping_steps_need_no_process() {
        EndedRun run = run("runs/nap", """
            composition: steps
            argspec: {type: object, properties: {count: {type: integer, default: 20}}}
            steps:
              - {id: nap, type: sleep, for: 1s}
              - {id: sum, needs: [nap], type: eval, values: {twice: "args.count * 2", text: "'n=' + string(args.count)"}}
            result: {twice: "${{ steps.sum.outputs.twice }}", in: "${{ run.id }}"}
            """);

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.took("nap")).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(run.outputs("sum")).isEqualTo(json("{\"text\": \"n=20\", \"twice\": 40}"));
        assertThat(run.result()).isEqualTo(json("{\"twice\": 40, \"in\": \"" + run.id() + "\"}"));
        assertThat(run.types())
                .containsExactly(
                        "run.created",
                        "policy.decided",
                        "run.started",
                        "step.started",
                        "step.waiting",
                        "step.finished",
                        "step.started",
                        "step.finished",
                        "run.finished");
    }

    @Test
    void a_run_that_sleeps_long_has_no_owner_and_can_be_cancelled_at_once() {
        server.job("runs/long-nap").config("""
            composition: steps
            steps: [{id: nap, type: sleep, for: 40s}, {id: after, needs: [nap], inline: "echo never"}]
            """);
        String runId = api.run("runs/long-nap", "{}");

        JsonNode waiting =
                api.await(runId, run -> run.path("status").asString().equals("waiting") && !run.has("owner"));

        assertThat(waiting.path("wait").path("reason").asString()).isEqualTo("timer");
        assertThat(waiting.path("wait").path("step_ids")).isEqualTo(json("[\"nap\"]"));
        JsonNode nap = waiting.path("steps").get(0);
        assertThat(instant(waiting.path("wait"), "due_at"))
                .isEqualTo(instant(nap, "due_at"))
                .isEqualTo(instant(nap, "started_at").plusSeconds(40));
        assertThat(nap.path("wait_reason").asString()).isEqualTo("sleep");

        assertThat(api.post("/runs/" + runId + "/cancel", "{\"reason\": \"Awake.\"}")
                        .status())
                .isEqualTo(202);
        EndedRun run = EndedRun.of(api, runId);
        assertThat(run.status()).isEqualTo("cancelled");
        assertThat(run.steps()).containsExactly(entry("nap", "cancelled"), entry("after", "cancelled"));
        assertThat(run.took()).isLessThan(Duration.ofSeconds(30));
        assertThat(run.types()).contains("run.waiting", "run.cancelling").endsWith("run.finished");
    }

    // ---- Values

    @Test
    void outputs_keep_their_types_from_step_to_step() {
        EndedRun run = run("runs/outputs", """
            composition: steps
            env: {GREETING: "from ${{ run.id }}", LEVEL: 7, VERBOSE: true}
            steps:
              - id: make
                inline: |
                  {
                      echo 'text=a "b" $c = d'
                      echo 'number=42'
                      echo 'flag=true'
                      echo 'list=[1, "zwei", null]'
                      echo 'tree={"ä": {"b": 1.5}}'
                      printf 'lines<<END\\nfirst\\n\\n  third\\nEND\\n'
                      echo 'undeclared=007'
                  } >>"$YM_OUTPUT"
                outputs:
                  text: {type: string}
                  number: {type: integer}
                  flag: {type: boolean}
                  list: {type: array}
                  tree: {type: object}
                  lines: {type: string}
              - id: use
                needs: [make]
                env:
                  TEXT: "${{ steps.make.outputs.text }}"
                  NUMBER: "${{ steps.make.outputs.number }}"
                  LIST: "${{ steps.make.outputs.list }}"
                  MIXED: "<${{ steps.make.outputs.flag }}|${{ steps.make.outputs.lines }}>"
                  LEVEL: "8"
                inline: |
                  printf '%s\\n' "$TEXT" "$NUMBER" "$LIST" "$MIXED" "$GREETING" "$LEVEL" "$VERBOSE"
              - id: words
                needs: [make]
                command: [printf, "%s|", "${{ steps.make.outputs.text }}", two words, 3]
            result:
              number: "${{ steps.make.outputs.number }}"
              tree: "${{ steps.make.outputs.tree }}"
              all: ["${{ steps.make.outputs.flag }}", "n${{ steps.make.outputs.number }}", fixed]
            """);

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.outputs("make")).isEqualTo(json("""
            {"text": "a \\"b\\" $c = d", "number": 42, "flag": true, "list": [1, "zwei", null],
             "tree": {"ä": {"b": 1.5}}, "lines": "first\\n\\n  third", "undeclared": "007"}
            """));
        assertThat(run.output("use"))
                .containsExactly(
                        "a \"b\" $c = d",
                        "42",
                        "[1,\"zwei\",null]",
                        "<true|first",
                        "",
                        "  third>",
                        "from " + run.id(),
                        "8",
                        "true");
        assertThat(run.output("words")).containsExactly("a \"b\" $c = d|two words|3|");
        assertThat(run.result()).isEqualTo(json("""
            {"number": 42, "tree": {"ä": {"b": 1.5}}, "all": [true, "n42", "fixed"]}
            """));
    }

    @Test
    void an_output_that_its_schema_refuses_fails_the_step() {
        EndedRun run = run("runs/mismatch", """
            inline: echo 'pages=many' >>"$YM_OUTPUT"
            outputs: {pages: {type: integer}}
            """);

        assertThat(run.status()).isEqualTo("failed");
        assertThat(List.of(run.failure("category"), run.failure("code")))
                .containsExactly("application", "invalid-output");
        assertThat(run.step("main").path("attempts").get(0).path("exit_code").asInt(-1))
                .isZero();
    }

    @Test
    void a_template_without_value_fails_its_step_and_not_the_server() {
        EndedRun run = run("runs/no-value", """
            composition: steps
            steps:
              - {id: maybe, when: "false", inline: "echo x=1 >>$YM_OUTPUT", outputs: {x: {type: integer}}}
              - {id: needy, needs: [maybe], inline: "echo never", env: {X: "${{ steps.maybe.outputs.x }}"}}
              - {id: sum, needs: [maybe], type: eval, values: {y: "steps.maybe.outputs.x + 1"}}
            """);

        assertThat(run.status()).isEqualTo("failed");
        assertThat(run.steps())
                .containsExactly(entry("maybe", "skipped"), entry("needy", "failed"), entry("sum", "failed"));
        assertThat(run.failure("code")).isEqualTo("expression-without-value");
    }

    @Test
    void without_a_template_the_result_is_the_value_that_was_written_last() {
        EndedRun run = run("runs/last-value", """
            composition: steps
            steps:
              - {id: first, inline: "echo '{\\"from\\": \\"first\\"}' >$YM_RESULT"}
              - {id: second, needs: [first], inline: "echo '[2, 1.50, \\"ü\\"]' >$YM_RESULT"}
              - {id: third, needs: [second], inline: "echo nothing to say"}
            """);

        assertThat(run.result()).isEqualTo(json("[2, 1.50, \"ü\"]"));
        var outcome = api.get("/runs/" + run.id() + "/result");
        assertThat(outcome.status()).isEqualTo(200);
        assertThat(outcome.json().path("result").path("value")).isEqualTo(run.result());
    }

    @Test
    void steps_may_be_written_in_python_or_be_any_program() {
        server.job("runs/languages")
                .config("""
                    composition: steps
                    argspec:
                      type: object
                      properties: {hosts: {type: array, items: {type: string}}, count: {type: integer}, on: {type: boolean}}
                    steps:
                      - {id: python, script: ./check.py, ulc_profile: ulc.python.3, outputs: {checked: {type: integer}}}
                      - {id: program, script: ./program.sh, ulc_profile: ulc.exec}
                      - {id: bash, script: ./bash.sh}
                    result: "${{ steps.python.outputs.checked }}"
                    """)
                .file("check.py", """
                    import json, os
                    args = json.load(open(os.environ["YM_ARGS_FILE"]))
                    for host in args["hosts"]:
                        print("checking", host)
                    with open(os.environ["YM_OUTPUT"], "a") as output:
                        print("checked=%d" % len(args["hosts"]), file=output)
                    """)
                .file("program.sh", """
                    #!/bin/sh
                    echo "$YM_ARG_COUNT $YM_ARG_ON $YM_STEP_ID in $(basename "$(pwd)") with $# arguments"
                    test ! -w "$YM_JOB_DIR/none" && ls "$YM_JOB_DIR"
                    """)
                .file("bash.sh", """
                    echo "${#hosts[@]}: ${hosts[*]} $((count + 1)) $on"
                    """);

        EndedRun run =
                EndedRun.of(api, "runs/languages", "{\"hosts\": [\"one two\", \"drei\"], \"count\": 3, \"on\": true}");

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        assertThat(run.output("python")).containsExactly("checking one two", "checking drei");
        assertThat(run.output("program"))
                .containsExactly(
                        "3 true program in workspace with 0 arguments",
                        "bash.sh",
                        "check.py",
                        "config.yaml",
                        "program.sh");
        assertThat(run.output("bash")).containsExactly("2: one two drei 4 true");
        assertThat(run.result()).isEqualTo(json("2"));
    }

    // ---- Output and artifacts

    @Test
    void output_of_any_shape_becomes_lines() {
        EndedRun run = run("runs/shapes", """
            inline: |
              printf 'unix\\nwindows\\r\\n\\n  spaces  \\ttab\\n'
              printf 'bad \\xff\\xfe utf-8\\n'
              printf 'nul \\0 and \\033[31mred\\033[0m\\n'
              printf 'ünïcödé ✓ 😀\\n'
              printf 'to the error stream\\n' >&2
              printf 'no end'
            """);

        assertThat(run.events("step.output", "main").stream()
                        .filter(line -> line.path("stream").asString().equals("stdout"))
                        .map(line -> line.path("message").asString()))
                .containsExactly(
                        "unix",
                        "windows",
                        "",
                        "  spaces  \ttab",
                        "bad \uFFFD\uFFFD utf-8",
                        "nul \0 and \u001B[31mred\u001B[0m",
                        "ünïcödé ✓ 😀",
                        "no end");
        assertThat(run.events("step.output", "main").stream()
                        .filter(line -> line.path("stream").asString().equals("stderr")))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.path("message").asString()).isEqualTo("to the error stream");
                    assertThat(line.path("level").asString()).isEqualTo("warn");
                });
    }

    @Test
    void two_hundred_thousand_lines_arrive_once_and_in_order() {
        server.job("runs/lines").config("inline: seq 1 200000");
        String runId = api.run("runs/lines", "{}");
        JsonNode run = api.awaitEnd(runId);
        assertThat(run.path("status").asString()).isEqualTo("success");
        List<Long> expected = LongStream.rangeClosed(1, 200_000).boxed().toList();

        List<Long> logged = new ArrayList<>();
        for (JsonNode line : pages("/runs/" + runId + "/logs", "logs")) {
            logged.add(Long.parseLong(line.path("message").asString()));
        }
        assertThat(logged).isEqualTo(expected);

        List<JsonNode> events = pages("/runs/" + runId + "/events", "events");
        assertThat(events.stream().map(event -> event.path("seq").asLong()).toList())
                .isEqualTo(LongStream.rangeClosed(1, run.path("last_seq").asLong())
                        .boxed()
                        .toList());
        assertThat(events.stream()
                        .filter(event -> event.path("type").asString().equals("step.output"))
                        .map(event -> Long.parseLong(event.path("message").asString()))
                        .toList())
                .isEqualTo(expected);
    }

    @Test
    void a_declared_artifact_that_is_not_there_fails_the_step() {
        EndedRun run = run("runs/no-artifact", """
            inline: echo done
            artifacts: [{path: "dist/*.tar.gz"}]
            """);

        assertThat(run.status()).isEqualTo("failed");
        assertThat(List.of(run.failure("category"), run.failure("code")))
                .containsExactly("application", "artifact-missing");
        assertThat(run.failure("message")).contains("dist/*.tar.gz");
    }

    @Test
    void artifacts_are_kept_by_name_and_links_are_not_followed() {
        EndedRun run = run("runs/artifacts", """
            inline: |
              mkdir -p dist/deep "$YM_ARTIFACTS/sub"
              echo one >dist/one.txt
              echo two >dist/deep/two.txt
              ln -s /etc/passwd dist/passwd.txt
              echo given >"$YM_ARTIFACTS/sub/gegeben ü.txt"
              ln -s /etc/passwd "$YM_ARTIFACTS/passwd"
            artifacts: [{path: "dist/**.txt"}]
            """);

        assertThat(run.status()).as("%s", run.run()).isEqualTo("success");
        JsonNode artifacts = api.get("/artifacts?run_id=" + run.id()).json().path("artifacts");
        assertThat(artifacts
                        .valueStream()
                        .map(artifact -> artifact.path("name").asString() + ": "
                                + api.get("/artifacts/" + artifact.path("id").asString())
                                        .body()))
                .containsExactlyInAnyOrder(
                        "dist/one.txt: one\n", "dist/deep/two.txt: two\n", "sub/gegeben ü.txt: given\n");
        assertThat(run.types().stream().filter("artifact.created"::equals)).hasSize(3);
    }

    // ---- What cannot run yet

    @Test
    void a_job_that_cannot_run_yet_is_listed_and_refused_by_name() {
        server.job("runs/contained").config("""
            composition: steps
            steps: [{id: ship, executor: container, image: x, command: [/x]}]
            """);

        JsonNode job = api.get("/jobs/runs/contained").json();
        assertThat(job.path("runnable").asBoolean(true)).isFalse();
        assertThat(job.path("not_runnable_reasons").get(0).asString()).contains("ship", "container");
        for (String path : List.of("/runs", "/plans")) {
            var answer = api.post(path, "{\"job_id\": \"runs/contained\"}");
            assertThat(answer.status()).isEqualTo(409);
            assertThat(answer.json().path("type").asString()).isEqualTo("/problems/job-invalid");
            assertThat(answer.json().path("detail").asString()).contains("ship", "container");
        }
    }

    private EndedRun run(String jobId, String config) {
        server.job(jobId).config(config);
        return EndedRun.of(api, jobId, "{}");
    }

    private String submit(String body) {
        var answer = api.post("/runs", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.json().path("run_id").asString();
    }

    private List<JsonNode> pages(String path, String member) {
        List<JsonNode> all = new ArrayList<>();
        long after = 0;
        while (true) {
            JsonNode page = api.get(path + "?limit=10000&after_seq=" + after, "Accept", "application/json")
                    .json();
            page.path(member).forEach(all::add);
            if (!page.has("next_after_seq")) {
                return all;
            }
            after = page.path("next_after_seq").asLong();
        }
    }

    private static Duration pause(JsonNode attempt, JsonNode next) {
        return Duration.between(instant(attempt, "finished_at"), instant(next, "started_at"));
    }

    private static Instant lastStart(EndedRun run, List<String> steps) {
        return Collections.max(steps.stream().map(run::startedAt).toList());
    }

    private static Instant firstEnd(EndedRun run, List<String> steps) {
        return Collections.min(steps.stream().map(run::finishedAt).toList());
    }

    private static Instant lastEnd(EndedRun run, List<String> steps) {
        return Collections.max(steps.stream().map(run::finishedAt).toList());
    }
}
