package io.yardmaster.runs;

import java.util.List;

/**
 * Some of a run's frames, in their order.
 *
 * @param run as it was when they were read; nothing beyond its log's end is in them
 * @param more whether there were more of them
 */
public record RunFrames(RunView run, List<RunFrame> frames, boolean more) {}
