package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;

/** Told within this server after a commit: a run was submitted, or a command was put into its inbox. */
public record RunNeedsAttention(RunId runId) {}
