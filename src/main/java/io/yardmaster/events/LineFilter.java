package io.yardmaster.events;

import io.yardmaster.kernel.OutputStreamName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which output lines a reader wants.
 *
 * @param stepId only this step's; null for all
 * @param stream only this stream's; null for both
 * @param since only lines read at this time or later; null for all
 */
public record LineFilter(
        @Nullable String stepId,
        @Nullable OutputStreamName stream,
        @Nullable Instant since) {

    /** Every line. */
    public static final LineFilter ALL = new LineFilter(null, null, null);

    /** Whether a chunk can be passed over whole. */
    boolean mayMatch(LogEntry.Lines chunk) {
        return (stepId == null || stepId.equals(chunk.stepId()))
                && (stream == null || stream == chunk.stream())
                && (since == null || !chunk.lines().getLast().at().isBefore(since));
    }

    boolean matches(LoggedEvent event) {
        return event.isOutput()
                && (stepId == null || stepId.equals(event.stepId()))
                && (stream == null
                        || stream.text().equals(event.json().path("stream").asString()))
                && (since == null || !event.at().isBefore(since));
    }
}
