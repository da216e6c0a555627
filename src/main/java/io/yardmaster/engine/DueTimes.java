package io.yardmaster.engine;

import io.yardmaster.runs.StepRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** When something of one run is due, and the end of what is out of time. */
final class DueTimes {

    private final RunContext context;
    private final RunProgress progress;
    private final RunStanding standing;
    private final StepKinds kinds;

    DueTimes(RunContext context, RunProgress progress, RunStanding standing, StepKinds kinds) {
        this.context = context;
        this.progress = progress;
        this.standing = standing;
        this.kinds = kinds;
    }

    /** Ends a run that has not begun in time. */
    void checkBeforeStart() {
        if (isPastQueueTimeout()) {
            standing.end(Ending.outOfTime("queue", "The run waited longer than its queue timeout to be started."));
        } else {
            checkDeadline();
        }
    }

    /** Ends the run where it is out of time, and those of its steps that are. */
    void check() {
        checkDeadline();
        if (!standing.isEnding() && progress.isPast(runTimeoutAt())) {
            standing.end(Ending.outOfTime("run", "The run worked longer than its timeout allows."));
        }
        kinds.running().stopThoseOutOfTime(standing.usualGrace());
    }

    private void checkDeadline() {
        if (!standing.isEnding() && isPastDeadline()) {
            standing.end(Ending.outOfTime("deadline", "The run did not end before its deadline."));
        }
    }

    boolean isPastDeadline() {
        return progress.isPast(context.run().deadlineAt());
    }

    /** Whether the run has waited for too long to be started. */
    boolean isPastQueueTimeout() {
        Duration patience = context.run().timeouts().queue();
        return patience != null && progress.isPast(context.run().readyAt().plus(patience));
    }

    /** When something is to be done that nobody else tells of; empty: never. */
    Optional<Instant> next() {
        return Stream.of(
                        Stream.of(context.run().deadlineAt(), runTimeoutAt())
                                .filter(at -> !standing.isEnding())
                                .flatMap(Stream::ofNullable),
                        progress.steps().stream()
                                .map(StepRecord::dueAt)
                                .filter(at -> !standing.hold().isOn())
                                .flatMap(Stream::ofNullable),
                        kinds.running().dueTimes(),
                        kinds.updates().dueTimes())
                .flatMap(times -> times)
                .min(Instant::compareTo);
    }

    private @Nullable Instant runTimeoutAt() {
        return standing.willHaveWorked(context.run().timeouts().run());
    }
}
