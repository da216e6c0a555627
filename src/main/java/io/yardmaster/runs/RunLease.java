package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.util.UUID;

/**
 * The right to drive a run. Each claim has a higher epoch than the one before; what is written under an older one changes
 * nothing.
 */
public record RunLease(RunId runId, Tenant tenant, UUID node, long epoch) {}
