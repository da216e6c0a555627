package chaos;

import chaos.Overlay.Edit;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A guarantee that is taken out of the server, to see that the checks find what comes of it. */
enum Sabotage {

    /** Whoever once owned a run may go on writing to it, and does not notice by itself that it was silent for too long. */
    FENCING(
            Guarantee.OWNER,
            EnumSet.of(FaultKind.FREEZE),
            JobKind.NAPS,
            List.of(
                    new Edit("io/yardmaster/engine/Attempts.java", "return lease.isHeld();", "return true;"),
                    new Edit(
                            "io/yardmaster/runs/ProgressWriter.java",
                            "epoch = ? AND owner_node = ? AND last_seq = ?\n",
                            "?::bigint > 0 AND ?::uuid IS NOT NULL AND ?::bigint > 0\n"),
                    new Edit(
                            "io/yardmaster/runs/ProgressWriter.java",
                            "epoch = ? AND owner_node = ? AND last_seq = ? AND inbox_seq = ?",
                            "?::bigint > 0 AND ?::uuid IS NOT NULL AND ?::bigint > 0 AND inbox_seq = ?")),
            Constraints.OF_THE_LOG),

    /** Two requests with one key at the same time on two servers are both carried out. */
    IDEMPOTENCY(Guarantee.KEY, EnumSet.of(FaultKind.FREEZE), JobKind.SUM, List.of(), Constraints.OF_THE_KEYS),

    /** What is committed together gets one number. */
    SEQUENCE(
            Guarantee.SEQUENCE,
            EnumSet.of(FaultKind.FREEZE),
            JobKind.CHAIN,
            List.of(new Edit(
                    "io/yardmaster/engine/RunLog.java",
                    "seq + 1,\n" + " ".repeat(28) + "event.type(),",
                    "lastSeq + 1,\n" + " ".repeat(28) + "event.type(),")),
            Constraints.OF_THE_LOG),

    /** Two shims are started for each attempt, as might happen, and the second is not held back by the first. */
    EXCLUSIVE(
            Guarantee.ATTEMPT,
            EnumSet.of(FaultKind.FREEZE),
            JobKind.SUM,
            List.of(
                    new Edit(
                            "io/yardmaster/executors/process/ShimLauncher.java",
                            "return launcher.launch(command, program.environment(), workspace, folder.shimLog());",
                            """
                            var unused = launcher.launch(command, program.environment(), workspace, folder.shimLog());
                            return launcher.launch(command, program.environment(), workspace, folder.shimLog());
                            """),
                    new Edit(
                            "io/yardmaster/executors/process/shim.sh",
                            "echo \"$$\" >\"$_ym_attempt/started\" || exit 3",
                            "echo \"$$\" >|\"$_ym_attempt/started\" || exit 3")),
            List.of());

    private final Guarantee broken;
    private final Set<FaultKind> faults;
    private final JobKind favoured;
    private final List<Edit> edits;
    private final List<String> sql;

    Sabotage(Guarantee broken, Set<FaultKind> faults, JobKind favoured, List<Edit> edits, List<String> sql) {
        this.broken = broken;
        this.faults = faults;
        this.favoured = favoured;
        this.edits = edits;
        this.sql = sql;
    }

    /** Which guarantee does not hold then. */
    Guarantee broken() {
        return broken;
    }

    /** What has to be done to the servers for that to show. */
    Set<FaultKind> faults() {
        return faults;
    }

    /** Of which job there have to be many. */
    JobKind favoured() {
        return favoured;
    }

    List<Edit> edits() {
        return edits;
    }

    /** Takes the constraints away that would catch it. */
    List<String> sql() {
        return sql;
    }

    String label() {
        return name().toLowerCase();
    }

    static Sabotage of(String label) {
        return Arrays.stream(values())
                .filter(one -> one.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such sabotage"));
    }

    /** The constraints, replaced by indexes that allow everything. */
    private static final class Constraints {

        static final List<String> OF_THE_LOG = List.of(
                "ALTER TABLE run_event DROP CONSTRAINT run_event_pkey",
                "CREATE INDEX ON run_event (run_id, seq)",
                "ALTER TABLE log_chunk DROP CONSTRAINT log_chunk_pkey",
                "CREATE INDEX ON log_chunk (run_id, last_seq)");

        static final List<String> OF_THE_KEYS = List.of(
                "ALTER TABLE idempotency_key DROP CONSTRAINT idempotency_key_pkey",
                "CREATE INDEX ON idempotency_key (id)");
    }
}
