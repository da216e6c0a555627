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
    private static final Duration HOURS = Duration.ofHours(2);

    static NearDays from(Instant start, boolean before) {
        Instant end = before ? start.minus(LENGTH) : start.plus(LENGTH);
        return new NearDays(before ? ">=" : "<", RunMatch.firstOf(end.toEpochMilli()));
    }

    /** The days in which the newest runs of a filter are, if there are many. */
    static NearDays newestOf(RunFilter filter) {
        return from(newest(filter), true);
    }

    /** The last two of these hours, in which they are if there are very many. */
    static NearDays lastHoursOf(RunFilter filter) {
        return new NearDays(">=", RunMatch.firstOf(newest(filter).minus(HOURS).toEpochMilli()));
    }

    /** Before which the newest runs of a filter are. */
    static Instant newest(RunFilter filter) {
        Instant now = Instant.now();
        Instant before = filter.createdBefore();
        return before == null || before.isAfter(now) ? now : before;
    }

    void in(Selection selection) {
        selection.ids(comparison, bound);
    }
}
