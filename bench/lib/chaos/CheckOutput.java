package chaos;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** The lines that steps printed: of a run whose steps succeeded at once all are in its log, once, in order. */
final class CheckOutput {

    private static final int MOST = 500;

    private CheckOutput() {}

    static void check(Evidence evidence, Findings findings) throws SQLException, InterruptedException {
        List<Printed> runs = evidence.all(
                """
                SELECT r.run_id, r.job_id FROM run r
                WHERE r.status = 'success' AND r.job_id IN ('work', 'long', 'again')
                  AND NOT EXISTS (SELECT 1 FROM step_attempt a WHERE a.run_id = r.run_id AND a.attempt > 1)
                ORDER BY r.run_id DESC LIMIT %d
                """.formatted(MOST),
                row -> new Printed(Evidence.run(row.getObject("run_id", UUID.class)), row.getString("job_id")));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        for (Printed run : runs) {
            Client.Answer answer = evidence.client().get("/api/v1/runs/" + run.id() + "/logs?format=text", deadline);
            String printed = answer.body().strip();
            String expected = String.join("\n", expected(run.job()));
            if (answer.status() != 200 || !printed.equals(expected)) {
                findings.add(
                        Guarantee.OUTPUT,
                        run.id() + " (" + run.job() + ") has not printed what it should: " + answer.status() + " "
                                + printed.replace('\n', '|'));
            }
        }
    }

    private static List<String> expected(String job) {
        List<String> lines = new ArrayList<>();
        int[] counts = switch (job) {
            case "work" -> new int[] {5, 3};
            case "long" -> new int[] {60};
            default -> new int[] {50};
        };
        for (int count : counts) {
            for (int i = 1; i <= count; i++) {
                lines.add("line " + i + " of " + count);
            }
        }
        return lines;
    }

    private record Printed(String id, String job) {}
}
