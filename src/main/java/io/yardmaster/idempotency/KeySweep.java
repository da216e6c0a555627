package io.yardmaster.idempotency;

import io.yardmaster.database.Tenancy;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Removes keys whose time is over, a few at a time. */
@Component
class KeySweep implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(KeySweep.class);
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final Duration BREATH = Duration.ofMillis(50);

    private final IdempotencyKeys keys;
    private final TransactionTemplate transactions;
    private @Nullable Thread sweeper;

    KeySweep(IdempotencyKeys keys, TransactionTemplate transactions) {
        this.keys = keys;
        this.transactions = transactions;
    }

    @Override
    public void start() {
        sweeper = Thread.ofVirtual().name("idempotency-keys").start(this::sweepNowAndThen);
    }

    @Override
    public void stop() {
        Thread running = sweeper;
        if (running != null) {
            running.interrupt();
            sweeper = null;
        }
    }

    @Override
    public boolean isRunning() {
        return sweeper != null;
    }

    private void sweepNowAndThen() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(PAUSE);
                while (sweep()) {
                    Thread.sleep(BREATH);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                log.warn("Old idempotency keys could not be removed; trying again: {}", e.getMessage());
            }
        }
    }

    /** Removes some; whether there may be more. */
    boolean sweep() {
        return Tenancy.allTenants(() -> Objects.requireNonNull(transactions.execute(_ -> keys.sweep())));
    }
}
