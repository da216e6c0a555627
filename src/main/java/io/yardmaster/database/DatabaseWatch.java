package io.yardmaster.database;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.jdbc.PgConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the database once a second, over a connection of its own, whether it is there. One that has stopped or is frozen
 * would otherwise hold everybody who needs it until a time runs out; while it is known to be away, nobody waits.
 */
final class DatabaseWatch {

    private static final Logger log = LoggerFactory.getLogger(DatabaseWatch.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration PERIOD_WHILE_AWAY = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    /** It is there, and has no connection left. */
    private static final String TOO_MANY_CONNECTIONS = "53300";

    private final HikariDataSource pool;
    private final Set<PgConnection> lent = ConcurrentHashMap.newKeySet();
    private final Semaphore bell = new Semaphore(0);
    private @Nullable Connection connection;
    private volatile boolean away;
    private volatile boolean watching;

    DatabaseWatch(HikariDataSource pool) {
        this.pool = pool;
    }

    boolean isAway() {
        return away;
    }

    /** Has it looked at soon. */
    void look() {
        bell.release();
    }

    /** Remembers a connection, to break it off when the database stops answering. */
    void lent(Connection given) throws SQLException {
        if (!watching && pool.getJdbcUrl() != null) {
            start();
        }
        if (given.isWrapperFor(PgConnection.class)) {
            if (lent.size() > 2 * pool.getMaximumPoolSize()) {
                lent.removeIf(DatabaseWatch::isClosed);
            }
            lent.add(given.unwrap(PgConnection.class));
        }
    }

    private synchronized void start() {
        if (!watching) {
            watching = true;
            Thread.ofPlatform().name("database-watch").daemon().start(this::watch);
        }
    }

    private void watch() {
        try {
            while (!pool.isClosed()) {
                boolean answers = answers();
                if (!pool.isClosed() && answers == away) {
                    change(!answers);
                }
                var _ = bell.tryAcquire((away ? PERIOD_WHILE_AWAY : PERIOD).toMillis(), TimeUnit.MILLISECONDS);
                bell.drainPermits();
                if (away) {
                    // Whoever rings meanwhile knows nothing new.
                    Thread.sleep(PERIOD_WHILE_AWAY);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            disconnect();
        }
    }

    private void change(boolean nowAway) {
        away = nowAway;
        if (nowAway) {
            log.warn("The database does not answer; requests that need it are refused until it does");
            // Those that nobody uses first, so that nobody is given one that was broken off.
            pool.getHikariPoolMXBean().softEvictConnections();
            lent.forEach(DatabaseWatch::breakOff);
            lent.clear();
        } else {
            log.info("The database answers again");
        }
    }

    /** A connection may break without meaning anything, so it is asked over a new one before it counts as away. */
    private boolean answers() {
        return (connection != null && answers(connection)) || answersAnew();
    }

    private boolean answersAnew() {
        disconnect();
        try {
            connection = SeparateConnection.open(pool, "yardmaster watch", PATIENCE);
            return answers(connection);
        } catch (SQLException e) {
            log.debug("The database cannot be reached", e);
            return TOO_MANY_CONNECTIONS.equals(e.getSQLState());
        }
    }

    private static boolean answers(Connection asked) {
        try (Statement statement = asked.createStatement()) {
            return statement.execute("SELECT 1");
        } catch (SQLException e) {
            log.debug("The database does not answer", e);
            return false;
        }
    }

    private void disconnect() {
        if (connection != null) {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException e) {
                log.debug("The watch's connection could not be closed", e);
            }
            connection = null;
        }
    }

    private static void breakOff(PgConnection stuck) {
        try {
            stuck.abort(Runnable::run);
        } catch (SQLException e) {
            log.debug("A connection could not be broken off", e);
        }
    }

    private static boolean isClosed(PgConnection one) {
        try {
            return one.isClosed();
        } catch (SQLException e) {
            return true;
        }
    }
}
