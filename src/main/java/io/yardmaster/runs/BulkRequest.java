package io.yardmaster.runs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is to be done with many runs.
 *
 * @param reason of a cancel, for whoever reads it later
 * @param grace of a cancel, how long processes may take to end by themselves; null: as long as the server is set to give
 * @param patch of a label, what changes; empty otherwise
 * @param signal what is sent to each; null where nothing is
 * @param written all of it as the caller wrote it, for the record
 */
public record BulkRequest(
        BulkAction action,
        RunFilter filter,
        @Nullable String reason,
        @Nullable Duration grace,
        ObjectNode patch,
        @Nullable Message signal,
        ObjectNode written) {

    /** A message for each of the runs. */
    public record Message(String name, ObjectNode payload) {}
}
