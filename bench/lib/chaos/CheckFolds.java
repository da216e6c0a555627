package chaos;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** Goes through each run's log as a reader would, and compares what comes out with what is stored. */
final class CheckFolds {

    private CheckFolds() {}

    static void check(Evidence evidence, Findings findings) throws SQLException {
        Map<UUID, Fold> folds = new HashMap<>();
        evidence.each("""
            SELECT run_id, seq, type, step_id, data ->> 'status' AS status, (data ->> 'attempt')::int AS attempt,
                   data ->> 'reused_from' IS NOT NULL AS reused, data -> 'failure' ->> 'code' AS code
            FROM run_event ORDER BY run_id, seq
            """, row -> {
            UUID id = row.getObject("run_id", UUID.class);
            String fault = folds.computeIfAbsent(id, any -> new Fold())
                    .take(
                            row.getString("type"),
                            row.getString("step_id"),
                            row.getString("status"),
                            row.getInt("attempt"),
                            row.getBoolean("reused"),
                            row.getString("code"));
            if (fault != null) {
                findings.add(Guarantee.FOLD, Evidence.run(id) + " at " + row.getLong("seq") + ": " + fault);
            }
            return null;
        });
        evidence.each("""
            SELECT r.run_id, coalesce(r.status, l.state) AS status, r.failure ->> 'code' AS code,
                   coalesce(r.started_at, l.started_at) IS NOT NULL AS started
            FROM run r LEFT JOIN run_live l ON l.run_id = r.run_id
            """, row -> {
            UUID id = row.getObject("run_id", UUID.class);
            Fold fold = folds.getOrDefault(id, new Fold());
            String stored = row.getString("status") + " " + row.getString("code") + " " + row.getBoolean("started");
            String told = fold.state + " " + fold.code + " " + fold.started;
            if (!stored.equals(told)) {
                findings.add(Guarantee.FOLD, Evidence.run(id) + " is " + stored + ", and its log says " + told);
            }
            return null;
        });
        Map<UUID, Integer> steps = new HashMap<>();
        evidence.each("SELECT run_id, step_id, status, attempt, failure ->> 'code' AS code FROM step", row -> {
            UUID id = row.getObject("run_id", UUID.class);
            steps.merge(id, 1, Integer::sum);
            Fold.Step told = folds.getOrDefault(id, new Fold()).steps.get(row.getString("step_id"));
            Fold.Step stored = new Fold.Step(row.getString("status"), row.getInt("attempt"), row.getString("code"));
            if (!stored.equals(told)) {
                findings.add(
                        Guarantee.FOLD,
                        Evidence.run(id) + " step " + row.getString("step_id") + " is " + stored + ", and the log says "
                                + told);
            }
            return null;
        });
        folds.forEach((id, fold) -> {
            if (fold.steps.size() != steps.getOrDefault(id, 0)) {
                findings.add(Guarantee.FOLD, Evidence.run(id) + " has other steps than its log");
            }
        });
    }

    /** What a log has said so far. */
    private static final class Fold {

        private final Map<String, Step> steps = new HashMap<>();
        private String state = "nothing";
        private String code;
        private boolean started;

        /** What a log has said of a step. */
        private record Step(String status, int attempt, String code) {

            boolean isOver() {
                return switch (status) {
                    case "success", "failed", "skipped", "cancelled" -> true;
                    default -> false;
                };
            }
        }

        /** Returns what is wrong with it; null: nothing. */
        private String take(String type, String stepId, String status, int attempt, boolean reused, String failure) {
            return stepId == null || !type.startsWith("step.")
                    ? run(type, status, failure)
                    : step(type, stepId, status, attempt, reused, failure);
        }

        private String run(String type, String status, String failure) {
            String before = state;
            boolean right = switch (type) {
                case "run.created" -> move("pending", "nothing");
                case "run.started" -> {
                    started = true;
                    yield move("running", "pending");
                }
                case "run.waiting" -> move("waiting", "running", "paused");
                case "run.resumed" -> before.equals("paused") ? move("pending", "paused") : move("running", "waiting");
                case "run.paused" -> move("paused", "pending", "running", "waiting");
                case "run.cancelling" -> move("cancelling", "pending", "running", "waiting", "paused");
                case "run.finished" -> {
                    code = failure;
                    yield switch (Objects.requireNonNull(status)) {
                        case "success" -> move("success", "running");
                        case "cancelled" -> move("cancelled", "cancelling");
                        default -> move("failed", "pending", "running", "waiting", "paused");
                    };
                }
                default -> !before.equals("nothing");
            };
            return right ? null : type + " after " + before;
        }

        private String step(String type, String id, String status, int attempt, boolean reused, String failure) {
            Step before = steps.getOrDefault(id, new Step("pending", 0, null));
            Step after = switch (type) {
                case "step.started" -> new Step("running", attempt, null);
                case "step.waiting", "step.retrying" -> new Step("waiting", before.attempt(), null);
                case "step.finished" -> new Step(status, attempt, failure);
                case "step.skipped" -> new Step("skipped", before.attempt(), null);
                default -> before;
            };
            steps.put(id, after);
            if (before.isOver()) {
                return type + " of step " + id + ", which was over";
            }
            if (type.equals("step.started") && attempt != before.attempt() + 1) {
                return "attempt " + attempt + " of step " + id + " after attempt " + before.attempt();
            }
            if (type.equals("step.started") && before.status().equals("running")) {
                return "step " + id + " was started while it ran";
            }
            if (type.equals("step.finished") && !reused && attempt != before.attempt()) {
                return "attempt " + attempt + " of step " + id + " ended, and attempt " + before.attempt() + " began";
            }
            return null;
        }

        private boolean move(String to, String... from) {
            boolean allowed = java.util.List.of(from).contains(state);
            state = to;
            return allowed;
        }
    }
}
