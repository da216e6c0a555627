package io.yardmaster.approvals;

import io.yardmaster.jobs.ApprovalTerms;
import io.yardmaster.kernel.ApprovalId;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A run has come to a gate.
 *
 * @param title the question, in full
 * @param expiresAt until when people may decide; null: for ever
 */
public record GateRequest(
        ApprovalId id,
        Tenant tenant,
        RunId runId,
        String stepId,
        String title,
        @Nullable String description,
        ApprovalTerms terms,
        Instant at,
        @Nullable Instant expiresAt) {}
