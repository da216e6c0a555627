package io.yardmaster.runs;

import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * The database's time, kept by this server's clock and how far the database's was ahead of it. Runs are timed by it
 * alone: what one server writes, SQL and other servers compare.
 */
@Component
public final class DatabaseClock extends Clock {

    private final JdbcClient client;
    private final Clock local;
    private volatile Duration ahead = Duration.ZERO;

    DatabaseClock(JdbcClient client, Clock local) {
        this.client = client;
        this.local = local;
        correct();
    }

    @Override
    public Instant instant() {
        return local.instant().plus(ahead);
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("the database's time is kept in UTC");
    }

    /** Compares the clocks again. */
    void correct() {
        Instant before = local.instant();
        Instant there = client.sql("SELECT clock_timestamp()")
                .query(Timestamp.class)
                .single()
                .toInstant();
        Duration asking = Duration.between(before, local.instant());
        ahead = Duration.between(before.plus(asking.dividedBy(2)), there);
    }
}
