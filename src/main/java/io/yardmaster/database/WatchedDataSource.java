package io.yardmaster.database;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** The pool of connections. While the database is away it says so at once, also to those who wait for one already. */
final class WatchedDataSource extends DelegatingDataSource {

    /** How long somebody waits for a connection of a database that is there. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final DatabaseWatch watch;

    private WatchedDataSource(HikariDataSource pool) {
        super(pool);
        this.watch = new DatabaseWatch(pool);
    }

    /** Puts one in the place of each pool. */
    static BeanPostProcessor processor() {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                return bean instanceof HikariDataSource pool ? new WatchedDataSource(pool) : bean;
            }
        };
    }

    @Override
    public Connection getConnection() throws SQLException {
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
}
