package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a change of many runs.
 *
 * @param matched how many there were when they were looked at
 * @param done with how many it was done
 * @param retried of a retry, the new run of each
 */
public record BulkOutcome(int matched, int done, List<Skipped> skipped, Map<RunId, RunId> retried) {

    /**
     * A run that was left alone.
     *
     * @param reason a stable word
     * @param state null where the run is gone
     */
    public record Skipped(
            RunId runId, String reason, @Nullable RunState state, String message) {}
}
