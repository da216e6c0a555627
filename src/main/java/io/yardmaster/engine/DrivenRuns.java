package io.yardmaster.engine;

import io.yardmaster.engine.RunDriver.Left;
import io.yardmaster.executors.RunFolders;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.DatabaseClock;
import io.yardmaster.runs.RunLease;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The runs that this server drives, each on a thread of its own. */
@Component
class DrivenRuns {

    private static final Logger log = LoggerFactory.getLogger(DrivenRuns.class);

    private final Drivers drivers;
    private final BrokenRuns brokenRuns;
    private final RunFolders folders;
    private final EngineProperties properties;
    private final DatabaseClock clock;
    private final EngineMeters meters;
    private final Map<RunId, Driving> driving = new ConcurrentHashMap<>();

    DrivenRuns(
            Drivers drivers,
            BrokenRuns brokenRuns,
            RunFolders folders,
            EngineProperties properties,
            DatabaseClock clock,
            EngineMeters meters) {
        this.drivers = drivers;
        this.brokenRuns = brokenRuns;
        this.folders = folders;
        this.properties = properties;
        this.clock = clock;
        this.meters = meters;
        meters.driving(driving, properties.maxConcurrentRuns());
    }

    boolean isEmpty() {
        return driving.isEmpty();
    }

    /** How many more there may be. */
    int freePlaces() {
        return Math.max(0, properties.maxConcurrentRuns() - driving.size());
    }

    private boolean areCrowded() {
        return driving.size() > properties.maxConcurrentRuns();
    }

    // ---- Driving

    /**
     * Drives a run that was claimed.
     *
     * @param hasCommands whether its inbox has to be looked into first; asked when the driver can be told of new ones
     * @param afterwards is called when its place is free
     */
    void drive(ClaimedRun run, BooleanSupplier hasCommands, Runnable afterwards) {
        meters.claimed(run, clock.instant());
        RunId runId = run.lease().runId();
        RunDriver driver;
        try {
            driver = drivers.of(run, this::areCrowded);
        } catch (RuntimeException e) {
            leave(run.lease(), e);
            return;
        }
        CountDownLatch gone = new CountDownLatch(1);
        Driving mine = new Driving(driver, gone);
        Driving before = driving.put(runId, mine);
        boolean lookFirst = hasCommands.getAsBoolean();
        Thread.ofVirtual().name(runId.toString()).start(() -> {
            try (var _ = LogContext.of(run)) {
                if (before != null) {
                    before.end();
                }
                drive(run, driver, lookFirst);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                // A run that was let go may have been claimed again by now, and have another driver here.
                driving.remove(runId, mine);
                gone.countDown();
                afterwards.run();
            }
        });
    }

    private void drive(ClaimedRun run, RunDriver driver, boolean hasCommands) {
        RunId runId = run.lease().runId();
        try {
            if (driver.drive(hasCommands) == Left.FINISHED) {
                removeFolder(runId);
            }
            brokenRuns.forget(runId);
        } catch (LeaseLostException e) {
            log.warn("{}; what runs of it here is left to its new owner", e.getMessage());
            driver.abandon();
            brokenRuns.leaveIfStillHeld(run.lease());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            driver.abandon();
        } catch (RuntimeException e) {
            driver.abandon();
            brokenRuns.leave(run.lease(), e);
        }
    }

    /** What cannot be removed now is removed when the server starts the next time. */
    private void removeFolder(RunId runId) {
        try {
            folders.of(runId).delete();
        } catch (UncheckedIOException e) {
            log.warn("The folder of {} cannot be removed: {}", runId, e.getMessage());
        }
    }

    /** Lets a run go that was claimed and cannot be driven. */
    void leave(RunLease lease, RuntimeException fault) {
        Thread.ofVirtual().name(lease.runId().toString()).start(() -> brokenRuns.leave(lease, fault));
    }

    // ---- Telling drivers

    /** Whether the run is driven here: its driver looks into its inbox. */
    boolean lookIntoInbox(RunId runId) {
        Driving one = driving.get(runId);
        if (one != null) {
            one.driver().lookIntoInbox();
        }
        return one != null;
    }

    void lookIntoEveryInbox() {
        driving.values().forEach(one -> one.driver().lookIntoInbox());
    }

    /** Leaves each run as it is. */
    void handOver() {
        driving.values().forEach(one -> one.driver().handOver());
    }

    /** Leaves each run of which nothing lies on this host, and goes on with the others. */
    void handOverUnlessHere() {
        driving.values().forEach(one -> one.driver().handOverUnlessHere());
    }

    /** Others own the runs now. */
    void leaseIsLost() {
        driving.values().forEach(one -> one.driver().leaseIsLost());
    }

    /** Whether those that are driven now are not any more, at the latest after so long. */
    boolean awaitEnd(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        for (Driving one : driving.values()) {
            if (!one.gone().await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                return false;
            }
        }
        return true;
    }

    private record Driving(RunDriver driver, CountDownLatch gone) {

        /**
         * The run was claimed again, so this driver has lost it, and may not know yet. Two would be at work in the same
         * folder.
         */
        void end() throws InterruptedException {
            driver.leaseIsLost();
            gone.await();
        }
    }
}
