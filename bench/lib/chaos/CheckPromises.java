package chaos;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What was promised to callers: their runs are there, one for each key, they end, and as somebody wanted. */
final class CheckPromises {

    private CheckPromises() {}

    static void check(Evidence evidence, Findings findings) throws SQLException {
        Map<String, Stored> stored = new HashMap<>();
        evidence.each(
                """
                SELECT r.run_id, r.status, r.labels ->> 'key' AS key, r.rerun_of, r.failure ->> 'code' AS code, l.state
                FROM run r LEFT JOIN run_live l ON l.run_id = r.run_id
                """,
                row -> stored.put(
                        Evidence.run(row.getObject("run_id", java.util.UUID.class)),
                        new Stored(
                                row.getString("status"),
                                row.getString("key"),
                                row.getString("rerun_of") != null,
                                row.getString("code"),
                                row.getString("state"))));
        accepted(evidence, stored, findings);
        keys(evidence, stored, findings);
        ends(evidence, stored, findings);
    }

    private static void accepted(Evidence evidence, Map<String, Stored> stored, Findings findings) {
        for (Ledger.Promise promise : evidence.ledger().promises()) {
            Stored run = stored.get(promise.runId());
            if (run == null) {
                findings.add(Guarantee.ACCEPTED, promise.runId() + " (" + promise.key() + ") is lost");
            } else if (!promise.key().equals(run.key())) {
                findings.add(Guarantee.ACCEPTED, promise.runId() + " is that of " + run.key());
            }
        }
    }

    private static void keys(Evidence evidence, Map<String, Stored> stored, Findings findings) {
        Set<String> answered = new HashSet<>();
        evidence.ledger().promises().forEach(promise -> answered.add(promise.key()));
        Map<String, String> seen = new HashMap<>();
        stored.forEach((id, run) -> {
            if (run.key() == null || run.repeats()) {
                return;
            }
            String other = seen.put(run.key(), id);
            if (other != null) {
                findings.add(Guarantee.KEY, run.key() + " has made two runs: " + other + " and " + id);
            }
            if (!answered.contains(run.key()) && !evidence.ledger().unanswered().contains(run.key())) {
                findings.add(Guarantee.KEY, id + " was submitted by nobody");
            }
        });
    }

    private static void ends(Evidence evidence, Map<String, Stored> stored, Findings findings) {
        stored.forEach((id, run) -> {
            Boolean cancel = evidence.ledger().cancels().get(id);
            if (run.status() == null) {
                findings.add(Guarantee.END, id + " has not ended: it is " + run.state());
            } else if (run.state() != null) {
                findings.add(Guarantee.END, id + " has ended as " + run.status() + " and is " + run.state());
            } else if (run.status().equals("cancelled") && cancel == null) {
                findings.add(Guarantee.END, id + " is cancelled, which nobody asked for");
            } else if (!run.status().equals("cancelled") && Boolean.TRUE.equals(cancel)) {
                findings.add(Guarantee.END, id + " is " + run.status() + ", and was to be cancelled");
            } else if (run.status().equals("failed") && !CheckAttempts.MAY_BE_LOST.contains(run.code())) {
                findings.add(Guarantee.END, id + " has failed: " + run.code());
            }
        });
    }

    private record Stored(String status, String key, boolean repeats, String code, String state) {}
}
