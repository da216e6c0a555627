package io.yardmaster.executors.process;

import io.yardmaster.executors.Console;
import io.yardmaster.executors.Execution;
import io.yardmaster.executors.Outcome;
import io.yardmaster.executors.StepFiles;
import io.yardmaster.executors.StepUpdate;
import io.yardmaster.kernel.OutputStreamName;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one attempt. Output is read on the threads given for it, by one at a time, whenever the attempt's folder
 * changes. What ends the attempt (its exit code, a stop, its loss) runs once, on a virtual thread; when nothing is alive
 * any more it leaves a verdict, and the last reading of the output completes the outcome with it.
 */
final class ProcessExecution implements Execution {

    /** How long processes that the step left behind may take after TERM. */
    private static final Duration LEFTOVER_GRACE = Duration.ofSeconds(1);
    /** How long output may be on its way after the last process we can see is gone. */
    private static final Duration RELAY_GRACE = Duration.ofSeconds(5);
    /** How long an empty control group may be held; the next server of this host sweeps what is left. */
    private static final Duration CGROUP_GRACE = Duration.ofSeconds(1);
    /** How long a shim that has begun may take to write itself down. */
    private static final Duration BIRTH_GRACE = Duration.ofSeconds(5);
    /** After this time without a sign of the shim the attempt is refused. */
    private static final Duration START_LIMIT = Duration.ofMinutes(1);
    /** Each so many sweeps everything is looked at, whether something was noticed or not. */
    private static final int SWEEPS_PER_FULL_LOOK = 10;

    private static final String LEASE_LOST =
            "The server was not in touch with its database when the attempt was to begin.";

    private static final Logger log = LoggerFactory.getLogger(ProcessExecution.class);

    private enum Reading {
        RESTING,
        READING,
        READING_AND_CALLED
    }

    private final AttemptFolder folder;
    private final StreamFollower out;
    private final StreamFollower err;
    private final Console console;
    private final Executor readers;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final long createdAt = System.nanoTime();

    private final AtomicReference<Reading> reading = new AtomicReference<>(Reading.RESTING);
    private final AtomicBoolean ending = new AtomicBoolean();
    private final AtomicReference<@Nullable Outcome> refusal = new AtomicReference<>();
    private final AtomicInteger sweeps = new AtomicInteger();
    private final Object graceLock = new Object();
    private @Nullable Long killAt;

    /** By which the step is asked for updates; null: it takes none. */
    private final @Nullable UpdateSpool updates;

    private final boolean startedHere;
    /** Open when nothing more is done to start the attempt. */
    private final CountDownLatch launched;

    private volatile OptionalLong child = OptionalLong.empty();
    private volatile boolean letGo;
    private volatile boolean watched = true;
    private volatile @Nullable ProcessTree tree;
    private volatile @Nullable Supplier<Outcome> verdict;

    /**
     * @param startedHere whether this server starts the attempt, by {@link #launch}, and does not only take it up
     * @param updates by which the step is asked for updates; null: it takes none
     * @param readers the platform threads on which output is read
     */
    ProcessExecution(
            AttemptFolder folder,
            boolean startedHere,
            Console console,
            Map<OutputStreamName, Long> offsets,
            @Nullable UpdateSpool updates,
            Executor readers) {
        this.updates = updates;
        this.startedHere = startedHere;
        this.launched = new CountDownLatch(startedHere ? 1 : 0);
        this.folder = folder;
        this.out = follower(OutputStreamName.STDOUT, folder, console, offsets);
        this.err = follower(OutputStreamName.STDERR, folder, console, offsets);
        this.console = console;
        this.readers = readers;
    }

    @Override
    public CompletableFuture<Outcome> outcome() {
        return outcome;
    }

    @Override
    public void stop(Duration grace) {
        killWithin(grace);
        end(this::endByStop);
    }

    @Override
    public boolean hand(StepUpdate update) {
        if (updates == null) {
            return false;
        }
        if (!updates.isThere()) {
            // It is made anew, and what was watched is gone.
            notWatched();
        }
        return updates.hand(update);
    }

    @Override
    public boolean hasTaken(StepUpdate update) {
        return updates != null && updates.hasTaken(update);
    }

    @Override
    public void forget(StepUpdate update) {
        if (updates != null) {
            updates.remove(update);
        }
    }

    @Override
    public void letGo() {
        letGo = true;
        outcome.completeExceptionally(new CancellationException("The attempt was let go."));
    }

