package io.yardmaster.engine;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How long a run has worked: time counts while an attempt is under way, over restarts and changes of owner. */
final class WorkTime {

    private Duration before;
    private @Nullable Instant since;

    WorkTime(Duration before, @Nullable Instant since) {
        this.before = before;
        this.since = since;
    }

    /** What was worked before the present stretch of work. */
    Duration before() {
        return before;
    }

    /** When the present stretch of work began; null where nothing works. */
    @Nullable
    Instant since() {
        return since;
    }

    void working(Instant now) {
        if (since == null) {
            since = now;
        }
    }

    void resting(Instant now) {
        if (since != null) {
            before = before.plus(Duration.between(since, now));
            since = null;
        }
    }

    /** When so much will have been worked, if the work goes on; null where it rests or there is no bound. */
    @Nullable
    Instant reaches(@Nullable Duration bound) {
        return bound == null || since == null ? null : since.plus(bound).minus(before);
    }
}
