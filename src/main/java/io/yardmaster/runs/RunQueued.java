package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;

/** Told within this server after a commit: a run was submitted and waits in the queue. */
public record RunQueued(RunId runId) {}
