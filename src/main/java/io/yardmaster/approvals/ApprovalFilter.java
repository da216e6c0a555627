package io.yardmaster.approvals;

import io.yardmaster.kernel.RunId;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which approvals are asked for: those that fit all of it.
 *
 * @param statuses any of these
 * @param runId of this run; null: of any
 * @param mine only those that are open and that the caller may still decide
 */
public record ApprovalFilter(
        Set<ApprovalStatus> statuses, @Nullable RunId runId, boolean mine) {}
