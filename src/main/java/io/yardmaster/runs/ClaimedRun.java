package io.yardmaster.runs;

import io.yardmaster.jobs.JobId;
import io.yardmaster.jobs.Timeouts;
import io.yardmaster.kernel.Sha256;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * All that is stored of a run at the moment it was claimed: enough to drive it on from wherever it was.
 *
 * @param args resolved, without secrets
 * @param secrets in clear
 * @param waitReason what a waiting run waits for; null where it does not wait
 * @param inboxSeq the last command in its inbox
 * @param inboxDone the last command that an owner has acted on
 * @param worked the time it had spent working before {@code workingSince}
 * @param workingSince since when it works; null where it does not
 * @param host the one whose disk holds its workspace; null where it has none yet, or has lost it
 * @param workspace where its workspace is kept while it belongs to no host; null: nowhere
 * @param readyAt when it may start at the earliest
 * @param heldBack whether it waits for its time or for a slot, and must not start though it was claimed
 * @param parent what has started it; null: somebody has submitted it
 * @param steps those that have moved, by id
 * @param attempts those that are not finished
 */
public record ClaimedRun(
        RunLease lease,
        JobId jobId,
        Sha256 jobDigest,
        ObjectNode args,
        Map<String, String> secrets,
        Timeouts timeouts,
        RunState state,
        @Nullable String waitReason,
        long lastSeq,
        long inboxSeq,
        long inboxDone,
        Duration worked,
        @Nullable Instant workingSince,
        @Nullable UUID host,
        @Nullable KeptWorkspace workspace,
        Instant createdAt,
        Instant readyAt,
        boolean heldBack,
        @Nullable Instant startedAt,
        @Nullable Instant deadlineAt,
        RunTrace trace,
        @Nullable ParentStep parent,
        List<StepRecord> steps,
        List<AttemptRecord> attempts) {

    /** Whether there were commands that no owner has acted on. */
    public boolean hasCommands() {
        return inboxSeq > inboxDone;
    }
}
