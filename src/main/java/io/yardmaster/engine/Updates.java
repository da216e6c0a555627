package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.executors.StepAnswer;
import io.yardmaster.executors.StepUpdate;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputStreamName;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.AttemptRecord;
import io.yardmaster.runs.OpenUpdate;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.RunUpdate;
import io.yardmaster.runs.RunUpdate.End;
import io.yardmaster.runs.RunUpdates;
import io.yardmaster.runs.UpdateEnds;
import io.yardmaster.runs.UpdateStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one run is asked for: kept in its order until a step runs that handles it, laid before that step, and answered. An
 * update is laid before one attempt only once that is durable, so that it is known whose hands it was in.
 */
final class Updates {

    /** How often it is tried to lay an update before a step that has made its folder unusable. */
    private static final int TRIES = 5;

    private static final Duration BETWEEN_TRIES = Duration.ofMillis(500);

    private final RunContext context;
    private final RunProgress progress;
    private final RunningSteps running;
    private final RunUpdates updates;
    private final UpdateEnds ends;
    private final List<StepDefinition.Run> steps;
    private final Map<Long, Open> open = new LinkedHashMap<>();
    /** What has ended since the last commit. */
    private final List<Ended> ended = new ArrayList<>();

    Updates(RunContext context, RunProgress progress, RunningSteps running, RunUpdates updates, UpdateEnds ends) {
        this.context = context;
        this.progress = progress;
        this.running = running;
        this.updates = updates;
        this.ends = ends;
        this.steps = context.job().runSteps();
    }

    /** Whether steps of the run's job handle any. */
    boolean areTaken() {
        return steps.stream().anyMatch(step -> !step.updates().isEmpty());
    }

    /** An earlier owner has told of this one already. */
    void recall(OpenUpdate update) {
        Open one = new Open(update.command());
        one.stepId = update.stepId();
        one.attempt = update.attempt();
        open.put(one.command.inboxSeq(), one);
    }

    /** One has come. */
    void act(RunCommand.Update update) {
        ObjectNode data = EventData.none()
                .put("update_id", update.id().toString())
                .put("name", update.name())
                .put("sent_by", update.actor());
        data.set("payload", update.payload());
        progress.changes().event(EventType.UPDATE_RECEIVED, progress.now(), null, data);
        open.put(update.inboxSeq(), new Open(update));
        endWhatNobodyHandles();
    }

    /** Chooses who gets what is kept, to be committed before it is laid there. */
    void assign() {
        if (open.isEmpty()) {
            return;
        }
        for (Open one : open.values()) {
            if (one.stepId == null) {
                steps.stream()
                        .filter(step -> step.updates().containsKey(one.command.name()))
                        .filter(step -> running.followed(step.id()).isPresent())
                        .findFirst()
                        .ifPresent(step -> {
                            assign(one, step.id(), running.followed(step.id()));
                            ObjectNode data = EventData.none()
                                    .put("update_id", one.command.id().toString())
                                    .put("name", one.command.name())
                                    .put("attempt", one.attempt);
                            progress.changes().event(EventType.UPDATE_DELIVERED, progress.now(), step.id(), data);
                        });
            }
        }
        endWhatNobodyHandles();
    }

    private void assign(Open one, @Nullable String stepId, OptionalInt attempt) {
        one.stepId = stepId;
        one.attempt = attempt.orElse(0);
        one.laid = false;
        one.failed = 0;
        one.tryAgainAt = null;
        progress.changes().alongside(() -> updates.assign(one.command.id(), stepId, attempt.orElse(0)));
    }

    /** What was done is durable: lays before steps what they are to get, and tells who waits for an answer. */
    void committed() {
        for (Open one : open.values()) {
            lay(one);
        }
        for (Ended one : ended) {
            RunCommand.Update update = one.open().command;
            ends.ended(update.id(), one.status(), Duration.between(update.at(), one.at()));
            String stepId = one.open().stepId;
            if (stepId != null) {
                running.forget(stepId, one.open().forStep());
            }
        }
        ended.clear();
    }

    private void lay(Open one) {
        String stepId = one.stepId;
        if (stepId == null
                || one.laid
                || running.followed(stepId).isEmpty()
                || (one.tryAgainAt != null && !progress.isPast(one.tryAgainAt))) {
            return;
        }
        one.laid = running.hand(stepId, one.forStep());
        one.tryAgainAt = null;
        if (!one.laid) {
            one.failed++;
            one.tryAgainAt = progress.now().plus(BETWEEN_TRIES);
        }
    }

