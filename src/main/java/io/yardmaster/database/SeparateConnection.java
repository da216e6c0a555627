package io.yardmaster.database;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections outside of the pool, with its settings: for who must not wait for a place in it, or would take one for
 * as long as the server runs.
 */
public final class SeparateConnection {

    private SeparateConnection() {}

    /**
     * Opens one to where the connections of the pool lead.
     *
     * @param name what PostgreSQL shows as the name of the application
     * @param patience with a database that does not answer, for the connection and for each statement, to the second
     */
    public static Connection open(DataSource pool, String name, Duration patience) throws SQLException {
        return open(pool, null, name, patience);
    }

    /**
     * The same.
     *
     * @param url where it leads; null: where those of the pool do
     */
    public static Connection open(DataSource pool, @Nullable String url, String name, Duration patience)
            throws SQLException {
        HikariDataSource settings = pool.unwrap(HikariDataSource.class);
        Properties properties = new Properties();
        properties.putAll(settings.getDataSourceProperties());
        // Either may be in the URL.
        set(properties, "user", settings.getUsername());
        set(properties, "password", settings.getPassword());
        String seconds = Long.toString(Math.max(1, patience.toSeconds()));
        properties.setProperty("connectTimeout", seconds);
        properties.setProperty("loginTimeout", seconds);
        properties.setProperty("socketTimeout", seconds);
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("ApplicationName", name);
        return DriverManager.getConnection(url == null ? settings.getJdbcUrl() : url, properties);
    }

    private static void set(Properties properties, String name, @Nullable String value) {
        if (value != null) {
            properties.setProperty(name, value);
        }
    }
}
