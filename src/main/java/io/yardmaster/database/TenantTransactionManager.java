package io.yardmaster.database;

import jakarta.persistence.EntityManagerFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;

/**
 * Tells PostgreSQL, at the start of each transaction, whose rows its row-level security may show, and that a server which
 * falls silent in the middle of one is not to hold its rows for long: other servers want to go on with its runs.
 */
final class TenantTransactionManager extends JpaTransactionManager {

    private static final long serialVersionUID = 1L;

    private final transient DataSource dataSource;

    TenantTransactionManager(EntityManagerFactory entityManagers, DataSource dataSource) {
        super(entityManagers);
        setDataSource(dataSource);
        this.dataSource = dataSource;
    }

    @Override
    protected void doBegin(Object transaction, TransactionDefinition definition) {
        String tenant = Tenancy.bound()
                .orElseThrow(() -> new IllegalStateException("a transaction was begun for no tenant; see Tenancy"));
        super.doBegin(transaction, definition);
        try {
            announce(tenant);
        } catch (SQLException e) {
            doCleanupAfterCompletion(transaction);
            throw new CannotCreateTransactionException("the tenant could not be set", e);
        }
    }

    private void announce(String tenant) throws SQLException {
        // Bound to this transaction by doBegin, so this is its own connection.
        Connection connection = DataSourceUtils.getConnection(dataSource);
        try (PreparedStatement statement = connection.prepareStatement("""
            SELECT set_config('yardmaster.tenant', ?, true),
                   set_config('idle_in_transaction_session_timeout', '5s', true)
            """)) {
            statement.setString(1, tenant);
            statement.execute();
        } finally {
            DataSourceUtils.releaseConnection(connection, dataSource);
        }
    }
}
