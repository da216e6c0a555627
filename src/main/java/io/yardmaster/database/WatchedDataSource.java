package io.yardmaster.database;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * The pool of connections. While the database is away it says so at once, also to those who wait for one already; a
 * server that is still starting waits for it instead.
 */
final class WatchedDataSource extends DelegatingDataSource {

    private static final Logger log = LoggerFactory.getLogger(WatchedDataSource.class);

    /** How long somebody waits for a connection of a database that is there. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final long PERIOD_WHILE_AWAY_MS = 250;

    private final DatabaseWatch watch;
    private final DatabaseStartProperties start;
    private volatile boolean starting = true;

    private WatchedDataSource(HikariDataSource pool, DatabaseStartProperties start) {
        super(pool);
        this.watch = new DatabaseWatch(pool);
        this.start = start;
    }

    /** Puts one in the place of each pool. */
    static BeanPostProcessor processor(ObjectProvider<DatabaseStartProperties> start) {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                return bean instanceof HikariDataSource pool ? new WatchedDataSource(pool, start.getObject()) : bean;
            }
        };
    }

    /** From now on nobody waits for a database that is away. */
    void started() {
        starting = false;
    }

    @Override
    public Connection getConnection() throws SQLException {
        return starting ? awaitConnection() : connection();
    }

    private Connection connection() throws SQLException {
        long begun = System.nanoTime();
        while (true) {
            if (watch.isAway()) {
                throw new SQLTransientConnectionException("the database does not answer", "08001");
            }
            try {
                // The pool's own patience is short, so that this looks again.
                Connection connection = super.getConnection();
                watch.lent(connection);
                return connection;
            } catch (SQLTransientConnectionException e) {
                watch.look();
                if (System.nanoTime() - begun > PATIENCE.toNanos()) {
                    throw e;
                }
            }
        }
    }

    private Connection awaitConnection() throws SQLException {
        long deadline = System.nanoTime() + start.patience().toNanos();
        boolean told = false;
        while (true) {
            try {
                return connection();
            } catch (SQLException e) {
                if (!isAway(e) || System.nanoTime() >= deadline) {
                    throw e;
                }
                if (!told) {
                    log.warn(
                            "The database does not answer; the start goes on when it does, within {} s: {}",
                            start.patience().toSeconds(),
                            e.getMessage());
                    told = true;
                }
                rest(e);
            }
        }
    }

    /** Of no connection, and of a server that goes down or comes up; a wrong password does not mend itself. */
    private static boolean isAway(SQLException thrown) {
        String state = thrown.getSQLState();
        return thrown instanceof SQLTransientConnectionException
                || (state != null && (state.startsWith("08") || state.startsWith("57P")));
    }

    private static void rest(SQLException why) throws SQLException {
        try {
            Thread.sleep(PERIOD_WHILE_AWAY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw why;
        }
    }
}
