package io.yardmaster.events;

import io.yardmaster.kernel.RunId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Everybody who waits for a run's end. Waiting takes a little memory, and no thread. */
@Component
public class RunEnds implements SmartLifecycle {

    private final ConcurrentHashMap<RunId, Set<CompletableFuture<Boolean>>> waiting = new ConcurrentHashMap<>();
    private volatile boolean running = true;

    /**
     * Waits for a run's end. Look at the run once more after this: it may have ended just before.
     *
     * @return whether the run has ended; false when the time is over, or the server stops. To cancel it ends the wait
     */
    @SuppressWarnings("CollectionUndefinedEquality") // a future is equal to itself only, which is what is meant
    public CompletableFuture<Boolean> await(RunId runId, Duration atMost) {
        CompletableFuture<Boolean> end = new CompletableFuture<>();
        waiting.compute(runId, (id, others) -> {
            Set<CompletableFuture<Boolean>> all = others == null ? new HashSet<>() : others;
            all.add(end);
            return all;
        });
        var _ = end.whenComplete((ended, fault) -> waiting.computeIfPresent(runId, (id, all) -> {
            all.remove(end);
            return all.isEmpty() ? null : all;
        }));
        if (!running) {
            end.complete(false);
        }
        return end.completeOnTimeout(false, atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Tells who waits for this run that it has ended. */
    public void ended(RunId runId) {
        List<CompletableFuture<Boolean>> told = new ArrayList<>();
        waiting.computeIfPresent(runId, (id, all) -> {
            told.addAll(all);
            return all;
        });
        told.forEach(end -> end.complete(true));
    }

    /** The runs that somebody waits for. */
    public Set<RunId> awaited() {
        return Set.copyOf(waiting.keySet());
    }

    /** How many wait. */
    public int waiting() {
        return waiting.values().stream().mapToInt(Set::size).sum();
    }

    @Override
    public void start() {
        running = true;
    }

    /** Answers everybody, before the server stops taking requests and waits for those under way. */
    @Override
    public void stop() {
        running = false;
        List<CompletableFuture<Boolean>> all = new ArrayList<>();
        waiting.keySet()
                .forEach(runId -> waiting.computeIfPresent(runId, (id, ends) -> {
                    all.addAll(ends);
                    return ends;
                }));
        all.forEach(end -> end.complete(false));
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        // After the time in which a server that stops only says so.
        return Integer.MAX_VALUE - 1;
    }
}
