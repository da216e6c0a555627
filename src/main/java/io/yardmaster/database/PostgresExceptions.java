package io.yardmaster.database;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;

/**
 * Knows what PostgreSQL says when somebody else has held a lock for longer than the statement was to wait; whoever asked
 * for such a bound catches that, and tries again or says so.
 */
final class PostgresExceptions extends SQLExceptionSubclassTranslator {

    private static final String LOCK_NOT_AVAILABLE = "55P03";

    @Override
    protected @Nullable DataAccessException doTranslate(String task, @Nullable String sql, SQLException thrown) {
        return LOCK_NOT_AVAILABLE.equals(thrown.getSQLState())
                ? new CannotAcquireLockException(buildMessage(task, sql, thrown), thrown)
                : super.doTranslate(task, sql, thrown);
    }
}
