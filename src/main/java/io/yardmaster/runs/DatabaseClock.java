package io.yardmaster.runs;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * The database's time, kept by this server's clock and how far the database's was ahead of it. Runs are timed by it
 * alone: what one server writes, SQL and other servers compare.
 */
@Component
public final class DatabaseClock extends Clock {

    private final JdbcTemplate jdbc;
    private final Clock local;
    private volatile Duration ahead = Duration.ZERO;

    DatabaseClock(JdbcTemplate jdbc, Clock local) {
        this.jdbc = jdbc;
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
        ahead = Objects.requireNonNull(jdbc.execute(this::howFarAhead));
    }

    /** What is measured is the answer alone, not how long it took to get a connection. */
    private Duration howFarAhead(Statement statement) throws SQLException {
        Instant before = local.instant();
        try (ResultSet answer = statement.executeQuery("SELECT clock_timestamp()")) {
            answer.next();
            Instant there = answer.getTimestamp(1).toInstant();
            Duration asking = Duration.between(before, local.instant());
            return Duration.between(before.plus(asking.dividedBy(2)), there);
        }
    }
}
