package io.yardmaster.runs;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import org.springframework.stereotype.Component;

/** Counts updates, and how long they took, on the server that drove their runs. */
@Component
class UpdateMeters {

    private static final Duration[] STEPS = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        Duration.ofMinutes(1)
    };

    private final MeterRegistry registry;

    UpdateMeters(MeterRegistry registry) {
        this.registry = registry;
        // So that they are there, as zeros, before anybody has asked for anything.
        Arrays.stream(UpdateStatus.values())
                .filter(status -> status != UpdateStatus.PENDING)
                .forEach(this::timer);
    }

    void ended(UpdateStatus status, Duration took) {
        timer(status).record(took.isNegative() ? Duration.ZERO : took);
    }

    private Timer timer(UpdateStatus status) {
        return Timer.builder("yardmaster.updates.duration")
                .description("How long updates took from when they were sent until they were over")
                .tag("status", status.text())
                .serviceLevelObjectives(STEPS)
                .register(registry);
    }
}
