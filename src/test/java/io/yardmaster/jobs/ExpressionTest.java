package io.yardmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.jobs.ExpressionScope.RunView;
import io.yardmaster.jobs.ExpressionScope.StepView;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ExpressionTest {

    private static final JsonMapper JSON = JsonMapper.shared();

    private static final String JOB = """
        composition: steps
        argspec:
          type: object
          properties:
            name: {type: string}
            count: {type: integer}
            ratio: {type: number}
            tags: {type: array, items: {type: string}}
            note: {type: string}
            token: {type: string, format: secret}
        steps:
          - {id: build, script: ./run.sh, outputs: {image: {type: string}, pages: {type: integer}}}
          - {id: unit-tests, script: ./run.sh, outputs: {passed: {type: integer}}}
          - {id: between, needs: [build], type: sleep, for: 1s}
          - {id: last, needs: [between, unit-tests], type: eval, values: {x: "%s"}}
          - {id: other, script: ./run.sh, outputs: {a: {type: string}}}
        """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        args.name + '!'                                     | "joe!"
        args.count + 1                                      | 6
        args.ratio * 2.0                                    | 4.0
        args.ratio > 1                                      | true
        args.tags.map(t, t + '1')                           | ["a1","b1"]
        args.tags.join('-')                                 | "a-b"
        has(args.note) ? args.note : 'none'                 | "none"
        steps.build.outputs.image                           | "shop:1"
        steps['build'].outputs['pages'] + 1                 | 3
        steps['unit-tests'].outputs.passed                  | 7
        steps.build.status                                  | "success"
        {'a': [1, null, true], 'b': args.name}              | {"a":[1,null,true],"b":"joe"}
        run.job_id                                          | "team/job"
        """)
    void an_expression_sees_arguments_steps_and_the_run(String expression, String json) {
        assertThat(evaluate(expression, scope("success"))).isEqualTo(JSON.readTree(json));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        args.nmae                        | 'nmae' is not an argument of this job; did you mean 'name'?
        args['nmae']                     | 'nmae' is not an argument of this job
        args.token                       | 'token' is a secret
        args['token']                    | 'token' is a secret
        args.name + 1                    | found no matching overload
        steps.biuld.outputs.image        | 'biuld' is not a step of this job; did you mean 'build'?
        steps.other.outputs.a            | step 'other' is not in scope here
        steps.last.outputs.x             | step 'last' is not in scope here
        steps.build.outputs.imgae        | 'imgae' is not an output of step 'build'; did you mean 'image'?
        steps.build.output.image         | 'output' is not a field of a step; did you mean 'outputs'?
        steps.between.outputs.x          | 'x' is not an output of step 'between'
        run.number                       | 'number' is not a field of 'run'
        steps                            | 'steps' alone is no value
        nosuch(1)                        | undeclared reference
        args.name +                      | (at character
        denied('nosuch')                 | 'nosuch' is not a step of this job
        """)
    void a_slip_is_found_when_the_job_is_read(String expression, String message) {
        assertThat(JobReading.errors(JOB.formatted(expression)))
                .singleElement()
                .asString()
                .startsWith("config.yaml:15: steps[3].values.x: ")
                .contains(message);
    }

    @Test
    void a_secret_is_out_of_reach_of_every_template() {
        assertThat(JobReading.errors("""
            argspec: {type: object, properties: {token: {type: string, format: secret}}}
            command: [./run.sh, "${{ args.token }}"]
            env: {T: "x${{ args.token }}"}
            result: {a: ["${{ args.token }}"]}
            """))
                .hasSize(3)
                .allSatisfy(error -> assertThat(error).contains("is a secret"));
    }

    @Test
    void an_output_that_is_not_there_is_told_with_the_state_of_its_step() {
        assertThatThrownBy(() -> evaluate("steps.build.outputs.image + '!'", scope("skipped")))
                .isInstanceOf(ExpressionException.class)
                .hasMessage("The expression `steps.build.outputs.image + '!'` has no value: "
                        + "key 'image' is not present in map. Step 'build' is skipped.");
    }

    @Test
    void the_cost_of_an_expression_is_bounded() {
        String loops = "args.tags.map(a, args.tags.map(b, args.tags.map(c, args.tags.map(d, args.tags.map(e, a)))))";
        ObjectNode args = arguments();
        for (int i = 0; i < 20; i++) {
            args.withArray("tags").add("t" + i);
        }

        assertThatThrownBy(() -> evaluate(loops, new ExpressionScope(args, steps("success"), run())))
                .isInstanceOf(ExpressionException.class)
                .hasMessageContaining("terat");
        assertThat(JobReading.errors(JOB.formatted("1" + " + 1".repeat(2_000))))
                .singleElement()
                .asString()
                .contains("longer than");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        always()                          | failed  | true  | true
        failure()                         | failed  | true  | true
        failure()                         | success | false | true
        success()                         | success | true  | true
        success()                         | failed  | false | true
        failure() && args.count == 5      | failed  | true  | true
        denied('build')                   | failed  | true  | true
        expired('build')                  | failed  | false | true
        args.count == 5                   | failed  | true  | false
        steps.build.status == 'failed'    | failed  | true  | false
        """)
    void a_condition_knows_how_what_it_needs_has_ended(String when, String status, boolean holds, boolean alone) {
        JobDefinition job =
                JobReading.read(JOB.formatted("1").replace("type: eval,", "type: eval, when: \"" + when + "\","));
        Condition condition =
                Objects.requireNonNull(job.step("last").orElseThrow().when());

        assertThat(condition.holds(scope(status))).isEqualTo(holds);
        assertThat(condition.decidesAlone()).isEqualTo(alone);
    }

    @Test
    void a_condition_that_is_no_condition_is_refused() {
        assertThat(JobReading.errors("""
            composition: steps
            steps: [{id: a, type: sleep, for: 1s, when: "'yes'"}, {id: b, type: sleep, for: 1s, when: true}]
            """)).hasSize(2);
    }

    @Test
    void a_value_that_is_one_template_keeps_its_type() {
        JobDefinition job = JobReading.read(JOB.formatted("1") + """
            result:
              pages: "${{ steps.build.outputs.pages }}"
              text: "n=${{ args.count }}, m=${{ {'a': {'b': '}}'}}['a']['b'] }}, t=${{ args.tags }}"
              list: ["${{ args.tags }}", 1]
              plain: text
            """);

        assertThat(Objects.requireNonNull(job.result()).expand(scope("success")))
                .isEqualTo(JSON.readTree("""
                    {"pages": 2, "text": "n=5, m=}}, t=[\\"a\\",\\"b\\"]", "list": [["a", "b"], 1], "plain": "text"}
                    """));
    }

    private static JsonNode evaluate(String expression, ExpressionScope scope) {
        StepDefinition.Eval step = (StepDefinition.Eval)
                JobReading.read(JOB.formatted(expression)).step("last").orElseThrow();
        return Objects.requireNonNull(step.values().get("x")).evaluate(scope);
    }

    private static ExpressionScope scope(String statusOfBuild) {
        return new ExpressionScope(arguments(), steps(statusOfBuild), run());
    }

    private static ObjectNode arguments() {
        return (ObjectNode) JSON.readTree("""
            {"name": "joe", "count": 5, "ratio": 2, "tags": ["a", "b"]}
            """);
    }

    private static Map<String, StepView> steps(String statusOfBuild) {
        boolean success = statusOfBuild.equals("success");
        @Nullable String code = statusOfBuild.equals("failed") ? "denied" : null;
        return Map.of(
                "build",
                new StepView(
                        statusOfBuild,
                        success,
                        code,
                        JSON.readTree(success ? "{\"image\": \"shop:1\", \"pages\": 2}" : "{}")),
                "between",
                new StepView(success ? "success" : "skipped", success, null, JSON.readTree("{}")),
                "unit-tests",
                new StepView("success", true, null, JSON.readTree("{\"passed\": 7}")));
    }

    private static RunView run() {
        return new RunView("run_1", "team/job", "default");
    }
}
