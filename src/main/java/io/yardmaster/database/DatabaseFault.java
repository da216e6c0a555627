package io.yardmaster.database;

import jakarta.persistence.PersistenceException;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.UnexpectedRollbackException;

/** Tells a database that is away, full or busy from a statement that it will never accept. */
public final class DatabaseFault {

    private static final int DEEPEST_CAUSE = 12;

    /** Connections, conflicts, resources, locks, operators, the system around it. */
    private static final Set<String> PASSING_CLASSES = Set.of("08", "40", "53", "55", "57", "58");

    /** A database that is about to take over for another; a transaction was silent for too long, or took too long. */
    private static final Set<String> PASSING_STATES = Set.of("25006", "25P03", "25P04");

    private static final Duration PAUSE = Duration.ofMillis(250);

    private DatabaseFault() {}

    /**
     * What a question answers that changes nothing; it is asked again while the database has a passing fault.
     *
     * @param patience after which the fault is thrown
     */
    public static <T> T outlast(Duration patience, Supplier<T> question) {
        long begun = System.nanoTime();
        while (true) {
            try {
                return question.get();
            } catch (RuntimeException e) {
                if (!isPassing(e) || System.nanoTime() - begun > patience.toNanos()) {
                    throw e;
                }
                LockSupport.parkNanos(PAUSE.toNanos());
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
            }
        }
    }

    /** Whether the same may well succeed a while later. */
    public static boolean isPassing(RuntimeException fault) {
        if (fault instanceof TransientDataAccessException
                || fault instanceof RecoverableDataAccessException
                || fault instanceof DataAccessResourceFailureException) {
            return true;
        }
        if (fault instanceof TransactionException) {
            return !(fault instanceof UnexpectedRollbackException);
        }
        return (fault instanceof DataAccessException || fault instanceof PersistenceException)
                && hasPassingCause(fault);
    }

    private static boolean hasPassingCause(Throwable fault) {
        Throwable e = fault;
        for (int depth = 0; e != null && depth < DEEPEST_CAUSE; depth++) {
            // A pool without a connection says no state.
            if (e instanceof SQLTransientException || (e instanceof SQLException sql && isPassing(sql.getSQLState()))) {
                return true;
            }
            e = e.getCause();
        }
        return false;
    }

    private static boolean isPassing(@Nullable String state) {
        return state != null
                && state.length() == 5
                && (PASSING_CLASSES.contains(state.substring(0, 2)) || PASSING_STATES.contains(state));
    }
}
