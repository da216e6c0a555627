package io.yardmaster.events;

import java.time.Duration;
import org.springframework.stereotype.Component;

/** The bell of those who read the logs of all runs: it rings whenever one may have grown. */
@Component
class AnyRun {

    private final Bell bell = new Bell();

    void ring() {
        bell.ring();
    }

    long count() {
        return bell.count();
    }

    boolean awaitAfter(long seen, Duration atMost) throws InterruptedException {
        return bell.awaitAfter(seen, atMost);
    }
}