    /** Launches the attempt, whose folder this server has just created, unless it was stopped before. */
    void launch(Launch launch) {
        try {
            if (!ending.get() && !letGo) {
                child = launch.run();
            }
        } catch (NotStartedException e) {
            refuse(e.reason());
        } catch (Exception e) {
            log.warn("An attempt cannot be started", e);
            refuse("The process cannot be started.");
        } finally {
            launched.countDown();
        }
    }

    /** What starts the shim of this attempt. */
    @FunctionalInterface
    interface Launch {

        /** Returns the shim's process id when it is a child of this server. */
        OptionalLong run() throws Exception;
    }

    /** Takes up an attempt whose folder was there before. */
    void takeUp() {
        if (folder.refuse()) {
            withhold("The server ended before the attempt began.");
        } else if (folder.exitCode().isPresent()) {
            call();
        } else {
            await(BIRTH_GRACE, () -> folder.shim().isPresent());
            Optional<ProcessTree> found = tree();
            if (found.isPresent() && found.get().shimIsAlive()) {
                call();
            } else {
                end(this::endLost);
            }
        }
    }

    /** Tells that nobody will {@link #call}, so that each sweep has to look. */
    void notWatched() {
        watched = false;
    }

    /** Tells that the attempt's folder has changed. */
    void call() {
        Reading before =
                reading.getAndUpdate(state -> state == Reading.RESTING ? Reading.READING : Reading.READING_AND_CALLED);
        if (before == Reading.RESTING) {
            readers.execute(this::read);
        }
    }

    /** Looks, once a second, for what changes no file: the end of a shim that was killed. */
    void sweep() {
        if (ending.get()) {
            return;
        }
        try {
            look();
        } catch (RuntimeException e) {
            log.warn("An attempt cannot be looked after: {}", e.getMessage());
        }
    }

    private void look() {
        boolean fullLook = sweeps.incrementAndGet() % SWEEPS_PER_FULL_LOOK == 0;
        Optional<ProcessTree> found = tree();
        if (found.isEmpty()) {
            if (folder.isRefused()) {
                withhold(LEASE_LOST);
            } else if (System.nanoTime() - createdAt > START_LIMIT.toNanos() && folder.refuse()) {
                refuse("The process did not start within a minute.");
            }
        } else if (!found.get().shimMayBeAlive() || (fullLook && !found.get().shimIsAlive())) {
            end(this::endLost);
        }
        if (console.isWaiting() || (updates != null && updates.isBeingWritten())) {
            call();
        }
        // An answer is seen only by reading: the step may have made its folder anew, which nobody watches.
        if ((fullLook || !watched)
                && (updates != null || folder.exitCode().isPresent() || out.isBehind() || err.isBehind())) {
            call();
        }
    }

    private void read() {
        do {
            reading.set(Reading.READING);
            Supplier<Outcome> last = verdict;
            try {
                var _ = tree();
                boolean more = true;
                while (more && !letGo) {
                    // Both in turn, so that a busy stream does not hold up the other.
                    boolean moreOut = out.follow();
                    more = err.follow() || moreOut;
                }
                if (letGo) {
                    return;
                }
                if (updates != null) {
                    updates.answers(last != null).forEach(console::answered);
                }
                if (last != null) {
                    out.finish();
                    err.finish();
                    outcome.complete(last.get());
                    return;
                }
                console.release();
                if (!ending.get() && folder.exitCode().isPresent()) {
                    end(this::endAfterExit);
                } else if (!ending.get() && tree == null && folder.isRefused()) {
                    withhold(LEASE_LOST);
                }
            } catch (RuntimeException e) {
                fail(e);
                return;
            }
        } while (!reading.compareAndSet(Reading.READING, Reading.RESTING));
    }

