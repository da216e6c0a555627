package io.yardmaster.events;

import org.jspecify.annotations.Nullable;

/**
 * A part of a run's log.
 *
 * @param elements the elements of a JSON array, without its brackets
 * @param nextAfter the position to go on from; null where this looked at everything there is
 */
public record LogPage(String elements, @Nullable Long nextAfter) {}
