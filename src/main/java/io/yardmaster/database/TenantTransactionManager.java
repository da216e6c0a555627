package io.yardmaster.database;

import jakarta.persistence.EntityManagerFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;

/**
 * Tells PostgreSQL, at the start of each transaction, whose rows its row-level security may show, that a server which
 * falls silent in the middle of one is not to hold its rows for long, as other servers want to go on with its runs, and
 * whether it shall plan each statement for what it is given: in a read-only transaction it does.
 */
final class TenantTransactionManager extends JpaTransactionManager {

    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(TenantTransactionManager.class);

    /**
     * What goes by keys has the same plan for all of them. PostgreSQL would make a new one each time, because one that
     * knows the partition already looks cheaper: making it takes several times as long as following it.
     */
    private static final String PLAN_ONCE = "force_generic_plan";

    /** How a list is best read depends on what is asked for. */
    private static final String PLAN_ANEW = "auto";

    private final transient DataSource dataSource;
    private final String silence;

    TenantTransactionManager(
            EntityManagerFactory entityManagers, DataSource dataSource, TransactionProperties properties) {
        super(entityManagers);
        this.silence = properties.silence().toMillis() + "ms";
        setDataSource(dataSource);
        this.dataSource = dataSource;
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {
        String tenant = Tenancy.bound()
                .orElseThrow(() -> new IllegalStateException("a transaction was begun for no tenant; see Tenancy"));
        super.doBegin(transaction, withoutIsolation(definition));
        try {
            announce(tenant, definition);
        } catch (SQLException e) {
            doCleanupAfterCompletion(transaction);
            throw new CannotCreateTransactionException("the tenant could not be set", e);
        } catch (RuntimeException e) {
            doCleanupAfterCompletion(transaction);
            throw e;
        }
    }

    /** Tells a commit that nobody knows the outcome of from one that was refused. */
    @Override
    protected void doCommit(DefaultTransactionStatus status) {
        try {
            super.doCommit(status);
        } catch (RuntimeException e) {
            if (isConnectionLost(e)) {
                throw new DataAccessResourceFailureException("the connection was lost during the commit", e);
            }
            throw e;
        }
    }

    /** Where the connection is lost, the transaction is, too: whoever noticed first has the better story to tell. */
    @Override
    protected void doRollback(DefaultTransactionStatus status) {
        try {
            super.doRollback(status);
        } catch (RuntimeException e) {
            if (!isConnectionLost(e)) {
                throw e;
            }
            log.debug("The connection was lost before the rollback", e);
        }
    }

    private static boolean isConnectionLost(Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (e instanceof SQLException sql) {
                String state = sql.getSQLState();
                // The pool says that a connection is closed without a state.
                return state == null || state.startsWith("08") || state.startsWith("57P");
            }
        }
        return false;
    }

    /**
     * The driver would set the isolation for the session. Behind a pooler in transaction mode the session is somebody
     * else's a moment later, and his updates fail where they would have waited.
     */
    private static TransactionDefinition withoutIsolation(TransactionDefinition definition) {
        DefaultTransactionDefinition plain = new DefaultTransactionDefinition(definition);
        plain.setIsolationLevel(TransactionDefinition.ISOLATION_DEFAULT);
        return plain;
    }

    private static String isolation(int level) {
        return switch (level) {
            case TransactionDefinition.ISOLATION_DEFAULT -> "";
            case TransactionDefinition.ISOLATION_REPEATABLE_READ -> "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;";
            default -> throw new IllegalArgumentException("isolation level " + level);
        };
    }

    private void announce(String tenant, TransactionDefinition definition) throws SQLException {
        // Bound to this transaction by doBegin, so this is its own connection.
        Connection connection = DataSourceUtils.getConnection(dataSource);
        // No constraint of a table could rule out a partition that its bounds do not; looking takes time at each list.
        try (PreparedStatement statement =
                connection.prepareStatement(isolation(definition.getIsolationLevel()) + """
                    SELECT set_config('yardmaster.tenant', ?, true),
                           set_config('idle_in_transaction_session_timeout', ?, true),
                           set_config('constraint_exclusion', 'off', true),
                           set_config('plan_cache_mode', ?, true)
                    """)) {
            statement.setString(1, tenant);
            statement.setString(2, silence);
            statement.setString(3, definition.isReadOnly() ? PLAN_ANEW : PLAN_ONCE);
            statement.execute();
        } finally {
            DataSourceUtils.releaseConnection(connection, dataSource);
        }
    }
}
