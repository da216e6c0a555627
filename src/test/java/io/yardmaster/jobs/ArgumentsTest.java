package io.yardmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.groups.Tuple.tuple;

import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class ArgumentsTest {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String JOB = """
        command: ./run.sh
        argspec:
          type: object
          required: [version, token]
          properties:
            version: {type: string, pattern: "^[0-9.]+$"}
            workers: {type: integer, minimum: 1, default: 4}
            limits:
              type: object
              properties: {cpu: {type: integer, default: 2}, name: {type: string}}
              additionalProperties: false
            day: {type: string, format: date}
            token: {type: string, format: secret, minLength: 8}
        """;

    @Test
    void defaults_are_filled_in_and_secrets_split_off() {
        ResolvedArguments resolved =
                validate(JOB, "{\"version\": \"1.0\", \"limits\": {}, \"token\": \"hunter2hunter2\"}");

        assertThat(resolved.visible())
                .isEqualTo(JSON.readTree("{\"version\": \"1.0\", \"limits\": {\"cpu\": 2}, \"workers\": 4}"));
        assertThat(resolved.secrets()).containsExactly(Map.entry("token", "hunter2hunter2"));
        assertThat(resolved.masked().path("token").asString()).isEqualTo("***");
        assertThat(resolved.toString()).doesNotContain("hunter2");
    }

    @Test
    void all_faults_are_told_at_once_with_pointers() {
        List<Fault> faults = faults(JOB, """
            {"version": "one", "wrokers": 2, "limits": {"cpu": "x", "gpu": 1}, "day": "tomorrow", "token": "hunter2"}
            """);

        assertThat(faults)
                .extracting(Fault::pointer, Fault::code)
                .containsExactlyInAnyOrder(
                        tuple("/args/version", "pattern"),
                        tuple("/args/wrokers", "unknown-property"),
                        tuple("/args/limits/cpu", "type"),
                        tuple("/args/limits/gpu", "unknown-property"),
                        tuple("/args/day", "format"),
                        tuple("/args/token", "min-length"));
        assertThat(faults).anySatisfy(fault -> assertThat(fault.message()).contains("did you mean 'workers'?"));
        assertThat(faults)
                .extracting(Fault::message)
                .contains(
                        "/args/version must be text that matches ^[0-9.]+$.",
                        "/args/limits/cpu must be a whole number.",
                        "/args/day must be a date such as 2026-01-31.",
                        "/args/token is not what the job asks of this secret (min-length).")
                .noneMatch(message -> message.contains("found"));
        assertThat(faults).noneSatisfy(fault -> assertThat(fault.message()).contains("hunter2"));
    }

    @Test
    void a_name_is_pointed_at_as_it_is_whatever_characters_it_has() {
        assertThat(faults("""
            command: ./run.sh
            argspec: {type: object, properties: {notes: {type: object, additionalProperties: {type: string}}}}
            """, "{\"notes\": {\"a\\n\\t'b~/c\\\\\": 1}}"))
                .singleElement()
                .satisfies(fault -> assertThat(fault.pointer()).isEqualTo("/args/notes/a\n\t'b~0~1c\\"));
    }

    @Test
    void what_is_required_is_pointed_at_where_it_is_missing() {
        assertThat(faults(JOB, "{}"))
                .extracting(Fault::pointer)
                .containsExactlyInAnyOrder("/args/version", "/args/token");
    }

    @Test
    void a_job_without_argspec_takes_no_arguments() {
        assertThat(faults("command: ./run.sh\n", "{\"a\": 1}"))
                .singleElement()
                .satisfies(fault -> assertThat(fault.code()).isEqualTo("unknown-property"));
    }

    @Test
    void an_argspec_can_leave_itself_open() {
        String open = "command: ./run.sh\nargspec: {type: object, additionalProperties: {type: integer}}\n";

        assertThat(validate(open, "{\"a\": 1}").visible()).isEqualTo(JSON.readTree("{\"a\": 1}"));
        assertThat(faults(open, "{\"a\": \"x\"}")).hasSize(1);
    }

    @Test
    @Timeout(10)
    void a_pattern_made_to_take_for_ever_does_not() {
        String job = "command: ./run.sh\nargspec: {properties: {a: {type: string, pattern: \"^(a+)+$\"}}}\n";

        assertThat(faults(job, "{\"a\": \"" + "a".repeat(50_000) + "!\"}")).hasSize(1);
    }

    @Test
    void a_schema_that_refers_to_itself_is_given_up() {
        String job = "command: ./run.sh\nargspec: {type: object, additionalProperties: true, allOf: [{$ref: \"#\"}]}\n";

        assertThat(faults(job, "{\"a\": 1}"))
                .singleElement()
                .satisfies(fault -> assertThat(fault.code()).isEqualTo("limit"));
    }

    @Test
    void an_output_is_text_or_json_as_its_schema_asks() {
        StepDefinition.Run step =
                (StepDefinition.Run) JobReading.read("""
                    command: ./run.sh
                    outputs: {text: {type: string}, number: {type: integer, maximum: 9}, any: {}}
                    """).steps().getFirst();
        OutputSchema text = Objects.requireNonNull(step.outputs().get("text"));
        OutputSchema number = Objects.requireNonNull(step.outputs().get("number"));
        OutputSchema any = Objects.requireNonNull(step.outputs().get("any"));

        assertThat(text.read("5").isString()).isTrue();
        assertThat(number.read("5").intValue()).isEqualTo(5);
        assertThat(any.read("{\"a\": 1}").isObject()).isTrue();
        assertThat(any.read("not json").stringValue()).isEqualTo("not json");
        assertThatThrownBy(() -> number.read("many")).isInstanceOf(OutputSchema.OutputMismatchException.class);
        assertThatThrownBy(() -> number.read("10")).isInstanceOf(OutputSchema.OutputMismatchException.class);
    }

    @Test
    void durations_are_read_and_written_alike() {
        assertThat(Durations.parse("1h30m")).contains(Duration.ofMinutes(90));
        assertThat(Durations.parse("500ms")).contains(Duration.ofMillis(500));
        assertThat(Durations.parse("2d")).contains(Duration.ofDays(2));
        assertThat(Durations.parse("400d")).isEmpty();
        assertThat(Durations.parse("5")).isEmpty();
        assertThat(Durations.parse("5 m")).isEmpty();
        assertThat(Durations.format(Duration.ofMinutes(90))).isEqualTo("90m");
        assertThat(Durations.format(Duration.ofDays(2))).isEqualTo("2d");
        assertThat(Durations.format(Duration.ofMillis(1500))).isEqualTo("1500ms");
        assertThat(Durations.format(Duration.ZERO)).isEqualTo("0s");
    }

    private static ResolvedArguments validate(String job, String args) {
        return Arguments.validate(JobReading.read(job), (ObjectNode) JSON.readTree(args));
    }

    private static List<Fault> faults(String job, String args) {
        JobDefinition definition = JobReading.read(job);
        ProblemException problem = catchThrowableOfType(
                ProblemException.class, () -> Arguments.validate(definition, (ObjectNode) JSON.readTree(args)));
        return problem.faults();
    }
}
