package io.yardmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a {@code config.yaml} that a test has written. */
final class JobReading {

    private static final Set<String> FILES = Set.of("run.sh", "scripts/build.sh");

    private JobReading() {}

    /** The job; fails the test where it has errors. */
    static JobDefinition read(String config) {
        JobReader.Outcome outcome = outcome(config);
        assertThat(outcome.errors()).isEmpty();
        @Nullable JobDefinition definition = outcome.definition();
        assertThat(definition).isNotNull();
        return Objects.requireNonNull(definition);
    }

    /** The errors, as people see them. */
    static List<String> errors(String config) {
        JobReader.Outcome outcome = outcome(config);
        assertThat(outcome.definition() == null).isEqualTo(!outcome.errors().isEmpty());
        return outcome.errors().stream().map(JobFault::toString).toList();
    }

    /** The warnings, as people see them. */
    static List<String> warnings(String config) {
        return read(config).warnings().stream().map(JobFault::toString).toList();
    }

    private static JobReader.Outcome outcome(String config) {
        return JobReader.read(new JobId("team/job"), config.getBytes(StandardCharsets.UTF_8), FILES::contains);
    }
}