    /** Ends what could not be laid before its step, often enough tried. */
    void giveUp() {
        for (Open one : List.copyOf(open.values())) {
            if (!one.laid && one.failed >= TRIES) {
                end(
                        one,
                        End.unanswered(
                                progress.now(),
                                "not-deliverable",
                                "The update cannot be laid before the step " + one.stepId
                                        + ": its folder YM_UPDATES cannot be"
                                        + " written to. The step has heard nothing of it."));
            }
        }
    }

    /** When something is to be laid before a step once more. */
    Stream<Instant> dueTimes() {
        return open.values().stream()
                .filter(one -> !one.laid
                        && one.stepId != null
                        && running.followed(one.stepId).isPresent())
                .map(one -> one.tryAgainAt)
                .flatMap(Stream::ofNullable);
    }

    /** A step has answered; perhaps not for the first time. */
    void answered(AttemptRecord attempt, StepAnswer answer) {
        Open one = open.get(answer.number());
        if (one == null || !one.isWith(attempt)) {
            return;
        }
        Instant now = progress.now();
        end(
                one,
                switch (answer) {
                    case StepAnswer.Result result ->
                        End.answered(now, context.mask().mask(result.value()));
                    case StepAnswer.Refusal refusal ->
                        End.refused(now, context.mask().mask(refusal.message()));
                    case StepAnswer.Unreadable unreadable -> {
                        tell(attempt, one, unreadable.message());
                        yield End.unanswered(now, "invalid-answer", unreadable.message());
                    }
                });
    }

    /** Who wrote the step looks at its output, and not at what is told to callers. */
    private void tell(AttemptRecord attempt, Open one, String message) {
        String line = "yardmaster: the update " + one.command.name() + " is not answered. " + message;
        progress.changes()
                .lines(
                        attempt.stepId(),
                        attempt.attempt(),
                        OutputStreamName.STDERR,
                        List.of(new OutputLine(progress.now(), line)),
                        // Nothing of the step's own output was read for it.
                        0);
    }

    /**
     * An attempt is about to be over, and has said all that it ever will. What it has not begun with, another one gets.
     */
    void attemptEnds(AttemptRecord attempt) {
        for (Open one : List.copyOf(open.values())) {
            if (one.isWith(attempt)) {
                if (running.mayHaveTaken(attempt.stepId(), one.forStep())) {
                    end(
                            one,
                            End.unanswered(
                                    progress.now(),
                                    "step-ended",
                                    "The step " + attempt.stepId() + " ended before it answered. Whether it has done"
                                            + " something about it is not known."));
                } else {
                    assign(one, null, OptionalInt.empty());
                }
            }
        }
    }

    /** The run is about to end. */
    void endAll() {
        for (Open one : List.copyOf(open.values())) {
            end(one, End.unanswered(progress.now(), "run-ended", "The run ended before a step answered."));
        }
    }

    private void endWhatNobodyHandles() {
        for (Open one : List.copyOf(open.values())) {
            if (one.stepId == null && steps.stream().noneMatch(step -> mayHandle(step, one))) {
                end(
                        one,
                        End.unanswered(
                                progress.now(),
                                "not-handled",
                                "The steps that handle " + one.command.name() + " are over, and none of them has begun"
                                        + " with it."));
            }
        }
    }

    private boolean mayHandle(StepDefinition.Run step, Open one) {
        return step.updates().containsKey(one.command.name())
                && !progress.step(step.id()).state().isTerminal();
    }

    private void end(Open one, End end) {
        RunCommand.Update update = one.command;
        open.remove(update.inboxSeq());
        ObjectNode data = EventData.none()
                .put("update_id", update.id().toString())
                .put("name", update.name())
                .put("status", end.status().text());
        if (end.result() != null) {
            data.set("result", end.result());
        }
        RunUpdate.Reason why = end.failure();
        if (why != null) {
            data.putObject("failure").put("code", why.code()).put("message", why.message());
        }
        progress.changes().event(EventType.UPDATE_ANSWERED, end.at(), one.stepId, data);
        RunId run = context.runId();
        progress.changes().alongside(() -> updates.end(run, update.id(), end));
        ended.add(new Ended(one, end.status(), end.at()));
    }

    /** One that is not answered. */
    private static final class Open {

        private final RunCommand.Update command;
        /** Before which step it is laid; null: none. */
        private @Nullable String stepId;

        private int attempt;
        private boolean laid;
        /** How often it could not be laid there. */
        private int failed;

        private @Nullable Instant tryAgainAt;

        Open(RunCommand.Update command) {
            this.command = command;
        }

        boolean isWith(AttemptRecord which) {
            return which.stepId().equals(stepId) && which.attempt() == attempt;
        }

        StepUpdate forStep() {
            return new StepUpdate(command.inboxSeq(), command.id().toString(), command.name(), command.payload());
        }
    }

    private record Ended(Open open, UpdateStatus status, Instant at) {}
}
