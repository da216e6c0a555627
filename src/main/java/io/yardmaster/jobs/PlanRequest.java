package io.yardmaster.jobs;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is asked to be planned or run.
 *
 * @param source which source the job is in; null: wherever it is, if it is in one only
 * @param args as given; not checked yet
 * @param timeouts shorten the job's own
 * @param securityProfile tightens the server's floor; null asks for nothing
 */
public record PlanRequest(
        JobId jobId,
        @Nullable String source,
        ObjectNode args,
        Timeouts timeouts,
        @Nullable SecurityProfile securityProfile) {}
