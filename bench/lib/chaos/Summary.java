package chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What has happened, in numbers: printed, and written as JSON to {@code target/bench}. */
final class Summary {

    private Summary() {}

    static void print(Evidence evidence, Faults faults, Load load, Counters counters) throws SQLException, IOException {
        List<Count> counts = new ArrayList<>();
        counts.add(new Count("runs accepted", evidence.ledger().size()));
        counts.add(new Count("runs accepted in a second, while things were broken", Math.round(load.perSecond())));
        evidence.each("""
            SELECT coalesce(status, 'not ended') AS status, count(*) FROM run GROUP BY 1 ORDER BY 1
            """, row -> counts.add(new Count("runs " + row.getString(1), row.getLong(2))));
        counts.add(new Count("keys sent several times at once", load.bursts()));
        counts.add(new Count("ends asked for", evidence.ledger().cancels().size()));
        counts.add(new Count("pauses", evidence.ledger().pauses().size()));
        counts.add(new Count("attempts of process steps", evidence.number("SELECT count(*) FROM step_attempt")));
        counts.add(new Count(
                "attempts cut off",
                evidence.number("SELECT count(*) FROM step_attempt WHERE failure ->> 'code' = 'interrupted'")));
        counts.add(new Count("runs taken from a silent server by another", evidence.number("""
            SELECT count(*) FROM chaos.freed f
            JOIN chaos.claim c ON c.run_id = f.run_id AND c.epoch = f.epoch WHERE f.server <> c.server
            """)));
        counts.add(new Count("runs that went on under another server", evidence.number("""
            SELECT count(*) FROM chaos.claim c
            JOIN chaos.claim b ON b.run_id = c.run_id AND b.epoch = c.epoch - 1 WHERE b.server <> c.server
            """)));
        counts.add(new Count("runs that went on under another start of their server", evidence.number("""
            SELECT count(*) FROM chaos.claim c
            JOIN chaos.claim b ON b.run_id = c.run_id AND b.epoch = c.epoch - 1
            WHERE b.server = c.server AND b.node <> c.node
            """)));
        counts.add(new Count(
                "attempts taken up again (as far as read)", counters.sum("yardmaster_attempts_adopted_total")));
        counts.add(new Count(
                "writes of stale owners refused (as far as read)",
                counters.sum("yardmaster_journal_commits_refused_total")));
        counts.add(new Count(
                "late results kept",
                evidence.number("SELECT count(*) FROM step_attempt WHERE late_result IS NOT NULL")));
        counts.add(new Count("events seen by readers", evidence.readers().events()));
        counts.add(new Count(
                "runs read to their end", evidence.readers().followed().size()));
        counts.add(new Count("reconnects of readers", evidence.readers().reconnects()));
        faults.done().forEach((kind, times) -> counts.add(new Count("fault: " + kind.label(), times)));
        System.out.println();
        counts.forEach(count -> System.out.printf("  %-58s %,10d%n", count.what(), count.number()));
        Path file = Path.of("target", "bench", "chaos.json");
        Files.writeString(
                file,
                counts.stream()
                        .map(count -> "  {\"what\": \"%s\", \"figure\": %d}".formatted(count.what(), count.number()))
                        .collect(Collectors.joining(",\n", "[\n", "\n]\n")));
        System.out.println("→ " + file);
    }

    private record Count(String what, long number) {}
}
