package io.yardmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The published schema of {@code config.yaml} accepts every example and refuses what the format does not allow. */
class JobConfigSchemaTest {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Schema SCHEMA = schema();

    @ParameterizedTest
    @MethodSource("examples")
    void every_example_follows_the_schema(Path config) throws IOException {
        assertThat(SCHEMA.validate(yaml(Files.readString(config)))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        {name: nothing to run}                                                         | required
        {command: ./a.sh, nmae: a slip of the pen}                                     | additionalProperties
        {command: ./a.sh, version: 1.0}                                                | type
        {command: ./a.sh, executor: proc, image: x}                                    | enum
        {command: ./a.sh, timeouts: {run: 2 hours}}                                    | pattern
        {composition: steps}                                                           | required
        {composition: steps, steps: [{id: a.b, script: a}]}                            | pattern
        {composition: steps, steps: [{id: a, script: ../a}]}                           | pattern
        {composition: steps, steps: [{id: a, script: a, command: b}]}                  | not
        {composition: steps, steps: [{id: a, script: a, inline: b}]}                   | not
        {composition: steps, steps: [{id: a, type: sleep, for: 1s, timeout: 1s}]}      | false
        {composition: steps, retry: {attempts: 2}, steps: [{id: a, script: a}]}        | false
        {composition: steps, steps: [{id: a, type: sleep}]}                            | required
        {composition: steps, steps: [{id: a, type: sleep, for: 1s, matrix: {a: [1]}}]} | false
        {composition: steps, steps: [{id: a, script: a, matrix: {a: [[1]]}}]}          | type
        {composition: steps, steps: [{id: a, type: eval, values: {x: '1'}, env: {}}]}  | false
        {composition: steps, steps: [{id: a, script: a, env: {YM_RUN_ID: x}}]}         | propertyNames
        {composition: steps, steps: [{id: a, script: a, retry: {attempts: 0}}]}        | minimum
        """)
    void what_the_format_does_not_allow_is_refused(String config, String keyword) {
        assertThat(SCHEMA.validate(yaml(config))).extracting(Error::getKeyword).contains(keyword);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{script: a.py, ulc_profile: ulc.python.3, retry: {attempts: 2}, timeout: 1h30m, outputs: {x: {}}}",
                "{composition: steps, steps: [{id: a, inline: echo, matrix: {a: [1, x, true]}, max_parallel: 2}]}",
                "{inline: echo, artifacts: [{path: x}]}",
                "{composition: steps, steps: [{id: a, inline: echo, timeout: 5s, description: Says nothing.}]}",
                "{composition: steps, steps: [{id: a, type: job, job: ops/smoke, source: team}]}",
                "{composition: steps, steps: [{id: a, type: job, job: b/c, retry: {attempts: 2}, on_failure:"
                        + " continue}]}"
            })
    void what_the_format_allows_is_accepted(String config) {
        assertThat(SCHEMA.validate(yaml(config))).isEmpty();
    }

    private static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("examples/jobs"))) {
            return files.filter(file -> file.endsWith("config.yaml")).toList();
        }
    }

    private static JsonNode yaml(String text) {
        return JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(text));
    }

    private static Schema schema() {
        InputStream file = JobConfigSchemaTest.class.getResourceAsStream("/schemas/job-config.json");
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(JSON.readTree(Objects.requireNonNull(file)));
    }
}
