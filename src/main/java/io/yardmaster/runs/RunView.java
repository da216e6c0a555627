package io.yardmaster.runs;

import io.yardmaster.kernel.PlanId;
import io.yardmaster.kernel.RunId;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A run as people see it.
 *
 * @param args resolved; secrets are masked
 * @param waitsFor what a waiting run waits for; null otherwise
 * @param ownerNode the server that drives it; null where none does
 * @param lastSeq the end of its log
 * @param parentRunId the run that started it; null: none did
 * @param rerunOf the run that it repeats, in whole or in part; null: none
 * @param pause who wants it to pause, since when and why; null where nobody does
 */
public record RunView(
        RunId runId,
        String jobId,
        String source,
        @Nullable String sourceRevision,
        String jobDigest,
        @Nullable PlanId planId,
        String planDigest,
        JsonNode args,
        JsonNode labels,
        int priority,
        @Nullable String externalId,
        String securityProfile,
        String submittedBy,
        RunState status,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        Instant updatedAt,
        @Nullable Instant deadlineAt,
        @Nullable JsonNode result,
        @Nullable Failure failure,
        @Nullable JsonNode waitsFor,
        @Nullable UUID ownerNode,
        long lastSeq,
        JsonNode attributes,
        @Nullable RunId parentRunId,
        @Nullable RunId rerunOf,
        @Nullable JsonNode pause) {}
