package io.yardmaster.executors;

import java.time.Instant;

/**
 * A line of output, without its end. A line beyond 64 KiB arrives as several.
 *
 * @param at when it was read
 */
public record OutputLine(Instant at, String text) {}
