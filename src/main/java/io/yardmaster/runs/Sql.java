package io.yardmaster.runs;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGStatement;
import org.springframework.jdbc.core.PreparedStatementCreator;

/** A statement that is put together from parts, each with its values. */
final class Sql implements PreparedStatementCreator {

    private final StringBuilder text = new StringBuilder();
    private final List<Object> values = new ArrayList<>();

    Sql add(String part, Object... itsValues) {
        text.append(part);
        values.addAll(List.of(itsValues));
        return this;
    }

    Sql add(Sql part) {
        text.append(part.text);
        values.addAll(part.values);
        return this;
    }

    /** Planned anew each time: one plan for rare and for common values would be a bad one for most. */
    @Override
    public PreparedStatement createPreparedStatement(Connection connection) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(text.toString());
        statement.unwrap(PGStatement.class).setPrepareThreshold(0);
        for (int i = 0; i < values.size(); i++) {
            Object value = values.get(i);
            statement.setObject(i + 1, value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value);
        }
        return statement;
    }

    boolean isEmpty() {
        return text.isEmpty();
    }

    @Override
    public String toString() {
        return text + " " + values;
    }
}
