package io.yardmaster.kernel;

import java.time.Instant;

/**
 * One line that a process wrote.
 *
 * @param at when the server read it
 * @param text the line without its line break
 */
public record OutputLine(Instant at, String text) {}
