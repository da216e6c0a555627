package io.yardmaster.engine;

import io.yardmaster.events.EventType;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.RunTransition;
import io.yardmaster.runs.StepRecord;
import io.yardmaster.runs.StepState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * The time in which nothing of one run runs. It has no owner then: it is let go, and claimed again when something is due or
 * somebody wants something of it.
 */
final class Waiting {

    /** A shorter wait keeps the run here: letting go and claiming again would cost more than the wait. */
    static final Duration WORTH_LETTING_GO = Duration.ofSeconds(30);

    /** What a run waits for that could go on: it was resumed, or this server has as many as it drives. */
    static final String FOR_A_PLACE = "place";

    private final RunContext context;
    private final RunProgress progress;
    private final RunStanding standing;
    private final StepKinds kinds;
    private final DueTimes dueTimes;
    private final Inbox inbox;
    private final RunWorkspace workspace;
    private final Commits commits;
    private final LettingGo lettingGo;
    private final BooleanSupplier isCrowded;

    /** @param isCrowded whether this server drives more runs than it has places */
    Waiting(
            RunContext context,
            RunProgress progress,
            RunStanding standing,
            StepKinds kinds,
            DueTimes dueTimes,
            Inbox inbox,
            RunWorkspace workspace,
            Commits commits,
            LettingGo lettingGo,
            BooleanSupplier isCrowded) {
        this.context = context;
        this.progress = progress;
        this.standing = standing;
        this.kinds = kinds;
        this.dueTimes = dueTimes;
        this.inbox = inbox;
        this.workspace = workspace;
        this.commits = commits;
        this.lettingGo = lettingGo;
        this.isCrowded = isCrowded;
    }

    // ---- A run that waited when it was claimed

    /**
     * Lets a waiting run go again that has nothing to do yet, for what it was claimed for decides nothing, or that has, and
     * no place here for it; answers whether it did.
     */
    boolean letsGoAgain() {
        while (standing.is(RunState.WAITING)
                && !standing.isEnding()
                && !standing.hold().isOn()) {
            if (kinds.gates().lookAfter()) {
                inbox.read();
                continue;
            }
            boolean hasWork = hasWork();
            if (hasWork && !(context.run().hasCommands() && isCrowded.getAsBoolean())) {
                return false;
            }
            Optional<Instant> due = hasWork ? Optional.of(progress.now()) : dueTimes.next();
            standing.saysItWaitsFor(hasWork ? EventData.waiting(FOR_A_PLACE, null) : waitsFor());
            if (hasWork) {
                progress.changes()
                        .event(EventType.RUN_WAITING, progress.now(), null, EventData.waiting(FOR_A_PLACE, null));
            }
            commits.flush();
            if (lettingGo.until(due.orElse(null))) {
                return true;
            }
            inbox.read();
        }
        return false;
    }

    private boolean hasWork() {
        return FOR_A_PLACE.equals(context.run().waitReason())
                || !context.run().attempts().isEmpty()
                || dueTimes.isPastDeadline()
                || progress.isOver()
                || !progress.decidable().isEmpty()
                || kinds.fanOut().hasWork()
                || progress.steps().stream()
                        .anyMatch(step -> step.state() == StepState.WAITING && progress.isPast(step.dueAt()));
    }

    // ---- A run that has come to wait

    /** @param due when something is due next; empty: nothing is */
    boolean isWorthLettingGo(Optional<Instant> due) {
        return !standing.isEnding()
                && due.map(at -> Duration.between(progress.now(), at).compareTo(WORTH_LETTING_GO) >= 0)
                        .orElse(true);
    }

    /**
     * Lets the run go.
     *
     * @return false where it is still here: a command came in, or it has to end
     */
    boolean begin(Optional<Instant> due) {
        if (!workspace.setAside()) {
            return false;
        }
        ObjectNode waitsFor = waitsFor();
        standing.rest(RunTransition.WAIT, waitsFor);
        progress.changes().event(EventType.RUN_WAITING, progress.now(), null, waitsFor);
        commits.flush();
        workspace.leaveHost();
        if (lettingGo.until(due.orElse(null))) {
            return true;
        }
        standing.move(RunTransition.WAKE);
        progress.changes().event(EventType.RUN_RESUMED, progress.now(), null, EventData.none());
        inbox.read();
        return false;
    }

    /** What the steps wait for: people before messages before other runs before times. */
    private ObjectNode waitsFor() {
        List<StepRecord> waiting = progress.steps().stream()
                .filter(step -> step.state() == StepState.WAITING)
                .toList();
        Instant until = waiting.stream()
                .map(StepRecord::dueAt)
                .flatMap(Stream::ofNullable)
                .min(Instant::compareTo)
                .orElse(null);
        String reason = waiting.stream().anyMatch(Gates::isOpen)
                ? Gates.REASON
                : waiting.stream().anyMatch(Signals::isWaiting)
                        ? Signals.REASON
                        : waiting.stream().anyMatch(Children::isWaiting) ? Children.REASON : "timer";
        ObjectNode waitsFor = EventData.waiting(reason, until);
        waiting.stream().map(StepRecord::stepId).forEach(waitsFor.putArray("step_ids")::add);
        return waitsFor;
    }
}
