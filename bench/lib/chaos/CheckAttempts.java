package chaos;

import java.io.IOException;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The attempts of steps, in the database and in the files that they wrote themselves. */
final class CheckAttempts {

    /** How a step may have failed whose host was lost. */
    static final Set<String> MAY_BE_LOST = Set.of("interrupted", "workspace-lost");

    /** A beat that was late is told by the servers' clock before it is by the database's. */
    private static final long SLACK_MILLIS = 2000;

    private CheckAttempts() {}

    static void check(Evidence evidence, Findings findings) throws SQLException, IOException {
        Marks marks = Marks.read(evidence.cluster().marks());
        Map<UUID, List<Long>> beats = beats(evidence);
        Set<String> known = new HashSet<>();
        Map<String, Attempt> before = new HashMap<>();
        evidence.each("""
            SELECT a.run_id, a.step_id, a.attempt, a.status, a.host_id, a.started_at, a.finished_at, a.exit_code,
                   a.failure ->> 'code' AS code, r.job_id
            FROM step_attempt a JOIN run r ON r.run_id = a.run_id ORDER BY a.run_id, a.step_id, a.attempt
            """, row -> {
            Attempt attempt = new Attempt(
                    Evidence.run(row.getObject("run_id", UUID.class)),
                    row.getString("step_id"),
                    row.getInt("attempt"),
                    row.getString("status"),
                    row.getObject("host_id", UUID.class),
                    row.getTimestamp("started_at"),
                    row.getTimestamp("finished_at"),
                    row.getString("exit_code"),
                    row.getString("code"),
                    JobKind.valueOf(row.getString("job_id").toUpperCase()));
            known.add(attempt.name());
            List<Marks.Mark> own = marks.of(attempt.run(), attempt.step(), attempt.number());
            files(attempt, own, findings);
            lost(attempt, beats, evidence.options(), findings);
            follows(before.put(attempt.run() + attempt.step(), attempt), attempt, marks, findings);
            return null;
        });
        marks.byAttempt().keySet().stream()
                .filter(name -> !known.contains(name))
                .forEach(name -> findings.add(Guarantee.ATTEMPT, name + " ran, and nobody knows of it"));
    }

    private static void files(Attempt attempt, List<Marks.Mark> own, Findings findings) {
        long starts = own.stream().filter(mark -> mark.what().equals("start")).count();
        long ends = own.stream().filter(mark -> mark.what().equals("end")).count();
        long processes = own.stream().map(Marks.Mark::pid).distinct().count();
        if (starts > 1 || ends > 1 || processes > 1) {
            findings.add(Guarantee.ATTEMPT, attempt + " ran " + Math.max(starts, processes) + " times");
        }
        if ("0".equals(attempt.exitCode()) && (starts < 1 || ends < 1)) {
            findings.add(Guarantee.ATTEMPT, attempt + " has succeeded, and did not run to its end");
        }
        if ("not-started".equals(attempt.code()) && starts > 0) {
            findings.add(Guarantee.ATTEMPT, attempt + " was never started, it is said, and ran");
        }
        if (attempt.finishedAt() == null) {
            findings.add(Guarantee.ATTEMPT, attempt + " has no end");
        }
    }

    /** A step may be cut off where its host was silent for so long that it had to end its steps itself. */
    private static void lost(Attempt attempt, Map<UUID, List<Long>> beats, Options options, Findings findings) {
        if (attempt.finishedAt() == null || !MAY_BE_LOST.contains(String.valueOf(attempt.code()))) {
            return;
        }
        long enough = options.grace().minus(options.margin()).toMillis() - SLACK_MILLIS;
        long longest = 0;
        long last = 0;
        for (long beat : beats.getOrDefault(attempt.host(), List.of())) {
            if (beat >= attempt.startedAt().getTime()
                    && last != 0
                    && last <= attempt.finishedAt().getTime()) {
                longest = Math.max(longest, beat - last);
            }
            last = beat;
        }
        longest = Math.max(longest, last == 0 ? 0 : attempt.finishedAt().getTime() - last);
        if (longest < enough) {
            findings.add(
                    Guarantee.ATTEMPT,
                    attempt + " was cut off, and its host was never silent for more than " + longest + " ms");
        }
    }

    private static void follows(Attempt before, Attempt attempt, Marks marks, Findings findings) {
        if (attempt.number() != (before == null ? 1 : before.number() + 1)) {
            findings.add(Guarantee.ATTEMPT, attempt + " follows " + before);
        }
        if (before == null) {
            return;
        }
        if (before.finishedAt() == null || before.finishedAt().after(attempt.startedAt())) {
            findings.add(Guarantee.ATTEMPT, attempt + " began before the end of the one before");
        }
        boolean mayFollow = "not-started".equals(before.code())
                || ("interrupted".equals(before.code()) && attempt.job().isInterruptible());
        if (!mayFollow) {
            findings.add(Guarantee.ATTEMPT, attempt + " may not follow: " + before.code());
        }
        List<Marks.Mark> earlier = marks.of(before.run(), before.step(), before.number());
        List<Marks.Mark> later = marks.of(attempt.run(), attempt.step(), attempt.number());
        if (!earlier.isEmpty()
                && !later.isEmpty()
                && earlier.getLast().micros() > later.getFirst().micros()) {
            findings.add(Guarantee.ATTEMPT, attempt + " ran while the one before still did");
        }
    }

    /** When each host was heard of. */
    private static Map<UUID, List<Long>> beats(Evidence evidence) throws SQLException {
        Map<UUID, List<Long>> beats = new HashMap<>();
        evidence.each(
                "SELECT host, at FROM chaos.beat ORDER BY at",
                row -> beats.computeIfAbsent(row.getObject("host", UUID.class), any -> new ArrayList<>())
                        .add(row.getTimestamp("at").getTime()));
        return beats;
    }

    private record Attempt(
            String run,
            String step,
            int number,
            String status,
            UUID host,
            Timestamp startedAt,
            Timestamp finishedAt,
            String exitCode,
            String code,
            JobKind job) {

        String name() {
            return Marks.name(run, step, number);
        }

        @Override
        public String toString() {
            return name() + " (" + status + (code == null ? "" : " " + code) + ")";
        }
    }
}
