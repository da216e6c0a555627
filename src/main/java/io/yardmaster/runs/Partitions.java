package io.yardmaster.runs;

import io.yardmaster.database.Tenancy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The days of history, each a partition of every table that is divided by run id. They are made ahead of time, from
 * yesterday, for clocks that lag, to some days on; a day that is past the retention is taken off and dropped.
 */
@Component
class Partitions implements HistoryDays {

    private static final Logger log = LoggerFactory.getLogger(Partitions.class);
    private static final int DAYS = 6;
    private static final String PAST_THE_RETENTION = "past the retention, to be removed";

    /** Whoever waits for a lock lets others wait behind: so nobody waits long, and tries again later. */
    private static final String LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'";

    /** To detach a partition means to wait for every query that may be reading it. */
    private static final int PATIENCE_SECONDS = 30;

    /** What begins with it goes first: a run that is gone is not found any more, whatever is still kept of it. */
    private static final Comparator<Part> ORDER =
            Comparator.comparing((Part part) -> !part.history().equals("run")).thenComparing(Part::history);

    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final DataSource dataSource;
    private final DatabaseClock clock;
    private volatile LocalDate readyUntil = LocalDate.EPOCH;

    Partitions(JdbcClient client, TransactionTemplate transactions, DataSource dataSource, DatabaseClock clock) {
        this.client = client;
        this.transactions = transactions;
        this.dataSource = dataSource;
        this.clock = clock;
        try {
            create();
        } catch (DataAccessException e) {
            // Somebody reads all of history, for instance to back it up, and holds on to it; it is tried again soon.
            log.warn("The partitions of the days to come cannot be made now: {}", e.getMessage());
            look();
        }
    }

    /** Makes the days to come, where there are not enough. */
    final void create() {
        if (readyUntil.isAfter(today().plusDays(DAYS - 3L))) {
            return;
        }
        Integer made = Tenancy.allTenants(() -> transactions.execute(transaction -> {
            client.sql(LOCK_TIMEOUT).update();
            return client.sql("SELECT create_partitions((now() AT TIME ZONE 'UTC')::date - 1, :days)")
                    .param("days", DAYS)
                    .query(Integer.class)
                    .single();
        }));
        if (made != null && made > 0) {
            log.info("Made {} partitions for the days to come", made);
        }
        look();
    }

    /** Sees which is the last day that all tables have a partition for. */
    final void look() {
        readyUntil = Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("""
                    SELECT coalesce(min(last), date '1970-01-01')
                    FROM (SELECT max(day) AS last FROM history_day GROUP BY history) each
                    """).query(LocalDate.class).single())));
    }

    @Override
    public boolean areReadyForTomorrow() {
        return daysAhead() >= 1;
    }

    /** How many days after this one there is room for; negative where there is none for this day. */
    long daysAhead() {
        return readyUntil.toEpochDay() - today().toEpochDay();
    }

    /** The days before another one that are still there, the first one first. */
    List<LocalDate> before(LocalDate day) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("SELECT DISTINCT day FROM history_day WHERE day < :day ORDER BY day")
                        .param("day", day)
                        .query(LocalDate.class)
                        .list())));
    }

    /** Takes a day's runs off, which are not found any more; what is kept of them is still there. */
    void dropRuns(LocalDate day) throws SQLException {
        drop(parts("day = :day AND history = 'run'", day));
    }

    /** Takes a day off all tables and gives its disk space back. Said to fail, it can be tried again. */
    void drop(LocalDate day) throws SQLException {
        drop(parts("day = :day", day));
    }

    private void drop(List<Part> parts) throws SQLException {
        parts.forEach(this::mark);
        for (Part part : parts) {
            detach(part);
            drop(part.name());
        }
    }

    /**
     * Finishes what was begun before: while one partition is half off, no other of its table can be taken off; and what is
     * off and still there takes up its space. What somebody else has taken off, to keep it, is not touched.
     */
    void finish() throws SQLException {
        for (Part part : parts("half_detached", LocalDate.EPOCH)) {
            detach(part);
        }
        List<String> left =
                Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(transaction -> client.sql("""
                    SELECT c.relname::text FROM pg_class c
                    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
                      AND EXISTS (SELECT 1 FROM pg_partitioned_table p JOIN pg_class parent ON parent.oid = p.partrelid
                                  WHERE parent.relnamespace = c.relnamespace
                                    AND c.relname ~ ('^' || parent.relname || '_[0-9]{8}$'))
                      AND obj_description(c.oid, 'pg_class') = :mark
                    ORDER BY c.relname
                    """)
                        .param("mark", PAST_THE_RETENTION)
                        .query(String.class)
                        .list())));
        left.forEach(this::drop);
    }

    /** Tells it, once it is off, from what is somebody else's. */
    private void mark(Part part) {
        Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("COMMENT ON TABLE " + part.name() + " IS '" + PAST_THE_RETENTION + "'")
                        .update()));
    }

    private List<Part> parts(String which, LocalDate day) {
        List<Part> parts = Objects.requireNonNull(Tenancy.allTenants(() -> transactions.execute(
                transaction -> client.sql("SELECT history, partition, half_detached FROM history_day WHERE " + which)
                        .param("day", day)
                        .query((row, n) -> new Part(
                                row.getString("history"), row.getString("partition"), row.getBoolean("half_detached")))
                        .list())));
        return parts.stream().sorted(ORDER).toList();
    }

    /** Outside of any transaction, as it must be. */
    private void detach(Part part) throws SQLException {
        Connection connection = dataSource.getConnection();
        try (Statement statement = connection.createStatement()) {
            connection.setAutoCommit(true);
            statement.setQueryTimeout(PATIENCE_SECONDS);
            statement.execute("ALTER TABLE " + part.history() + " DETACH PARTITION " + part.name()
                    + (part.halfDetached() ? " FINALIZE" : " CONCURRENTLY"));
        } finally {
            JdbcUtils.closeConnection(connection);
        }
    }

    private void drop(String table) {
        Tenancy.allTenants(() -> transactions.execute(transaction -> {
            client.sql(LOCK_TIMEOUT).update();
            return client.sql("DROP TABLE IF EXISTS " + table).update();
        }));
    }

    LocalDate today() {
        return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    }

    private record Part(String history, String name, boolean halfDetached) {}
}
