package io.yardmaster.system;

import io.yardmaster.runs.Nodes;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * The first thing that happens to a server that stops: nothing, for a while. Its readiness says no already, and it claims
 * no runs; everything else goes on, until those who send requests here have noticed.
 */
@Component
class Draining implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Draining.class);

    private final Duration delay;
    private final Nodes nodes;
    private volatile boolean running;

    Draining(ShutdownProperties properties, Nodes nodes) {
        this.delay = properties.drainDelay();
        this.nodes = nodes;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        if (delay.isZero()) {
            return;
        }
        log.info("Not ready any more; stopping in {} ms", delay.toMillis());
        // The database may be away, and nothing waits for it here.
        Thread.ofVirtual().name("draining").start(nodes::drain);
        try {
            Thread.sleep(delay);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before everything that anybody could notice; with a bean of this phase also stop all those that use it. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }
}
