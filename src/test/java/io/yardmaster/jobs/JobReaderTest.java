package io.yardmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobReaderTest {

    @Test
    void a_single_command_is_one_step_named_main() {
        JobDefinition job = JobReading.read("command: ./run.sh\n");

        assertThat(job.title()).isEqualTo("job");
        assertThat(job.composition()).isEqualTo("single");
        assertThat(job.steps()).singleElement().satisfies(step -> {
            assertThat(step.id()).isEqualTo("main");
            assertThat(((StepDefinition.Run) step).command()).isEqualTo(new StepCommand.Script("run.sh", List.of()));
        });
    }

    @Test
    void everything_a_run_step_can_say_is_read() {
        JobDefinition job = JobReading.read("""
            name: Build
            version: "1.0"
            labels: {team: payments}
            ulc_profile: ulc.python.3
            composition: steps
            timeouts: {run: 2h, step: 30m, queue: 15m, deadline: 2d}
            env: {LEVEL: info, WHO: job}
            steps:
              - id: build
                name: Build it
                script: ./scripts/build.sh
                ulc_profile: ulc.shell.bash
                timeout: 1m
                interruptible: true
                env: {WHO: step}
                retry: {attempts: 3, backoff: 2s, factor: 3, max: 1m, jitter: false, match: [system, "exit:75"]}
                outputs: {image: {type: string}}
                artifacts: [{path: "./dist/*.tar.gz", name: bundle}]
            """);

        StepDefinition.Run step = (StepDefinition.Run) job.steps().getFirst();
        assertThat(job.timeouts())
                .isEqualTo(new Timeouts(
                        Duration.ofHours(2), Duration.ofMinutes(30), Duration.ofMinutes(15), Duration.ofDays(2)));
        assertThat(step.head().title()).isEqualTo("Build it");
        assertThat(step.head().line()).isEqualTo(9);
        assertThat(step.profile()).isEqualTo(UlcProfile.BASH);
        assertThat(step.timeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(step.interruptible()).isTrue();
        assertThat(step.env()).hasToString("{LEVEL=\"info\", WHO=\"step\"}");
        assertThat(step.retry())
                .isEqualTo(new RetryPolicy(
                        3,
                        Duration.ofSeconds(2),
                        3,
                        Duration.ofMinutes(1),
                        false,
                        List.of(new RetryMatch.Category("system"), new RetryMatch.ExitCode(75))));
        assertThat(step.outputs()).containsOnlyKeys("image");
        assertThat(step.artifacts()).containsExactly(new ArtifactRule("dist/*.tar.gz", "bundle", null));
    }

    @Test
    void all_errors_of_a_file_are_told_at_once_with_their_lines() {
        List<String> errors = JobReading.errors("""
            composition: steps
            executor: proc
            timeouts: {run: soon}
            steps:
              - id: build
                script: ./missing.sh
                image: registry.example/x
              - id: test
                needs: [biuld]
                command: [make]
                when: args.version == 1
            """);

        assertThat(errors)
                .containsExactly(
                        "config.yaml:3: timeouts.run: 'soon' is not a duration from 1ms to 366d, such as 500ms, 30s or"
                                + " 1h30m",
                        "config.yaml:6: steps[0].script: there is no file 'missing.sh' in the job's folder",
                        "config.yaml:7: steps[0].image: has no meaning with executor: proc; remove it, or choose "
                                + "executor: container",
                        "config.yaml:9: steps[1].needs: there is no step 'biuld'; did you mean 'build'?",
                        "config.yaml:11: steps[1].when: 'version' is not an argument of this job");
    }

    @Test
    void an_unknown_key_is_named_besides_errors_too() {
        assertThat(JobReading.errors("""
            comand: ./run.sh
            timeouts: {run: soon}
            """))
                .anySatisfy(fault -> assertThat(fault).contains("comand: unknown key", "did you mean 'command'?"))
                .anySatisfy(fault -> assertThat(fault).contains("'soon' is not a duration"));
    }

    @Test
    void an_unknown_key_is_a_warning_that_guesses_what_was_meant() {
        assertThat(JobReading.warnings("command: ./run.sh\ndescripton: x\n"))
                .containsExactly(
                        "config.yaml:2: descripton: unknown key, it has no effect; did you mean 'description'?");
    }

    @Test
    void a_circle_of_needs_is_named() {
        assertThat(JobReading.errors("""
            composition: steps
            steps:
              - {id: a, type: sleep, for: 1s, needs: [c]}
              - {id: b, type: sleep, for: 1s, needs: [a]}
              - {id: c, type: sleep, for: 1s, needs: [b]}
            """))
                .singleElement()
                .asString()
                .contains("in a circle: a needs c needs b needs a");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        `command: ./run.sh\ncommand: ./run.sh`           | config.yaml:2: the key 'command' is there twice
        `command: [./run.sh`                             | config.yaml:1:
        ``                                               | config.yaml:1: the file is empty
        `a: 1\n---\nb: 1`                                | config.yaml:2: more than one document in the file
        `[]`                                             | expected an object
        `command: ./run.sh\nversion: 1.0`                | version: is not of the right type, expected text
        `command: ./run.sh\ncomposition: many`           | composition: 'many' is none of single, steps
        `command: ./run.sh --fast`                       | as text it is the name of one file of the job
        `command: ../other/run.sh`                       | is not the path of a file in the job's folder
        `command: /bin/true`                             | is not the path of a file in the job's folder
        `name: x`                                        | has nothing to run
        `command: ./run.sh\ninline: echo`                | has inline and command; keep one of them
        `composition: steps\ncommand: ./run.sh`          | contradicts composition: steps
        `steps: []`                                      | needs composition: steps
        `command: ./run.sh\nexecutor: docker`            | executor: 'docker' is none of proc, container, kubernetes, worker
        `command: ./run.sh\nenv: {YM_RUN_ID: x}`         | is set by the server or the shell
        `command: ./run.sh\nenv: {A-B: x}`               | cannot be the name of a variable
        `command: ./run.sh\nretry: {attempts: 0}`        | is not between 1 and 100
        `command: ./run.sh\nretry: {attempts: 2, match: [often]}` | 'often' is none of
        `command: ./run.sh\nlabels: {Team: x}`           | a label's key
        `inline: "echo ${{ args.x }}"`                   | templates are not expanded inside scripts
        `command: !!binary aGk=`                         | is not supported
        """)
    void what_contradicts_itself_is_an_error(String config, String message) {
        assertThat(JobReading.errors(config == null ? "" : config.replace("\\n", "\n")))
                .anySatisfy(error -> assertThat(error).contains(message));
    }

    @ParameterizedTest
    @ValueSource(strings = {"on", "yes", "no", "off"})
    void words_that_were_truth_values_once_are_text(String word) {
        assertThat(JobReading.read("command: ./run.sh\nname: " + word + "\n").title())
                .isEqualTo(word);
    }

    @Test
    void a_document_of_aliases_does_not_grow_without_bound() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++) {
            bomb.append("a%d: &a%d [".formatted(i, i))
                    .append("*a%d, ".formatted(i - 1).repeat(10))
                    .append("]\n");
        }

        assertThat(JobReading.errors(bomb.toString()))
                .singleElement()
                .asString()
                .contains("aliases");
        assertThat(JobReading.errors("a: " + "[".repeat(100_000)))
                .singleElement()
                .asString()
                .contains("nested deeper");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[sh, -c, \"echo ${{ args.x }}\"]",
                "[/bin/bash, -euc, \"echo ${{ args.x }}\"]",
                "[env, A=b, bash, -c, \"${{ args.x }}\"]",
                "[python3, -c, \"print('${{ args.x }}')\"]",
                "[\"${{ args.x }}\"]"
            })
    void a_template_never_becomes_code_or_the_program(String command) {
        assertThat(JobReading.errors("argspec: {type: object, properties: {x: {type: string}}}\ncommand: " + command))
                .isNotEmpty();
    }

    @Test
    void a_template_is_one_argument_of_a_program() {
        JobDefinition job = JobReading.read("""
            argspec: {type: object, properties: {x: {type: string}}}
            command: [sh, -c, 'echo "$1"', sh, "${{ args.x }}"]
            """);

        assertThat(((StepDefinition.Run) job.steps().getFirst()).command()).isInstanceOf(StepCommand.Argv.class);
    }

    @Test
    void a_concurrency_key_is_a_template_over_the_arguments() {
        JobDefinition job = JobReading.read("""
            argspec: {type: object, properties: {x: {type: string}}}
            concurrency: {key: "deploy-${{ args.x }}", limit: 2, on_conflict: reject}
            command: ./run.sh
            """);
        JobDefinition plain = JobReading.read("concurrency: {key: one}\ncommand: ./run.sh\n");

        assertThat(job.notRunnableReasons()).isEmpty();
        assertThat(job.concurrency())
                .extracting(Concurrency::limit, Concurrency::onConflict)
                .containsExactly(2, OnConflict.REJECT);
        assertThat(plain.concurrency())
                .extracting(Concurrency::limit, Concurrency::onConflict)
                .containsExactly(1, OnConflict.QUEUE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {limit: 2}                                | has no key
        {key: a, limit: 0}                        | is not between 1 and 10000
        {key: a, on_conflict: wait}               | is none of queue, cancel_older, reject
        {key: "${{ args.token }}"}                | is a secret
        {key: "${{ args.nothing }}"}              | is not an argument
        {key: "${{ steps.main.outputs.x }}"}      | is not in scope
        {key: "a-${{ run.id }}"}                  | another one for each run
        """)
    void a_concurrency_key_that_cannot_work_is_an_error(String concurrency, String message) {
        assertThat(JobReading.errors("argspec: {type: object, properties: {token: {type: string, format: secret}}}\n"
                        + "command: ./run.sh\nconcurrency: " + concurrency + "\n"))
                .anyMatch(error -> error.toString().contains(message), message);
    }

    @Test
    void what_is_asked_at_a_gate_is_read() {
        JobDefinition job = JobReading.read("""
            composition: steps
            argspec: {type: object, properties: {x: {type: string}}}
            steps:
              - id: gate
                type: approval
                approval: {title: "Deploy ${{ args.x }}?", required: 2, groups: [release], deny_quorum: 3, allow_self: true,
                           expires_in: 24h, on_expiry: fail, remind_every: 4h,
                           form: {type: object, properties: {window: {type: string}}}}
              - {id: ship, needs: [gate], inline: echo, env: {WINDOW: "${{ steps.gate.outputs.window }}"}}
            """);

        ApprovalTerms terms = ((StepDefinition.Approval) job.steps().getFirst()).terms();
        assertThat(terms.title().source().asString()).isEqualTo("Deploy ${{ args.x }}?");
        assertThat(terms.required()).isEqualTo(2);
        assertThat(terms.groups()).containsExactly("release");
        assertThat(terms.denyQuorum()).isEqualTo(3);
        assertThat(terms.allowSelf()).isTrue();
        assertThat(terms.expiresIn()).isEqualTo(Duration.ofHours(24));
        assertThat(terms.onExpiry()).isEqualTo(OnExpiry.FAIL);
        assertThat(terms.remindEvery()).isEqualTo(Duration.ofHours(4));
        assertThat(job.notRunnableReasons()).isEmpty();
        assertThat(job.warnings()).isEmpty();
    }

    @Test
    void policy_approval_is_a_step_before_all_others() {
        JobDefinition job = JobReading.read("""
            name: Move the moon
            composition: steps
            policy: approval
            steps:
              - {id: first, inline: echo}
              - {id: second, needs: [first], inline: echo}
              - {id: other, inline: echo}
            """);

        assertThat(job.steps().stream().map(StepDefinition::id))
                .containsExactly("approval", "first", "second", "other");
        assertThat(job.step("first").orElseThrow().needs()).containsExactly("approval");
        assertThat(job.step("second").orElseThrow().needs()).containsExactly("first");
        assertThat(job.step("other").orElseThrow().needs()).containsExactly("approval");
        assertThat(job.gate()).isEqualTo("approval");
        assertThat(((StepDefinition.Approval) job.steps().getFirst())
                        .terms()
                        .title()
                        .source()
                        .asString())
                .isEqualTo("Run Move the moon?");
        JobDefinition single = JobReading.read("command: ./run.sh\npolicy: approval\napproval: {required: 2}\n");
        assertThat(single.step("main").orElseThrow().needs()).containsExactly("approval");
    }

    @Test
    void a_signal_has_one_schema() {
        assertThat(JobReading.errors("""
            composition: steps
            steps:
              - {id: one, type: signal, signal: {name: ok, schema: {type: object}}}
              - {id: two, type: signal, signal: {name: ok}}
            """)).anyMatch(error -> error.toString().contains("with another schema"));
        StepDefinition.Signal signal =
                (StepDefinition.Signal) JobReading.read("""
                    composition: steps
                    steps:
                      - {id: one, type: signal, signal: {name: traffic-ok, timeout: 1h, schema: {type: object}}}
                    """).steps().getFirst();
        assertThat(signal.name()).isEqualTo("traffic-ok");
        assertThat(signal.timeout()).isEqualTo(Duration.ofHours(1));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {required: 2}                                        | asks nothing
        {title: Go?, form: {type: string}}                   | describes an object
        {title: Go?, form: {type: object, properties: {a-b: {}}}} | cannot be an output's name
        {title: Go?, on_expiry: wait}                        | is none of deny, approve, fail
        {title: "Deploy ${{ args.y }}?"}                     | is not an argument of this job
        {title: Go?, required: 0}                            | is not between 1 and 100
        """)
    void a_gate_that_cannot_work_is_an_error(String approval, String message) {
        assertThat(JobReading.errors(
                        "composition: steps\nsteps:\n  - {id: gate, type: approval, approval: " + approval + "}\n"))
                .anyMatch(error -> error.toString().contains(message), message);
    }

    @Test
    void keys_of_artifacts_come_from_the_rule_or_from_the_job() {
        JobDefinition job = JobReading.read("""
            composition: steps
            artifacts: {mode: mutable, default_key_pattern: "builds/{run_id}/{name}"}
            steps:
              - id: build
                inline: echo
                artifacts:
                  - {path: a}
                  - {path: b, key: "b/${{ args.x }}", mode: immutable}
                  - {path: c, key: c}
                  - {path: d, mode: immutable}
            argspec: {type: object, properties: {x: {type: string}}}
            """);

        StepDefinition.Run build = (StepDefinition.Run) job.steps().getFirst();
        assertThat(job.notRunnableReasons()).isEmpty();
        assertThat(String.valueOf(build.defaultKey())).isEqualTo(key("builds/{run_id}/{name}", true));
        assertThat(build.artifacts().stream().map(ArtifactRule::key).map(String::valueOf))
                .containsExactly(
                        key("builds/{run_id}/{name}", true),
                        key("b/${{ args.x }}", false),
                        key("c", true),
                        key("builds/{run_id}/{name}", false));
    }

    private static String key(String text, boolean mutable) {
        return "ArtifactKey[text=\"" + text + "\", mutable=" + mutable + "]";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        artifacts: {default_key_pattern: "builds/{run}"}     | is none of {job_id}, {name}, {run_id}, {step_id}
        artifacts: {default_key_pattern: "${{ args.none }}"} | none
        artifacts: {mode: append}                            | is none of immutable, mutable
        artifacts: [{path: x, key: "{date}"}]                | is none of
        artifacts: [{path: x, key: ""}]                      | key
        """)
    void a_key_that_cannot_be_is_an_error(String artifacts, String message) {
        assertThat(JobReading.errors("inline: echo\n" + artifacts + "\n"))
                .anyMatch(error -> error.toString().contains(message), message);
    }

    @Test
    void a_key_that_only_one_run_could_use_is_likely_a_slip() {
        assertThat(JobReading.read("inline: echo\nartifacts: {default_key_pattern: latest}\n")
                        .warnings())
                .anyMatch(warning -> warning.message().contains("only the first could use it"));
        assertThat(JobReading.read("inline: echo\nartifacts: {default_key_pattern: latest, mode: mutable}\n")
                        .warnings())
                .isEmpty();
    }

    @Test
    void what_this_server_cannot_do_yet_is_read_and_named() {
        JobDefinition job = JobReading.read("""
            composition: steps
            workspace: {keep: 1h}
            steps:
              - {id: ship, executor: container, image: x, command: ["/x", "${{ args.x }}"]}
            argspec: {type: object, properties: {x: {type: string}}}
            """);

        assertThat(job.notRunnableReasons())
                .containsExactly("the job uses workspace.keep", "step 'ship' uses executor: container");
    }

    @Test
    void a_matrix_makes_an_instance_of_each_combination_of_its_values() {
        JobDefinition job = JobReading.read("""
            composition: steps
            steps:
              - {id: test, script: ./run.sh, env: {SUITE: "${{ matrix.suite }}"}, when: "matrix.n < 3",
                 outputs: {seconds: {type: integer}}, matrix: {suite: [unit, slow], n: [1, 2]}, max_parallel: 3}
              - {id: sum, needs: [test], type: eval, values: {all: "steps.test.outputs.map(one, one.seconds)",
                                                              first: "steps.test.outputs[0].seconds + 1"}}
            """);

        StepDefinition.Repeated test =
                (StepDefinition.Repeated) job.step("test").orElseThrow();
        assertThat(test.instances().stream()
                        .map(step -> step.id() + " "
                                + Objects.requireNonNull(step.instance()).values()))
                .containsExactly(
                        "test.0 {\"suite\":\"unit\",\"n\":1}",
                        "test.1 {\"suite\":\"unit\",\"n\":2}",
                        "test.2 {\"suite\":\"slow\",\"n\":1}",
                        "test.3 {\"suite\":\"slow\",\"n\":2}");
        assertThat(test.matrix().maxParallel()).isEqualTo(3);
        assertThat(test.matrix().failFast()).isTrue();
        assertThat(job.steps().stream().map(StepDefinition::id)).containsExactly("test", "sum");
        assertThat(job.everyStep().stream().map(StepDefinition::id))
                .containsExactly("test", "test.0", "test.1", "test.2", "test.3", "sum");
        assertThat(job.step("test.2").orElseThrow().needs()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        type: sleep, for: 1s, matrix: {a: [1]}                            | a step of type sleep happens once
        type: eval, values: {x: "1"}, matrix: {}                          | has no values
        type: eval, values: {x: "1"}, matrix: {a: []}                     | has no values
        type: eval, values: {x: "1"}, matrix: {a: 1}                      | expected a list
        type: eval, values: {x: "1"}, matrix: {A: [1]}                    | begins with a lower-case letter
        type: eval, values: {x: "1"}, matrix: {a: [[1]]}                  | expected text, a number or true or false
        type: eval, values: {x: "1"}, matrix: {a: ["${{ run.id }}"]}      | templates are not expanded here
        type: eval, values: {x: "1"}, matrix: {a: [1]}, max_parallel: 0   | is not between 1 and
        type: eval, values: {x: "matrix.b"}, matrix: {a: [1]}             | is not a name of the step's matrix
        type: eval, values: {x: "matrix.a"}                               | only in a step that has a matrix
        type: eval, values: {x: "matrix.a + 'x'"}, matrix: {a: [1]}       | found no matching overload
        """)
    void a_matrix_that_cannot_be_is_an_error(String step, String message) {
        assertThat(JobReading.errors("composition: steps\nsteps:\n  - {id: a, " + step + "}\n"))
                .anyMatch(error -> error.contains(message), message);
    }

    @Test
    void a_matrix_is_bounded() {
        String digits = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
        String step = ", type: eval, values: {x: '1'}, matrix: {a: " + digits + ", b: " + digits;
        assertThat(JobReading.errors("composition: steps\nsteps:\n  - {id: a" + step + ", c: [1, 2, 3]}}\n"))
                .anyMatch(error -> error.contains("makes more than 256 instances"));
        StringBuilder many = new StringBuilder("composition: steps\nsteps:\n");
        for (int i = 0; i < 10; i++) {
            many.append("  - {id: s").append(i).append(step).append("}}\n");
        }
        assertThat(JobReading.errors(many.toString()))
                .anyMatch(error -> error.contains("more than 1000 steps and instances of steps"));
    }

    @Test
    void the_outputs_of_a_step_with_a_matrix_are_a_list() {
        assertThat(JobReading.errors("""
            composition: steps
            steps:
              - {id: a, type: eval, values: {x: "1"}, matrix: {n: [1, 2]}}
              - {id: b, needs: [a], type: eval, values: {y: "steps.a.outputs.x"}}
            """)).anyMatch(error -> error.contains("write steps.a.outputs[0].x"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {type: string}                       | a b    | begins with a lower-case letter
        {type: string}                       | PATH   | begins with a lower-case letter
        {type: string}                       | ym_x   | has a meaning of its own
        {type: string, default: 5}           | x      | does not match the argument's own schema
        {type: strin}                        | x      | argspec.properties.x.type
        {type: integer, format: secret}      | x      | a secret is of type string
        {type: string, format: secret, default: a} | x | does not belong into a job's file
        {$ref: "https://example.org/x"}      | x      | a reference stays inside the document
        {type: string, pattern: "(?=a)b"}    | x      | not supported here
        {type: object, properties: {a: {type: string, format: secret}}} | x | only an argument as a whole
        """)
    void a_broken_argspec_is_found_when_the_job_is_read(String schema, String name, String message) {
        assertThat(JobReading.errors("""
            command: ./run.sh
            argspec:
              type: object
              properties:
                %s: %s
            """.formatted(name, schema)))
                .anySatisfy(error -> assertThat(error).contains(message));
    }

    @Test
    void the_examples_can_all_be_run() throws IOException {
        Path root = Path.of("examples/jobs");
        FolderSource.Found found = new FolderSource("examples", root).find();

        assertThat(found.faults()).isEmpty();
        assertThat(found.jobs()).isNotEmpty();
        for (var entry : found.jobs().entrySet()) {
            Path folder = entry.getValue();
            JobReader.Outcome outcome = JobReader.read(
                    entry.getKey(),
                    Files.readAllBytes(folder.resolve("config.yaml")),
                    file -> Files.isRegularFile(folder.resolve(file)));
            assertThat(outcome.errors()).as("errors of %s", entry.getKey()).isEmpty();
            assertThat(outcome.definition()).satisfies(job -> {
                assertThat(job.warnings()).as("warnings of %s", entry.getKey()).isEmpty();
                assertThat(job.notRunnableReasons()).isEmpty();
            });
        }
    }
}