    /** Runs what ends the attempt, unless that is under way already. */
    private void end(Runnable how) {
        if (ending.compareAndSet(false, true)) {
            Thread.ofVirtual().name("attempt-end").start(() -> {
                try {
                    launched.await();
                    how.run();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (RuntimeException e) {
                    fail(e);
                }
            });
        }
    }

    private void endAfterExit() {
        OptionalInt code = folder.exitCode();
        killWithin(LEFTOVER_GRACE);
        tree().ifPresent(processes -> {
            if (!startedHere || processes.hasLeftovers()) {
                endProcesses(processes);
            }
        });
        decide(() -> new Outcome.Exited(code.orElseThrow(), StepFiles.read(folder.files())));
    }

    private void endByStop() {
        if (folder.exitCode().isPresent()) {
            endAfterExit();
            return;
        }
        if (!folder.refuse()) {
            await(BIRTH_GRACE, () -> folder.shim().isPresent());
            tree().ifPresent(this::endProcesses);
        }
        decide(Outcome.Stopped::new);
    }

    private void endLost() {
        if (folder.exitCode().isPresent()) {
            endAfterExit();
            return;
        }
        Optional<ProcessTree> processes = tree();
        killWithin(LEFTOVER_GRACE);
        processes.ifPresent(this::endProcesses);
        boolean restarted = processes.isPresent() && !processes.get().isOfThisBoot();
        String message;
        if (restarted) {
            message = "The machine was restarted while the step was running.";
        } else if (folder.wasOrphaned()) {
            message = "The server of this host was dead or cut off from its database for too long.";
        } else {
            message = "The process was ended from outside and left no exit code.";
        }
        decide(() -> new Outcome.Lost(message));
    }

    private void refuse(String message) {
        refuse(new Outcome.NotStarted(message));
    }

    private void withhold(String message) {
        refuse(new Outcome.Withheld(message));
    }

    private void refuse(Outcome outcome) {
        // The mark in the folder wakes who looks after it, and he takes it for the shim's.
        var _ = refusal.compareAndSet(null, outcome);
        try {
            if (folder.refuse()) {
                end(() -> decide(() -> Objects.requireNonNull(refusal.get())));
            }
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** TERM, and after the grace KILL until nothing is left. */
    private void endProcesses(ProcessTree processes) {
        if (processes.isEmpty()) {
            return;
        }
        processes.terminate();
        Pause pause = new Pause();
        while (!processes.isEmpty() && graceLeft()) {
            pause.take();
        }
        pause = new Pause();
        while (!processes.isEmpty()) {
            processes.kill();
            pause.take();
        }
    }

    /** Leaves the verdict when the output is complete. */
    private void decide(Supplier<Outcome> found) {
        tree().ifPresent(processes -> {
            if (!await(RELAY_GRACE, () -> !processes.shimOrRelayIsAlive())) {
                log.warn("A process that cannot be found still holds the output of an attempt.");
                processes.killShim();
                await(RELAY_GRACE, () -> !processes.shimOrRelayIsAlive());
            }
            processes.reap();
        });
        // A shim that was refused ends by itself.
        child.ifPresent(pid -> await(RELAY_GRACE, () -> Posix.reap(pid)));
        folder.cgroup().ifPresent(group -> await(CGROUP_GRACE, group::delete));
        folder.deletePipes();
        verdict = found;
        call();
    }

    private void fail(RuntimeException cause) {
        letGo = true;
        if (outcome.completeExceptionally(cause)) {
            log.debug("An attempt is not followed any more", cause);
        }
    }

    /** The processes of the attempt; empty as long as its shim has not written itself down. */
    private Optional<ProcessTree> tree() {
        ProcessTree known = tree;
        if (known == null) {
            Optional<Shim> shim = folder.shim();
            if (shim.isPresent()) {
                known = new ProcessTree(folder, shim.get(), startedHere);
                tree = known;
            }
        }
        return Optional.ofNullable(known);
    }

    private void killWithin(Duration grace) {
        long at = System.nanoTime() + grace.toNanos();
        synchronized (graceLock) {
            Long earlier = killAt;
            killAt = earlier == null || at - earlier < 0 ? at : earlier;
        }
    }

    private boolean graceLeft() {
        synchronized (graceLock) {
            return killAt == null || System.nanoTime() - killAt < 0;
        }
    }

    private static boolean await(Duration limit, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        Pause pause = new Pause();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            pause.take();
        }
        return true;
    }

    private static StreamFollower follower(
            OutputStreamName name, AttemptFolder folder, Console console, Map<OutputStreamName, Long> offsets) {
        return new StreamFollower(name, folder.output(name), console, offsets.getOrDefault(name, 0L));
    }

    /** Waits between two looks, longer each time. */
    private static final class Pause {

        private static final long LONGEST = Duration.ofMillis(50).toNanos();

        private long nanos = Duration.ofNanos(100_000).toNanos();

        void take() {
            LockSupport.parkNanos(nanos);
            nanos = Math.min(nanos * 2, LONGEST);
        }
    }
}
