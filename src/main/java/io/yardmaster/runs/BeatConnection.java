package io.yardmaster.runs;

import io.yardmaster.database.SeparateConnection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.stereotype.Component;

/**
 * The beat's own way to the database. It waits for no place in the pool, which may be taken, or be slow to fill again after
 * the database was away, and does not wait for long for an answer. For one thread.
 */
@Component
class BeatConnection implements AutoCloseable {

    private static final String BEAT =
            "UPDATE node SET beat = beat + 1, beat_at = now() WHERE node_id = ? AND state <> 'dead'";

    private final DataSource pool;
    private @Nullable Connection open;

    BeatConnection(DataSource pool) {
        this.pool = pool;
    }

    /**
     * Says that a node lives.
     *
     * @param patience with a database that does not answer
     * @return false where the node is dead
     */
    boolean beat(UUID node, Duration patience) {
        boolean isOld = open != null;
        try {
            return send(node, patience);
        } catch (SQLException e) {
            close();
            if (!isOld) {
                throw unreachable(e);
            }
        }
        // The database may be back since the connection broke.
        try {
            return send(node, patience);
        } catch (SQLException e) {
            close();
            throw unreachable(e);
        }
    }

    @Override
    public void close() {
        Connection last = open;
        open = null;
        if (last != null) {
            try {
                last.close();
            } catch (SQLException e) {
                // It is broken, and gone either way.
            }
        }
    }

    private boolean send(UUID node, Duration patience) throws SQLException {
        Connection connection = open;
        if (connection == null) {
            connection = SeparateConnection.open(pool, "yardmaster beat", patience);
            open = connection;
        }
        try (PreparedStatement statement = connection.prepareStatement(BEAT)) {
            statement.setObject(1, node);
            return statement.executeUpdate() == 1;
        }
    }

    private static DataAccessResourceFailureException unreachable(SQLException cause) {
        return new DataAccessResourceFailureException("The database does not answer: " + cause.getMessage(), cause);
    }
}
