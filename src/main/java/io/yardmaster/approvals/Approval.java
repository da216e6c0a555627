package io.yardmaster.approvals;

import io.yardmaster.jobs.OnExpiry;
import io.yardmaster.kernel.ApprovalId;
import io.yardmaster.kernel.RunId;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A gate of a run at which people are asked.
 *
 * @param groups who may decide: members of any of these; empty: everybody with the scope
 * @param initiators whose run it is; unless {@code allowSelf}, they may not decide
 * @param form JSON Schema of what those who agree have to answer; null: nothing
 * @param expiresAt until when people may decide; null: for ever
 * @param closedBy {@code votes}, {@code expiry} or {@code run}; null while it is open
 * @param approvals how many have agreed
 * @param denials how many have refused
 * @param inputs what those who agreed have answered; null as long as nobody has
 * @param votes the first one first; not filled in lists
 */
public record Approval(
        ApprovalId id,
        RunId runId,
        String stepId,
        ApprovalStatus status,
        String title,
        @Nullable String description,
        int required,
        int denyQuorum,
        List<String> groups,
        Set<String> initiators,
        boolean allowSelf,
        @Nullable ObjectNode form,
        Approved approves,
        Instant requestedAt,
        @Nullable Instant expiresAt,
        OnExpiry onExpiry,
        @Nullable Instant closedAt,
        @Nullable String closedBy,
        int approvals,
        int denials,
        @Nullable ObjectNode inputs,
        List<Vote> votes) {

    /**
     * What is approved, to the letter.
     *
     * @param args resolved; secrets are masked, and are part of the plan's digest
     */
    public record Approved(String source, String jobId, String jobDigest, String planDigest, ObjectNode args) {}

    /** What one of those who decide has said. */
    public record Vote(
            String voter, boolean approves, @Nullable String note, Instant votedAt) {}
}
