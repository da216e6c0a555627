package io.yardmaster.engine;

import io.yardmaster.jobs.ExpressionException;
import io.yardmaster.jobs.OnFailure;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Shortened;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.ChildRuns;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.Failure.Category;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The runs that steps of one run start. A step says first which run it is about to start, and starts it when that is
 * durable; whoever drives the parent later finds out what is missing, and starts exactly that.
 */
final class Children {

    /** What a step waits for that has started a run. */
    static final String REASON = "child";

    private static final int LONGEST_MESSAGE = 4_096;
    private static final int LONGEST_REASON = 1_000;

    /** A run is there within moments of its id: its times are reckoned from that, and readers rely on it. */
    private static final Duration OLDEST_ID = Duration.ofSeconds(5);

    private final RunContext context;
    private final RunProgress progress;
    private final ChildRuns runs;
    private final Map<String, ObjectNode> toBeStarted = new LinkedHashMap<>();
    /** Those of them that an earlier owner has named. */
    private final Set<String> recalled = new HashSet<>();

    private final Map<String, Duration> askedToEnd = new HashMap<>();

    Children(RunContext context, RunProgress progress, ChildRuns runs) {
        this.context = context;
        this.progress = progress;
        this.runs = runs;
    }

    static boolean isWaiting(StepRecord step) {
        return step.state() == StepState.WAITING && REASON.equals(step.waitReason());
    }

    /** Whether the run has to be there still, because one that it has started has not ended. */
    boolean areUnderWay() {
        return progress.steps().stream().anyMatch(Children::isWaiting);
    }

    // ---- Starting

    /**
     * A new run, to be started once it is durable that this step waits for it.
     *
     * @throws io.yardmaster.jobs.ExpressionException where an argument has no value
     */
    void begin(StepDefinition.ChildRun step) {
        ObjectNode args = args(step);
        progress.waitForChild(step, runs.nextId());
        toBeStarted.put(step.id(), args);
    }

    /**
     * What an earlier owner of the run was about to start, and did not; nor can it any more.
     *
     * @param fail what is done where an argument has no value any more
     */
    void recall(BiConsumer<StepDefinition, ExpressionException> fail) {
        List<StepRecord> waiting =
                progress.steps().stream().filter(Children::isWaiting).toList();
        if (waiting.isEmpty()) {
            return;
        }
        Set<RunId> there = runs.there(waiting.stream().map(Children::child).collect(Collectors.toSet()));
        waiting.stream().filter(step -> !there.contains(child(step))).forEach(step -> {
            StepDefinition.ChildRun definition = definition(step.stepId());
            try {
                toBeStarted.put(step.stepId(), args(definition));
                recalled.add(step.stepId());
            } catch (ExpressionException e) {
                fail.accept(definition, e);
            }
        });
    }

    /** Whether runs are to be started. */
    boolean areToBeStarted() {
        return !toBeStarted.isEmpty();
    }

    /**
     * Gives new ids to the runs that were named too long ago. To be committed before they are started: an earlier owner
     * cannot start those of the old ids any more, for whoever starts a run proves in doing so that it owns the parent.
     */
    void renameOld() {
        toBeStarted.keySet().stream()
                .filter(step -> recalled.contains(step) || isOld(progress.step(step)))
                .forEach(step -> progress.waitForOtherChild(step, runs.nextId()));
        recalled.clear();
    }

    private boolean isOld(StepRecord step) {
        return child(step).time().plus(OLDEST_ID).isBefore(progress.now());
    }

    /**
     * Starts what was begun, but for runs whose ids have become too old over it.
     *
     * @param isInterrupted whether something has come in that may be that nothing is to start any more; what is left is
     *     started later then
     * @return whether a step has failed over it, or something is left
     * @throws LeaseLostException where somebody else owns the run now
     */
    boolean start(BooleanSupplier isInterrupted) {
        if (toBeStarted.isEmpty()) {
            return false;
        }
        boolean refused = false;
        ChildRuns.Family family = runs.family(context.run().lease());
        boolean isFirst = true;
        for (Map.Entry<String, ObjectNode> one : new LinkedHashMap<>(toBeStarted).entrySet()) {
            StepDefinition.ChildRun step = definition(one.getKey());
            StepRecord record = progress.step(step.id());
            // One at least, or there would be no end to it.
            if (!isFirst && isInterrupted.getAsBoolean()) {
                // What has come in makes for another turn, which decides about what a refusal has made ready.
                return false;
            }
            if (!isFirst && isOld(record)) {
                return true;
            }
            isFirst = false;
            try {
                if (!runs.start(family, step, record.attempt(), child(record), one.getValue())) {
                    throw new LeaseLostException(context.runId());
                }
            } catch (ProblemException e) {
                failed(step, refusal(step, e), null, true);
                refused = true;
            }
            toBeStarted.remove(step.id());
        }
        return refused;
    }

