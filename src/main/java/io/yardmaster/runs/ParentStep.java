package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;

/** The step that has started a run. */
public record ParentStep(RunId runId, String stepId) {}
