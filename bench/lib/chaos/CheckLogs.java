package chaos;

import java.sql.SQLException;

/** The logs of the runs: no number missing, none twice, one beginning and one end, in the order of the commits. */
final class CheckLogs {

    private static final String ENTRIES = """
        WITH entry AS (
            SELECT run_id, seq AS first, seq AS last, tx FROM run_event
            UNION ALL SELECT run_id, first_seq, last_seq, tx FROM log_chunk
        )
        """;

    private CheckLogs() {}

    static void check(Evidence evidence, Findings findings) throws SQLException {
        evidence.none(findings, Guarantee.SEQUENCE, "a gap, or a number twice", ENTRIES + """
            SELECT run_id AS run, before AS after, first AS comes FROM (
                SELECT run_id, first, lag(last, 1, 0::bigint) OVER (PARTITION BY run_id ORDER BY first, last) AS before
                FROM entry) numbered
            WHERE first <> before + 1 LIMIT 200
            """);
        evidence.none(findings, Guarantee.SEQUENCE, "later in the log, and committed earlier", ENTRIES + """
            SELECT run_id AS run, first AS number FROM (
                SELECT run_id, first, tx, lag(tx) OVER (PARTITION BY run_id ORDER BY first) AS before FROM entry) ordered
            WHERE tx < before LIMIT 200
            """);
        evidence.none(findings, Guarantee.SEQUENCE, "the log ends elsewhere than its run says", ENTRIES + """
            SELECT r.run_id AS run, r.last_seq AS said, max(e.last) AS found
            FROM run r LEFT JOIN entry e ON e.run_id = r.run_id
            WHERE r.status IS NOT NULL
            GROUP BY r.run_id, r.last_seq HAVING max(e.last) IS DISTINCT FROM r.last_seq LIMIT 200
            """);
        evidence.none(findings, Guarantee.SEQUENCE, "not one beginning and one end", """
            SELECT r.run_id AS run, count(*) FILTER (WHERE e.type = 'run.created' AND e.seq = 1) AS beginnings,
                   count(*) FILTER (WHERE e.type = 'run.finished') AS ends,
                   count(*) FILTER (WHERE e.type = 'run.finished' AND e.seq = r.last_seq) AS "ends at the end"
            FROM run r JOIN run_event e ON e.run_id = r.run_id
            WHERE r.status IS NOT NULL
            GROUP BY r.run_id
            HAVING count(*) FILTER (WHERE e.type = 'run.created') <> 1
                OR count(*) FILTER (WHERE e.type = 'run.created' AND e.seq = 1) <> 1
                OR count(*) FILTER (WHERE e.type = 'run.finished') <> 1
                OR count(*) FILTER (WHERE e.type = 'run.finished' AND e.seq = r.last_seq) <> 1 LIMIT 200
            """);
    }
}
