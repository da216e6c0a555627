package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A run as a list shows it. */
public record RunSummary(
        RunId runId,
        String jobId,
        String source,
        RunState status,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        Instant updatedAt,
        JsonNode labels,
        JsonNode attributes,
        int priority,
        @Nullable String externalId,
        @Nullable RunId parentRunId,
        @Nullable RunId rerunOf,
        @Nullable Failure failure) {}
