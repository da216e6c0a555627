package io.yardmaster.blobs;

import io.yardmaster.kernel.Sha256;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Removes bytes that nothing refers to any more: those of runs that go, and now and then what a server that was killed has
 * left over. Servers that share a store may all do so at the same time.
 */
@Component
public class UnusedBlobs implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(UnusedBlobs.class);
    private static final int AT_ONCE = 500;

    /** Nobody takes longer to store a blob. */
    private static final Duration LONGEST_TO_FINISH = Duration.ofDays(2);

    private final SweptBlobStore store;
    private final ObjectProvider<BlobReferences> references;
    private final BlobProperties properties;
    private final ScheduledExecutorService clockwork = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("unused blobs").factory());
    private volatile boolean running;

    UnusedBlobs(SweptBlobStore store, ObjectProvider<BlobReferences> references, BlobProperties properties) {
        this.store = store;
        this.references = references;
        this.properties = properties;
    }

    /**
     * Sets those of these blobs aside that nothing needs, to be removed some time later. Not to be called inside a
     * transaction: what is not committed yet is no reference.
     */
    public void setAside(Collection<Sha256> candidates) {
        if (candidates.isEmpty()) {
            return;
        }
        try {
            Instant now = store.now();
            Set<Sha256> needed = needed(candidates);
            for (Sha256 blob : candidates) {
                if (!needed.contains(blob)) {
                    store.setAside(blob, now, properties.keepUnused());
                }
            }
        } catch (IOException e) {
            log.warn("Bytes that nothing refers to cannot be set aside: {}", e.getMessage());
        }
    }

    /**
     * For how long after bytes were stored they may be referred to without more ado; later, they have to be
     * {@linkplain BlobStore#keep kept} before, for they may be about to be set aside.
     */
    public Duration referWithin() {
        return properties.referWithin();
    }

    /** Looks at all blobs. */
    void sweep() {
        try {
            for (List<Sha256> some : store.all()) {
                setAside(some);
            }
            store.abandonUnfinished(store.now(), LONGEST_TO_FINISH);
        } catch (IOException | RuntimeException e) {
            log.warn("The blobs cannot be looked at: {}", e.getMessage());
        }
    }

    /** Removes what was set aside long ago and is still not needed. */
    void removeSetAside() {
        try {
            Instant now = store.now();
            List<Sha256> old = store.aside(now, properties.keepUnused());
            for (int from = 0; from < old.size(); from += AT_ONCE) {
                List<Sha256> some = old.subList(from, Math.min(old.size(), from + AT_ONCE));
                Set<Sha256> needed = needed(some);
                for (Sha256 blob : some) {
                    if (needed.contains(blob)) {
                        store.putBack(blob);
                    } else {
                        store.discard(blob, now, properties.keepUnused());
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            log.warn("Bytes that nothing refers to cannot be removed: {}", e.getMessage());
        }
    }

    private Set<Sha256> needed(Collection<Sha256> candidates) {
        Set<Sha256> needed = new HashSet<>();
        references.forEach(one -> needed.addAll(one.needed(candidates)));
        return needed;
    }

    @Override
    public void start() {
        running = true;
        long every = properties.sweep().toMillis();
        var _ = clockwork.scheduleWithFixedDelay(this::sweep, every, every, TimeUnit.MILLISECONDS);
        long rest = Math.max(1_000, properties.keepUnused().toMillis());
        var _ = clockwork.scheduleWithFixedDelay(this::removeSetAside, rest, rest, TimeUnit.MILLISECONDS);
    }

    @Override
    public void stop() {
        running = false;
        clockwork.shutdownNow();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
