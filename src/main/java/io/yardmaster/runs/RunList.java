package io.yardmaster.runs;

import io.yardmaster.kernel.Page;

/**
 * A page of runs and how many there are in all.
 *
 * @param total how many match; no more than were counted where {@code totalIsExact} is false
 */
public record RunList(Page<RunSummary> page, long total, boolean totalIsExact) {}
