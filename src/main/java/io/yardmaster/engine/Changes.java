package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.events.LineBlock;
import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.KeptWorkspace;
import io.yardmaster.runs.RunCommit;
import io.yardmaster.runs.StepRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What a run's owner has done since its last commit, with sequence numbers still to be given. */
final class Changes {

    private final List<Entry> entries = new ArrayList<>();
    private final Map<String, StepRecord> steps = new LinkedHashMap<>();
    private final Map<List<Object>, AttemptRecord> attempts = new LinkedHashMap<>();
    private final List<Runnable> alongside = new ArrayList<>();
    private RunCommit.@Nullable Standing standing;
    private @Nullable KeptWorkspace workspace;

    void event(EventType type, Instant at, @Nullable String stepId, ObjectNode data) {
        entries.add(new Event(type, at, stepId, data));
    }

    void lines(String stepId, int attempt, OutputStreamName stream, List<OutputLine> lines, long endOffset) {
        // Packed here, on the thread of the attempt that printed them, and not on the one that commits for all.
        entries.add(new Lines(stepId, attempt, stream, LineBlock.of(lines), endOffset));
    }

    void step(StepRecord step) {
        steps.put(step.stepId(), step);
    }

    void attempt(AttemptRecord attempt) {
        attempts.put(List.of(attempt.stepId(), attempt.attempt()), attempt);
    }

    void standing(RunCommit.Standing now) {
        standing = now;
    }

    /** The run's workspace is in the blob store, and belongs to no host. */
    void workspace(KeptWorkspace kept) {
        workspace = kept;
    }

    /** Has something written by another module in the same transaction. */
    void alongside(Runnable write) {
        alongside.add(write);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Takes the last event back, which was never committed. */
    void withoutLastEvent() {
        entries.removeLast();
    }

    List<Entry> entries() {
        return List.copyOf(entries);
    }

    List<StepRecord> steps() {
        return List.copyOf(steps.values());
    }

    List<AttemptRecord> attempts() {
        return List.copyOf(attempts.values());
    }

    List<Runnable> alongside() {
        return List.copyOf(alongside);
    }

    @Nullable
    KeptWorkspace workspace() {
        return workspace;
    }

    RunCommit.@Nullable Standing standing() {
        return standing;
    }

    void clear() {
        entries.clear();
        steps.clear();
        attempts.clear();
        alongside.clear();
        standing = null;
        workspace = null;
    }

    /** Something for the run's log. */
    sealed interface Entry {}

    record Event(EventType type, Instant at, @Nullable String stepId, ObjectNode data) implements Entry {}

    record Lines(String stepId, int attempt, OutputStreamName stream, LineBlock lines, long endOffset)
            implements Entry {}
}
