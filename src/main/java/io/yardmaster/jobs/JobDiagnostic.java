package io.yardmaster.jobs;

import java.util.List;

/**
 * A folder of a source that cannot be read as a job, and why.
 *
 * @param folder relative to the source; empty for its root
 */
public record JobDiagnostic(String source, String folder, List<JobFault> faults) {

    public JobDiagnostic {
        faults = List.copyOf(faults);
    }
}
