package io.yardmaster.jobs;

import io.yardmaster.kernel.Sha256;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The versions a job has had.
 *
 * @param current which one its folder has now; null where the folder cannot be read as a job
 * @param versions the newest first
 */
public record JobHistory(@Nullable Sha256 current, List<JobVersion> versions) {

    public JobHistory {
        versions = List.copyOf(versions);
    }
}
