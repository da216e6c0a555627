package io.yardmaster.runs;

import com.github.f4b6a3.uuid.factory.standard.TimeOrderedEpochFactory;
import io.yardmaster.kernel.RunId;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Makes run ids. They carry the database's time, because the day of an id is the partition its rows go to: replicas with
 * clocks of their own must agree on it.
 */
@Component
class RunIds {

    private final JdbcClient client;
    private final Clock clock;
    private final TimeOrderedEpochFactory factory;
    private volatile Duration ahead = Duration.ZERO;

    RunIds(JdbcClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
        this.factory = TimeOrderedEpochFactory.builder()
                .withTimeFunction(() -> now().toEpochMilli())
                .build();
        correct();
    }

    RunId next() {
        return new RunId(factory.create());
    }

    /** This server's clock, corrected by how far the database's was ahead of it. */
    Instant now() {
        return clock.instant().plus(ahead);
    }

    /** Compares the clocks again. */
    final void correct() {
        Instant before = clock.instant();
        Instant there = client.sql("SELECT clock_timestamp()")
                .query(Timestamp.class)
                .single()
                .toInstant();
        Duration asking = Duration.between(before, clock.instant());
        ahead = Duration.between(before.plus(asking.dividedBy(2)), there);
    }
}
