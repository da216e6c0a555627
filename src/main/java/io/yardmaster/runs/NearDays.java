package io.yardmaster.runs;

import io.yardmaster.runs.RunMatch.Selection;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * The days next to a moment, on one side of it. Each day of history is a part of each table, and PostgreSQL, which plans a
 * question for every part, leaves out those that a bound of ids rules out.
 */
record NearDays(String comparison, UUID bound) {

    private static final Duration LENGTH = Duration.ofDays(2);

    static NearDays from(Instant start, boolean before) {
        Instant end = before ? start.minus(LENGTH) : start.plus(LENGTH);
        return new NearDays(before ? ">=" : "<", RunMatch.firstOf(end.toEpochMilli()));
    }

    void in(Selection selection) {
        selection.ids(comparison, bound);
    }
}
