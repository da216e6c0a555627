package io.yardmaster.runs;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Makes room for the days to come, and takes back that of days that are past. */
@Component
class Housekeeping implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);
    private static final long LOOK_AT_DAYS_EVERY = 60;

    private final Partitions partitions;
    private final Retention retention;
    private final RetentionProperties properties;
    private final ScheduledExecutorService clockwork = Executors.newScheduledThreadPool(
            2, Thread.ofVirtual().name("housekeeping").factory());
    private volatile boolean running;

    Housekeeping(Partitions partitions, Retention retention, RetentionProperties properties) {
        this.partitions = partitions;
        this.retention = retention;
        this.properties = properties;
    }

    @Override
    public void start() {
        running = true;
        var _ = clockwork.scheduleWithFixedDelay(
                this::makeRoom, LOOK_AT_DAYS_EVERY, LOOK_AT_DAYS_EVERY, TimeUnit.SECONDS);
        long every = properties.every().toMillis();
        var _ = clockwork.scheduleWithFixedDelay(this::tidy, every / 2, every, TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
        running = false;
        clockwork.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    private void makeRoom() {
        try {
            partitions.create();
        } catch (RuntimeException e) {
            log.atLevel(partitions.areReadyForTomorrow() ? Level.WARN : Level.ERROR)
                    .log("The partitions of the days to come cannot be made: {}", e.getMessage());
        }
    }

    private void tidy() {
        try {
            retention.run();
        } catch (RuntimeException e) {
            if (!running) {
                return;
            }
            log.warn("Runs that are past the retention cannot be removed now: {}", e.getMessage());
        }
    }
}
