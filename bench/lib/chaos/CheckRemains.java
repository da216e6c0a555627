package chaos;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;

/** What is left when all is over: nothing. And whether everything was counted. */
final class CheckRemains {

    private static final long PATIENCE_MILLIS = 15_000;

    private CheckRemains() {}

    static void check(Evidence evidence, Findings findings) throws Exception {
        table(evidence, findings, "slots", "SELECT count(*) FROM run_slot");
        table(evidence, findings, "notes about slots", "SELECT count(*) FROM slot_note");
        table(evidence, findings, "commands", "SELECT count(*) FROM run_command");
        table(evidence, findings, "secrets", "SELECT count(*) FROM run_secret");
        table(evidence, findings, "attempts under way", "SELECT count(*) FROM step_attempt WHERE status = 'running'");
        table(evidence, findings, "transactions", """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = 'yardmaster' AND state LIKE 'idle in transaction%' AND application_name LIKE 'server-%'
              AND xact_start < now() - interval '10 s'
            """);
        hosts(evidence, findings);
        List<Long> alive = eventually(List::isEmpty, () -> evidence.cluster().steps());
        alive.forEach(
                pid -> findings.add(Guarantee.LEFTOVER, "a process of a step is alive: " + Processes.describe(pid)));
        for (Replica server : evidence.cluster().servers()) {
            List<String> folders = eventually(List::isEmpty, server::runFolders);
            folders.forEach(
                    folder -> findings.add(Guarantee.LEFTOVER, server.name() + " still has the folder of " + folder));
        }
        counts(evidence, findings);
    }

    /** Each server is one living node, and no other is. */
    private static void hosts(Evidence evidence, Findings findings) throws SQLException, IOException {
        for (Replica server : evidence.cluster().servers()) {
            long living = evidence.number(
                    "SELECT count(*) FROM node WHERE state = 'alive' AND host_id = '" + server.host() + "'");
            if (living != 1) {
                findings.add(Guarantee.LEFTOVER, server.name() + " is " + living + " living nodes");
            }
        }
        long living = evidence.number("SELECT count(*) FROM node WHERE state <> 'dead'");
        if (living != evidence.options().servers()) {
            findings.add(Guarantee.LEFTOVER, living + " nodes are said to live");
        }
    }

    private static void counts(Evidence evidence, Findings findings) throws SQLException, InterruptedException {
        long runs = evidence.number("SELECT count(*) FROM run WHERE labels ? 'key' AND rerun_of IS NULL");
        long promised = evidence.ledger().size();
        long unanswered = evidence.ledger().unanswered().size();
        if (runs < promised || runs > promised + unanswered) {
            findings.add(
                    Guarantee.COUNT,
                    promised + " runs were accepted, " + unanswered + " not answered, and there are " + runs);
        }
        long all = evidence.number("SELECT count(*) FROM run");
        if (all < 100_000) {
            Client.Answer answer = evidence.client().get("/api/v1/runs/aggregate?group_by=status", System.nanoTime());
            if (answer.status() != 200 || !answer.body().matches("(?s).*\"total\"\\s*:\\s*" + all + "\\b.*")) {
                findings.add(Guarantee.COUNT, "there are " + all + " runs, and the server counts " + answer);
            }
        }
    }

    private static void table(Evidence evidence, Findings findings, String what, String sql) throws Exception {
        long left = eventually(count -> count == 0, () -> evidence.number(sql));
        if (left > 0) {
            findings.add(Guarantee.LEFTOVER, left + " " + what + " are left");
        }
    }

    /** What is so in the end. */
    private static <T> T eventually(java.util.function.Predicate<T> enough, Callable<T> look) throws Exception {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (true) {
            T found = look.call();
            if (enough.test(found) || System.currentTimeMillis() > end) {
                return found;
            }
            Thread.sleep(200);
        }
    }
}
