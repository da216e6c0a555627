package chaos;

import java.math.BigInteger;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/** All that there is to judge by, when everything has ended. */
record Evidence(
        Options options, Cluster cluster, Client client, Ledger ledger, Readers readers, Connection connection) {

    private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /** What is done with a row. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> all(String sql, Row<T> mapper) throws SQLException {
        List<T> found = new ArrayList<>();
        each(sql, row -> found.add(mapper.read(row)));
        return found;
    }

    /** One row after the other, however many there are. */
    void each(String sql, Row<?> reader) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(5000);
            try (ResultSet rows = statement.executeQuery(sql)) {
                while (rows.next()) {
                    reader.read(rows);
                }
            }
        } finally {
            connection.rollback();
        }
    }

    long number(String sql) throws SQLException {
        return all(sql, row -> row.getLong(1)).getFirst();
    }

    /** Each row of what should be none, as text. */
    void none(Findings findings, Guarantee guarantee, String what, String sql) throws SQLException {
        each(sql, row -> {
            StringBuilder text = new StringBuilder(what);
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                Object value = row.getObject(i);
                text.append(i == 1 ? ": " : ", ")
                        .append(row.getMetaData().getColumnLabel(i))
                        .append(' ')
                        .append(
                                value instanceof UUID id
                                                && row.getMetaData()
                                                        .getColumnLabel(i)
                                                        .equals("run")
                                        ? run(id)
                                        : value);
            }
            findings.add(guarantee, text.toString());
            return null;
        });
    }

    /** The id of a run as callers know it. */
    static String run(UUID id) {
        BigInteger rest = new BigInteger(id.toString().replace("-", ""), 16);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 26; i++) {
            text.append(DIGITS.charAt(rest.and(BigInteger.valueOf(31)).intValue()));
            rest = rest.shiftRight(5);
        }
        return "run_" + text.reverse();
    }

    /** The id of a run as the database knows it. */
    static UUID uuid(String run) {
        BigInteger id = BigInteger.ZERO;
        for (char digit : run.substring(4).toCharArray()) {
            id = id.shiftLeft(5).or(BigInteger.valueOf(DIGITS.indexOf(digit)));
        }
        String hex = String.format(Locale.ROOT, "%032x", id);
        return UUID.fromString(hex.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5"));
    }
}
