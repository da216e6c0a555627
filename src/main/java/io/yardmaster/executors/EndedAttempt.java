package io.yardmaster.executors;

import java.time.Instant;

/**
 * An attempt that ended by itself, as its files tell.
 *
 * @param at when it left its exit code
 */
public record EndedAttempt(String stepId, int attempt, int exitCode, Instant at) {}
