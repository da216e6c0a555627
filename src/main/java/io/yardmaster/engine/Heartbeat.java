package io.yardmaster.engine;

import io.yardmaster.executors.process.HostLease;
import io.yardmaster.executors.process.ProcessExecutor;
import io.yardmaster.runs.Nodes;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Tells the database again and again that this server lives, and looks whether the others do. The two have a thread each:
 * who looks around may have to wait for a connection, and a beat must wait for nothing.
 */
@Component
final class Heartbeat {

    private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);
    private static final Duration PATIENCE_WITH_A_BEAT = Duration.ofSeconds(2);

    private final Nodes nodes;
    private final HostLease lease;
    private final ProcessExecutor executor;
    private final EngineProperties properties;
    private final EngineMeters meters;
    private volatile boolean beating;
    /** Whether the last beat said so. Who is not heard himself does not judge others. */
    private volatile boolean lives;

    private List<Thread> threads = List.of();

    Heartbeat(
            Nodes nodes, HostLease lease, ProcessExecutor executor, EngineProperties properties, EngineMeters meters) {
        this.nodes = nodes;
        this.lease = lease;
        this.executor = executor;
        this.properties = properties;
        this.meters = meters;
    }

    /** Makes this server known as a new one. */
    void register() {
        long asOf = lease.now();
        nodes.register(properties.lease(), lease.orphanGrace().orElse(null));
        lease.renew(asOf, nodes.self());
        executor.keepWarden();
    }

    void start(Listener listener) {
        beating = true;
        threads = List.of(
                Thread.ofPlatform()
                        .name("beat")
                        .daemon()
                        .start(() -> again("The beat could not be written", () -> sayThatItLives(listener))),
                Thread.ofPlatform()
                        .name("lookout")
                        .daemon()
                        .start(() -> again("The other servers could not be looked at", () -> lookAround(listener))));
    }

    /** Nothing is told to the listener any more. */
    void stop() {
        beating = false;
        threads.forEach(Thread::interrupt);
        try {
            for (Thread running : threads) {
                running.join(PATIENCE_WITH_A_BEAT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void again(String failure, Runnable work) {
        while (beating) {
            try {
                Thread.sleep(properties.beat());
                work.run();
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.warn("{}: {}", failure, e.getMessage());
            }
        }
    }

    private void sayThatItLives(Listener listener) {
        long asOf = lease.now();
        boolean heard = false;
        try {
            heard = nodes.beat();
        } finally {
            lives = heard;
        }
        if (heard) {
            lease.renew(asOf, nodes.self());
            executor.keepWarden();
            return;
        }
        lease.lose();
        if (beating) {
            listener.wasDeclaredDead();
        }
    }

    private void lookAround(Listener listener) {
        if (!lives) {
            return;
        }
        int freed = nodes.lookAtOthers();
        if (freed > 0) {
            meters.tookOver(freed);
            listener.runsAreFree();
        }
        listener.lives();
        nodes.correctClock();
    }

    /** Who acts on what the beat and the looks bring. */
    interface Listener {

        /** This server lives, as far as all know; on the thread that looks around. */
        void lives();

        /** Others have died, and their runs can be claimed; on the thread that looks around. */
        void runsAreFree();

        /**
         * The others took this server for dead. All its runs are lost, and it has to {@linkplain #register} again; on the
         * thread of the beat.
         */
        void wasDeclaredDead();
    }
}
