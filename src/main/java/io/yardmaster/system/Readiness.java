package io.yardmaster.system;

import io.yardmaster.database.Sampled;
import io.yardmaster.jobs.Jobs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What is missing before requests are welcome. The database is asked once a second at most, however many probes ask. */
@Component
class Readiness {

    private static final Duration REST = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMillis(800);

    /** A database that is slow for a moment, or restarted behind a proxy, takes no server out of the service. */
    private static final Duration KEEP = Duration.ofSeconds(3);

    private final ApplicationAvailability availability;
    private final Jobs jobs;
    private final JdbcClient client;
    private final String migration;
    private final Sampled<Boolean> migrated;
    private volatile boolean started;

    Readiness(ApplicationAvailability availability, Jobs jobs, JdbcClient client) {
        this.availability = availability;
        this.jobs = jobs;
        this.client = client;
        this.migration = newest();
        this.migrated = new Sampled<>("readiness", REST, PATIENCE, KEEP, this::isMigrated);
    }

    /** The parts that are not ready; empty where all are. */
    List<String> missing() {
        List<String> missing = new ArrayList<>();
        if (availability.getReadinessState() != ReadinessState.ACCEPTING_TRAFFIC) {
            missing.add(hasStarted() ? "draining" : "starting");
        }
        migrated.get()
                .ifPresentOrElse(
                        done -> {
                            if (!done) {
                                missing.add("migrations");
                            }
                        },
                        () -> missing.add("database"));
        if (!jobs.isListed()) {
            missing.add("catalogue");
        }
        return missing;
    }

    /** Whether the server has been ready once. */
    boolean hasStarted() {
        return started;
    }

    @EventListener
    void started(ApplicationReadyEvent event) {
        var _ = migrated.get();
        started = true;
    }

    private boolean isMigrated() {
        return client.sql("SELECT EXISTS (SELECT 1 FROM flyway_schema_history WHERE version = :version AND success)")
                .param("version", migration)
                .query(Boolean.class)
                .single();
    }

    /**
     * What the database was brought to, or had been by a newer server, when this one started. The migrations are done
     * before there is a client to ask with.
     */
    private String newest() {
        return client.sql("SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL"
                        + " ORDER BY installed_rank DESC LIMIT 1")
                .query(String.class)
                .single();
    }
}
