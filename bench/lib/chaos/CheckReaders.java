package chaos;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** Readers noticed what was missing or came twice; here, that they got to the end. */
final class CheckReaders {

    private static final long PATIENCE_MILLIS = 30_000;

    private CheckReaders() {}

    static void check(Evidence evidence, Findings findings) throws SQLException, InterruptedException {
        Map<String, Long> ends = new HashMap<>();
        evidence.each(
                "SELECT run_id, last_seq FROM run WHERE last_seq IS NOT NULL AND labels ? 'key'",
                row -> ends.put(Evidence.run(row.getObject("run_id", UUID.class)), row.getLong("last_seq")));
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (System.currentTimeMillis() < deadline
                && evidence.readers().fed().values().stream().anyMatch(fed -> isBehind(fed, ends))) {
            Thread.sleep(500);
        }
        evidence.readers().close();
        evidence.readers()
                .fed()
                .forEach((name, fed) -> ends.forEach((run, end) -> {
                    long last = fed.getOrDefault(run, 0L);
                    if (last != end) {
                        findings.add(Guarantee.READER, name + " saw " + run + " up to " + last + " of " + end);
                    }
                }));
        evidence.readers().followed().forEach((run, last) -> {
            if (!last.equals(ends.get(run))) {
                findings.add(
                        Guarantee.READER, "a reader of " + run + " was sent away at " + last + " of " + ends.get(run));
            }
        });
    }

    private static boolean isBehind(Map<String, Long> fed, Map<String, Long> ends) {
        return ends.entrySet().stream().anyMatch(end -> fed.getOrDefault(end.getKey(), 0L) < end.getValue());
    }
}
