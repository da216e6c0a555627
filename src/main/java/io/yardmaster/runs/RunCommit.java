package io.yardmaster.runs;

import io.yardmaster.events.LogEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a run's owner wants to be durable, all of it or nothing.
 *
 * @param previousSeq where the run's log ended before
 * @param entries what follows there, without a gap; may be empty
 * @param inboxDone the last command that was acted on
 * @param state where the run stands now; null: where it stood
 * @param finish how it ended; null where it goes on
 * @param workspace where its workspace is kept from now on, so that it belongs to no host; null: it stays as it is
 * @param alongside what other modules write in the same transaction
 */
public record RunCommit(
        RunLease lease,
        long previousSeq,
        List<LogEntry> entries,
        List<StepRecord> steps,
        List<AttemptRecord> attempts,
        long inboxDone,
        @Nullable Standing state,
        @Nullable Finish finish,
        @Nullable KeptWorkspace workspace,
        List<Runnable> alongside) {

    /** Where the run's log ends afterwards. */
    public long lastSeq() {
        return entries.isEmpty() ? previousSeq : entries.getLast().lastSeq();
    }

    /**
     * Where a run stands that goes on.
     *
     * @param waitsFor what a waiting run waits for; null otherwise
     * @param worked the time it has spent working before {@code workingSince}
     * @param workingSince since when it works; null while it waits
     */
    public record Standing(
            RunState state,
            @Nullable ObjectNode waitsFor,
            @Nullable Instant startedAt,
            Duration worked,
            @Nullable Instant workingSince) {}

    /**
     * How a run ended.
     *
     * @param parent what has started it, and is told in the same moment; null: somebody has submitted it
     */
    public record Finish(
            RunState state,
            @Nullable Instant startedAt,
            Instant finishedAt,
            @Nullable JsonNode result,
            @Nullable Failure failure,
            @Nullable ParentStep parent) {}
}
