package io.yardmaster.engine;

import io.yardmaster.runs.RunQueue;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Gives one run out of this server's hands. It stays in them where a command has come in that nobody has acted on. */
final class LettingGo {

    private final RunContext context;
    private final RunProgress progress;
    private final RunQueue queue;

    LettingGo(RunContext context, RunProgress progress, RunQueue queue) {
        this.context = context;
        this.progress = progress;
        this.queue = queue;
    }

    /**
     * Nobody owns the run until then.
     *
     * @param due null: until somebody wants something of it
     * @return false where a command came in
     */
    boolean until(@Nullable Instant due) {
        return queue.release(context.run().lease(), context.log().inboxDone(), due);
    }

    /**
     * Leaves a run that has not started where the others are that wait for a place.
     *
     * @return false where a command came in
     */
    boolean toQueue() {
        if (context.run().heldBack()) {
            return queue.putBack(context.run().lease(), context.log().inboxDone(), queueDeadline());
        }
        Instant readyAt = context.run().readyAt();
        return until(progress.isPast(readyAt) ? queueDeadline() : readyAt);
    }

    /** This server stays for a while, and others need not wait for its end. */
    void toOthers() {
        queue.giveUp(context.run().lease(), progress.now());
    }

    /** When a run that goes back to the queue has waited there for too long; null where it may wait for ever. */
    private @Nullable Instant queueDeadline() {
        Instant now = progress.now();
        Instant ready = context.run().readyAt().isAfter(now) ? context.run().readyAt() : now;
        Duration patience = context.run().timeouts().queue();
        return Stream.of(context.run().deadlineAt(), patience == null ? null : ready.plus(patience))
                .flatMap(Stream::ofNullable)
                .min(Instant::compareTo)
                .orElse(null);
    }
}
