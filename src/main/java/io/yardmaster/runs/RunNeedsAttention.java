package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;

/** Told within this server after a commit: a command was put into a run's inbox. */
public record RunNeedsAttention(RunId runId) {}
