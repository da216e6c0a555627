package io.yardmaster.engine;

import io.yardmaster.executors.process.HostLease;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.ClaimedRun;
import io.yardmaster.runs.DatabaseClock;
import io.yardmaster.runs.Nodes;
import io.yardmaster.runs.RunLease;
import io.yardmaster.runs.RunNeedsAttention;
import io.yardmaster.runs.RunQueue;
import io.yardmaster.runs.RunQueued;
import io.yardmaster.wakeups.News;
import io.yardmaster.wakeups.Wakeups;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionalEventListener;

/** Claims runs for this server and gives each a driver on a thread of its own. */
@Component
class Dispatcher implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);
    private static final Duration PATIENCE_WITH_DRIVERS = Duration.ofSeconds(10);
    private static final Duration PATIENCE_WITH_A_CLAIM = Duration.ofSeconds(2);

    private final RunQueue queue;
    private final DrivenRuns driven;
    private final Nodes nodes;
    private final Journal journal;
    private final DatabaseClock clock;
    private final EngineMeters meters;
    private final Heartbeat heartbeat;
    private final HostLease lease;
    private final Leftovers leftovers;
    private final Duration patienceWithSteps;
    /** Held while runs are claimed, and while they must not be. */
    private final ReentrantLock claiming = new ReentrantLock();

    private final Wakeups wakeups;
    /** Runs that commands came in for since the last claim began, which may have been too late for it to see. */
    private final Set<RunId> commanded = ConcurrentHashMap.newKeySet();

    private volatile boolean anyCommanded;

    private final Semaphore bell = new Semaphore(0);
    private volatile boolean queuedHere;
    private volatile boolean running;
    private volatile boolean draining;
    /** How often this server has registered, and for which of these times it has looked after what was left. */
    private volatile int registrations;

    private volatile int cleared;

    Dispatcher(
            RunQueue queue,
            DrivenRuns driven,
            Nodes nodes,
            Journal journal,
            DatabaseClock clock,
            EngineMeters meters,
            Heartbeat heartbeat,
            HostLease lease,
            Leftovers leftovers,
            StopProperties stopping,
            Wakeups wakeups) {
        this.queue = queue;
        this.driven = driven;
        this.nodes = nodes;
        this.journal = journal;
        this.clock = clock;
        this.meters = meters;
        this.heartbeat = heartbeat;
        this.lease = lease;
        this.leftovers = leftovers;
        this.patienceWithSteps = stopping.waitForSteps();
        this.wakeups = wakeups;
    }

    @Override
    public void start() {
        running = true;
        register();
        journal.start();
        Thread.ofPlatform().name("dispatcher").daemon().start(this::dispatch);
        heartbeat.start(new Beats());
    }

    /** Leaves every run as it is: processes go on under their shims, and the next server takes them up. */
    @Override
    public void stop() {
        running = false;
        bell.release();
        try {
            awaitClaim();
            if (!patienceWithSteps.isZero()) {
                driven.handOverUnlessHere();
                if (!driven.awaitEnd(patienceWithSteps)) {
                    log.warn("Runs with processes did not end within {}", patienceWithSteps);
                }
            }
            driven.handOver();
            if (!driven.awaitEnd(PATIENCE_WITH_DRIVERS)) {
                log.warn("A run could not be handed over in time; the next server takes it up as it is");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        journal.close();
        heartbeat.stop();
        nodes.leave();
        // Runs without a host's files may go on anywhere.
        wakeups.anything();
    }

    /** What is being claimed now is handed over with the rest. */
    private void awaitClaim() throws InterruptedException {
        if (claiming.tryLock(PATIENCE_WITH_A_CLAIM.toMillis(), TimeUnit.MILLISECONDS)) {
            claiming.unlock();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** After the readers were told to come back, and before the web server closes. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 2;
    }

    /** A server that is about to stop claims no more than what wants attention only. */
    @EventListener
    void readiness(AvailabilityChangeEvent<ReadinessState> event) {
        draining = running && event.getState() == ReadinessState.REFUSING_TRAFFIC;
    }

    /** What is not committed yet cannot be claimed. */
    @TransactionalEventListener(fallbackExecution = true)
    void wake(RunQueued event) {
        queuedHere = true;
        bell.release();
    }

    @TransactionalEventListener(fallbackExecution = true)
    void wake(RunNeedsAttention event) {
        if (!lookIntoInbox(event.runId())) {
            wakeups.commanded(event.runId());
        }
        bell.release();
    }

    /** What other servers did. */
    @EventListener
    void wake(News news) {
        boolean elsewhere = false;
        for (RunId runId : news.commanded()) {
            elsewhere |= !lookIntoInbox(runId);
        }
        if (news.unknown()) {
            anyCommanded = true;
            driven.lookIntoEveryInbox();
        }
        // Without a free place the queue is looked at as soon as there is one.
        if (elsewhere || news.unknown() || (news.queued() && freePlaces() > 0)) {
            bell.release();
        }
    }

    /** Whether the run is driven here. */
    private boolean lookIntoInbox(RunId runId) {
        commanded.add(runId);
        return driven.lookIntoInbox(runId);
    }

    private int freePlaces() {
        return draining ? 0 : driven.freePlaces();
    }

    private void dispatch() {
        while (running) {
            try {
                bell.drainPermits();
                if (!claim()) {
                    var _ = bell.tryAcquire(untilNextLook().toMillis(), TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.warn("The queue cannot be read: {}", e.getMessage());
                pause();
            }
        }
    }

    /** Takes up runs that wait for a server. Returns whether there were any. */
    private boolean claim() {
        claiming.lock();
        try {
            // Whoever may be taken for dead by now claims nothing.
            if (!running || cleared != registrations || !lease.isHeld()) {
                return false;
            }
            boolean submitted = queuedHere;
            queuedHere = false;
            commanded.clear();
            anyCommanded = false;
            int places = freePlaces();
            List<RunLease> claimed = meters.claiming(() -> queue.claim(nodes.self(), nodes.host(), places));
            if (submitted && claimed.size() >= places) {
                wakeups.queued();
            }
            load(claimed).forEach(this::drive);
            return !claimed.isEmpty();
        } finally {
            claiming.unlock();
        }
    }

    /** The queue is looked at when something is due, and now and then in case a bell was missed. */
    private Duration untilNextLook() {
        Optional<Instant> due = queue.nextDue(nodes.host());
        Duration patience = wakeups.patience();
        Duration untilDue = due.map(at -> Duration.between(clock.instant(), at)).orElse(patience);
        Duration wait = untilDue.compareTo(patience) < 0 ? untilDue : patience;
        return wait.isNegative() ? Duration.ofMillis(20) : wait.plusMillis(1);
    }

    /** One run that cannot be read keeps no other from being driven. */
    private List<ClaimedRun> load(List<RunLease> claimed) {
        if (claimed.isEmpty()) {
            return List.of();
        }
        try {
            return queue.load(claimed);
        } catch (RuntimeException e) {
            List<ClaimedRun> readable = new ArrayList<>();
            for (RunLease lease : claimed) {
                try {
                    readable.addAll(queue.load(List.of(lease)));
                } catch (RuntimeException fault) {
                    driven.leave(lease, fault);
                }
            }
            return readable;
        }
    }

    private void drive(ClaimedRun run) {
        RunId runId = run.lease().runId();
        driven.drive(run, () -> run.hasCommands() || anyCommanded || commanded.contains(runId), bell::release);
    }

    /** Others go on with the runs of this server, or it does itself, as another node. */
    private void startAnew() {
        claiming.lock();
        try {
            log.warn("This server was silent for so long that others took it for dead: it leaves its runs");
            driven.leaseIsLost();
            register();
        } finally {
            claiming.unlock();
        }
    }

    private void register() {
        heartbeat.register();
        int registration = registrations + 1;
        registrations = registration;
        Thread.ofVirtual().name("leftovers").start(() -> clearLeftovers(registration));
    }

    /** Before anything is claimed. The beat must not wait for it. */
    private void clearLeftovers(int registration) {
        while (running && registration == registrations) {
            try {
                leftovers.clear();
                cleared = registration;
                bell.release();
                return;
            } catch (RuntimeException e) {
                log.warn("What is left of runs that are over cannot be cleared away yet: {}", e.getMessage());
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(500);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Beats implements Heartbeat.Listener {

        @Override
        public void lives() {
            // In case a bell was missed.
            if (!driven.isEmpty()) {
                queue.withWaitingCommands(nodes.self()).forEach(Dispatcher.this::lookIntoInbox);
            }
            queue.sweep();
        }

        @Override
        public void runsAreFree() {
            bell.release();
        }

        @Override
        public void wasDeclaredDead() {
            startAnew();
        }
    }
}
