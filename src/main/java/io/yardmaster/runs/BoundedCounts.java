package io.yardmaster.runs;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Counts that give up when they take too long, in the transaction of the caller, which goes on. How much of a long history
 * a count has to read depends on what is asked for, and PostgreSQL knows it only when it has read it.
 */
@Component
class BoundedCounts {

    /** The SQLSTATE {@code query_canceled}, of PostgreSQL's table of error codes. */
    private static final String CANCELLED = "57014";

    private final JdbcTemplate jdbc;
    private final Duration patience;

    BoundedCounts(JdbcTemplate jdbc, ListsProperties properties) {
        this.jdbc = jdbc;
        this.patience = properties.countWithin();
    }

    /** What a query counts; empty where it was given up. */
    <T> Optional<T> count(Supplier<T> query) {
        return jdbc.execute((ConnectionCallback<Optional<T>>) connection -> {
            Savepoint before = connection.setSavepoint();
            try {
                giveUpAfter(connection, patience.toMillis() + "ms");
                T counted = query.get();
                giveUpAfter(connection, "DEFAULT");
                connection.releaseSavepoint(before);
                return Optional.of(counted);
            } catch (DataAccessException e) {
                if (!isCancelled(e)) {
                    throw e;
                }
                connection.rollback(before);
                return Optional.empty();
            }
        });
    }

    private static void giveUpAfter(Connection connection, String time) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL statement_timeout = " + (time.equals("DEFAULT") ? time : "'" + time + "'"));
        }
    }

    private static boolean isCancelled(DataAccessException thrown) {
        for (@Nullable Throwable e = thrown; e != null; e = e.getCause()) {
            if (e instanceof SQLException sql && CANCELLED.equals(sql.getSQLState())) {
                return true;
            }
        }
        return false;
    }
}
