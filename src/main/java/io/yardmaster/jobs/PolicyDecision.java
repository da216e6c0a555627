package io.yardmaster.jobs;

import io.yardmaster.kernel.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What policy says about running a job.
 *
 * @param profile the profile in force: the strictest of the server's floor, the job's and the caller's
 * @param denied whether the run is refused
 */
public record PolicyDecision(SecurityProfile profile, List<Finding> findings, boolean denied) {

    public PolicyDecision {
        findings = List.copyOf(findings);
    }

    /** Equal for equal decisions. */
    public Sha256 digest() {
        StringBuilder text = new StringBuilder(profile.label()).append('\n').append(denied);
        findings.forEach(finding -> text.append('\n')
                .append(finding.code())
                .append(' ')
                .append(finding.severity())
                .append(' ')
                .append(finding.step()));
        return Sha256.of(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * One thing policy noticed.
     *
     * @param code a stable word for programs
     * @param severity {@code info}, {@code warning} or {@code denied}
     * @param step the step it is about; null: the job
     */
    public record Finding(
            String code,
            String severity,
            String message,
            @Nullable String step) {}
}
