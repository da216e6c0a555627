package io.yardmaster.wakeups;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.yardmaster.kernel.RunId;
import java.time.Duration;
import java.util.Collection;
import javax.sql.DataSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Tells other servers on the same database where to look, and publishes their {@link News} here. To be called after the
 * commit it speaks of. What is told while a message is under way goes out with the next one; nobody waits for it.
 */
@Component
@EnableConfigurationProperties(WakeupProperties.class)
public class Wakeups implements SmartLifecycle {

    private final WakeupProperties properties;
    private final Hearing hearing = new Hearing();
    private final Outbox outbox = new Outbox();
    private final Sender sender;
    private final Receiver receiver;
    private volatile boolean running;

    Wakeups(WakeupProperties properties, DataSource pool, ApplicationEventPublisher events, MeterRegistry meters) {
        this.properties = properties;
        this.sender = new Sender(pool, outbox, hearing, meters);
        this.receiver = new Receiver(properties, pool, sender, hearing, events, meters);
        Gauge.builder("yardmaster.wakeups.listening", hearing, h -> h.isListening() ? 1 : 0)
                .description("1 where this server hears what others have done, 0 where it has to look")
                .register(meters);
    }

    /** The logs of these runs have grown. */
    public void grown(Collection<RunId> runIds) {
        if (hearing.hasAudience() && !runIds.isEmpty()) {
            outbox.grown(runIds);
        }
    }

    /** These runs have ended. */
    public void ended(Collection<RunId> runIds) {
        if (hearing.hasAudience() && !runIds.isEmpty()) {
            outbox.ended(runIds);
        }
    }

    /** There is a command in the inbox of a run that is not driven here. */
    public void commanded(RunId runId) {
        if (hearing.hasAudience()) {
            outbox.commanded(runId);
        }
    }

    /** Runs wait in the queue that this server has no place for. */
    public void queued() {
        if (hearing.hasAudience()) {
            outbox.queued();
        }
    }

    /** Others should look at everything: more has changed than can be named. */
    public void anything() {
        if (hearing.hasAudience()) {
            outbox.anything();
        }
    }

    /** How long to wait for news before looking without any. */
    public Duration patience() {
        return hearing.isListening() ? properties.backstop() : properties.poll();
    }

    /** Whether this server hears what others have done. */
    public boolean isListening() {
        return hearing.isListening();
    }

    @Override
    public void start() {
        running = true;
        sender.start();
        receiver.start();
    }

    /** Sends what is left. */
    @Override
    public void stop() {
        running = false;
        receiver.stop();
        sender.stop();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /** Before all that rings and is rung, and after it when the server stops. */
    @Override
    public int getPhase() {
        return 0;
    }
}