    private ObjectNode args(StepDefinition.ChildRun step) {
        return step.args() == null
                ? JsonNodeFactory.instance.objectNode()
                : (ObjectNode) step.args().expand(progress.scope(step));
    }

    // ---- Ending

    /**
     * Asks for the end of the run that a step has started. The step ends when that run has.
     *
     * @param ending why this run ends; null: it goes on, and only this step is not wanted any more
     * @return false where that run has ended already, which is in the inbox
     */
    boolean stop(StepRecord step, Duration grace, @Nullable Failure ending) {
        if (toBeStarted.remove(step.stepId()) != null) {
            progress.cancel(step.stepId());
            return true;
        }
        Duration asked = askedToEnd.get(step.stepId());
        if (asked != null && asked.compareTo(grace) <= 0) {
            return true;
        }
        askedToEnd.put(step.stepId(), grace);
        return runs.cancel(
                context.run().lease(),
                child(step),
                Shortened.to(
                        LONGEST_REASON,
                        "The run " + context.runId() + " that has started this one "
                                + (ending == null
                                        ? "needs it no more, for another instance of its step has failed."
                                        : "ends: " + ending.message())),
                grace);
    }

    /**
     * A run has ended that a step has started.
     *
     * @param isWanted false where the step is to end with it, however it has ended
     */
    void act(RunCommand.ChildEnded ended, boolean isWanted) {
        StepRecord step = progress.step(ended.stepId());
        if (!isWaiting(step) || !ended.child().equals(step.child())) {
            return;
        }
        StepDefinition.ChildRun definition = definition(ended.stepId());
        if (ended.state() == RunState.SUCCESS) {
            JsonNode result = ended.result() == null ? null : context.mask().mask(ended.result());
            progress.succeed(step.stepId(), outputs(result), result, null);
        } else {
            failed(definition, failure(definition, ended), ended.state(), isWanted);
        }
    }

    private void failed(
            StepDefinition.ChildRun step, Failure failure, @Nullable RunState childState, boolean isWanted) {
        int attempt = progress.step(step.id()).attempt();
        boolean mayRetry = failure.category() != Category.SYSTEM || failure.retryable();
        if (!isWanted) {
            progress.cancel(step.id());
        } else if (mayRetry && step.retry().retries(attempt, failure.category().text(), null)) {
            Duration delay = step.retry().delayAfter(attempt, ThreadLocalRandom.current());
            progress.retryAt(step.id(), progress.now().plus(delay), failure);
        } else if (childState != null && step.onFailure() == OnFailure.CONTINUE) {
            ObjectNode outputs = JsonNodeFactory.instance.objectNode().put("status", childState.text());
            outputs.set("failure", failure.json());
            progress.succeed(step.id(), outputs, null, null);
        } else {
            progress.fail(step.id(), failure, null);
        }
    }

    /** The members of an object are the outputs; any other result is one. */
    private static ObjectNode outputs(@Nullable JsonNode result) {
        ObjectNode outputs = JsonNodeFactory.instance.objectNode();
        if (result instanceof ObjectNode members) {
            outputs.setAll(members);
        } else if (result != null) {
            outputs.set("result", result);
        }
        return outputs;
    }

    private Failure failure(StepDefinition.ChildRun step, RunCommand.ChildEnded ended) {
        Failure why = ended.failure();
        boolean cancelled = ended.state() == RunState.CANCELLED;
        String message = "The run " + ended.child() + " of " + step.job()
                + (cancelled ? " was cancelled: " : " failed: ")
                + (why == null ? "" : why.message());
        return new Failure(
                why == null ? Category.SYSTEM : why.category(),
                cancelled ? "child-cancelled" : "child-failed",
                cut(context.mask().mask(message)),
                why != null && why.retryable(),
                step.id());
    }

    private Failure refusal(StepDefinition.ChildRun step, ProblemException e) {
        Category category = e.type() == ProblemType.POLICY_DENIED
                ? Category.POLICY
                : e.type() == ProblemType.CONCURRENCY_CONFLICT ? Category.RESOURCE : Category.APPLICATION;
        String message = "The job " + step.job() + " could not be run: "
                + (e.faults().size() > 1
                        ? e.faults().stream()
                                .map(ProblemException.Fault::message)
                                .collect(Collectors.joining(" "))
                        : e.detail());
        return new Failure(
                category, e.type().slug(), cut(context.mask().mask(message)), category == Category.RESOURCE, step.id());
    }

    private static String cut(String message) {
        return Shortened.to(LONGEST_MESSAGE, message);
    }

    private static RunId child(StepRecord step) {
        return Objects.requireNonNull(step.child());
    }

    private StepDefinition.ChildRun definition(String stepId) {
        return (StepDefinition.ChildRun) context.job().step(stepId).orElseThrow();
    }
}
