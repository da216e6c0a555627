package io.yardmaster.engine;

import io.yardmaster.executors.process.HostLease;
import io.yardmaster.executors.process.ProcessExecutor;
import io.yardmaster.runs.Nodes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Tells the database again and again that this server lives, and looks whether the others do. */
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
    private @Nullable Thread thread;

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
        thread = Thread.ofPlatform().name("beat").daemon().start(() -> beat(listener));
    }

    /** Nothing is told to the listener any more. */
    void stop() {
        beating = false;
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            try {
                running.join(PATIENCE_WITH_A_BEAT);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void beat(Listener listener) {
        while (beating) {
            try {
                Thread.sleep(properties.beat());
                if (sayThatItLives(listener)) {
                    int freed = nodes.lookAtOthers();
                    if (freed > 0) {
                        meters.tookOver(freed);
                        listener.runsAreFree();
                    }
                    listener.lives();
                    nodes.correctClock();
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.warn("The beat could not be written: {}", e.getMessage());
            }
        }
    }

    private boolean sayThatItLives(Listener listener) {
        long asOf = lease.now();
        if (nodes.beat()) {
            lease.renew(asOf, nodes.self());
            executor.keepWarden();
            return true;
        }
        lease.lose();
        if (beating) {
            listener.wasDeclaredDead();
        }
        return false;
    }

    /** Who acts on what the beat brings; on the thread of the beat. */
    interface Listener {

        /** This server lives, as far as all know. */
        void lives();

        /** Others have died, and their runs can be claimed. */
        void runsAreFree();

        /** The others took this server for dead. All its runs are lost, and it has to {@linkplain #register} again. */
        void wasDeclaredDead();
    }
}
