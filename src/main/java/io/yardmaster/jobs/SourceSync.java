package io.yardmaster.jobs;

import io.yardmaster.blobs.BlobStore;
import io.yardmaster.database.Tenancy;
import io.yardmaster.jobs.CatalogueStore.FolderFaults;
import io.yardmaster.kernel.Sha256;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Brings what is in a folder of jobs into the catalogue. A version appears whole or not at all: a folder that changes
 * while it is read is read again. What cannot be read leaves the catalogue as it was, and is said.
 */
final class SourceSync {

    private static final Logger log = LoggerFactory.getLogger(SourceSync.class);
    private static final int ATTEMPTS = 5;

    /** Two changes within one tick of the file system's clock look alike, so a look this soon after one proves little. */
    private static final Duration TICK = Duration.ofMillis(50);

    private final FolderSource source;
    private final CatalogueStore store;
    private final BlobStore blobs;
    private final TransactionTemplate transactions;
    private final Clock clock;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<JobId, Sha256> fingerprints = new HashMap<>();
    private final Map<JobId, Long> lookedAt = new ConcurrentHashMap<>();
    private List<FolderFaults> saidFaults = List.of();
    private boolean complete;
    private volatile long completeLookAt;
    private volatile long lookTook = Long.MAX_VALUE;

    SourceSync(
            FolderSource source, CatalogueStore store, BlobStore blobs, TransactionTemplate transactions, Clock clock) {
        this.source = source;
        this.store = store;
        this.blobs = blobs;
        this.transactions = transactions;
        this.clock = clock;
    }

    String name() {
        return source.name();
    }

    /** How long the last look at the whole source took that found nothing new; in nanoseconds, at first the greatest. */
    long lookTook() {
        return lookTook;
    }

    /** Looks at all of the source; a look that another thread began after this call counts, too. */
    void all() {
        long asked = System.nanoTime();
        lock.lock();
        try {
            if (complete && completeLookAt - asked > 0) {
                return;
            }
            long began = System.nanoTime();
            boolean quiet = !lookAtAll();
            completeLookAt = began;
            if (quiet) {
                lookTook = System.nanoTime() - began;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Looks at one job's folder; a look that another thread began after this call counts, too. */
    void one(JobId id) {
        long asked = System.nanoTime();
        lock.lock();
        try {
            Long last = lookedAt.get(id);
            if (last != null && last - asked > 0) {
                return;
            }
            if (!complete) {
                lookAtAll();
            }
            long began = System.nanoTime();
            lookAtOne(id);
            if (fingerprints.containsKey(id)) {
                lookedAt.put(id, began);
            }
        } catch (IOException e) {
            log.warn("Source {}: job {} could not be looked at: {}", name(), id, e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    /** Answers whether there was anything new. */
    private boolean lookAtAll() {
        FolderSource.Found found;
        try {
            found = source.find();
        } catch (IOException e) {
            log.warn("Source {} could not be read; its jobs stay as they were: {}", name(), e.getMessage());
            say(List.of(new FolderFaults(
                    "", List.of(new JobFault(".", 0, "the folder cannot be read; its jobs are as they were before")))));
            return false;
        }
        List<FolderFaults> faults = new ArrayList<>();
        found.faults().forEach((folder, fault) -> faults.add(new FolderFaults(folder, List.of(fault))));
        Map<JobId, Read> changed = new LinkedHashMap<>();
        found.jobs().forEach((id, path) -> {
            try {
                read(id, path).ifPresent(read -> changed.put(id, read));
            } catch (NoSuchFileException | NotDirectoryException e) {
                log.debug("Job {} went away while it was read", id);
            } catch (IOException e) {
                log.warn("Source {}: job {} could not be read: {}", name(), id, e.getMessage());
                faults.add(new FolderFaults(
                        id.folder(), List.of(new JobFault(".", 0, "the folder cannot be read by the server"))));
            }
        });
        Set<JobId> gone = new HashSet<>(fingerprints.keySet());
        gone.removeAll(found.jobs().keySet());
        if (complete && changed.isEmpty() && gone.isEmpty() && faults.equals(saidFaults)) {
            return false;
        }
        // Counted as whoever asks for the sources is told.
        AtomicReference<SourceStatus> status = new AtomicReference<>();
        inTransaction(() -> {
            changed.forEach(this::save);
            store.removeAllBut(name(), found.jobs().keySet());
            store.synced(name(), faults);
            status.set(store.source(name()));
        });
        changed.forEach(this::remember);
        fingerprints.keySet().removeAll(gone);
        lookedAt.keySet().removeAll(gone);
        saidFaults = faults;
        complete = true;
        log.info(
                "Source {}: {} jobs, {} folders with errors; {} read anew, {} gone",
                name(),
                status.get().jobs(),
                status.get().errors(),
                changed.size(),
                gone.size());
        return true;
    }

    private void lookAtOne(JobId id) throws IOException {
        Optional<Path> folder = source.folder(id);
        if (folder.isEmpty()) {
            if (fingerprints.remove(id) != null) {
                lookedAt.remove(id);
                inTransaction(() -> store.remove(name(), id));
            }
            return;
        }
        try {
            Optional<Read> read = read(id, folder.get());
            if (read.isPresent()) {
                inTransaction(() -> save(id, read.get()));
                remember(id, read.get());
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            log.debug("Job {} went away while it was read", id);
        }
    }

    /**
     * A folder that was read.
     *
     * @param fingerprint null where a later change could look the same, so that it is to be read again
     * @param bundle null where the folder cannot be a job
     */
    private record Read(
            @Nullable Sha256 fingerprint,
            @Nullable JobBundle bundle,
            @Nullable JobDefinition definition,
            List<JobFault> errors) {}

    /** Reads a folder; empty where it is as it was. */
    private Optional<Read> read(JobId id, Path path) throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            JobFolder before = JobFolder.look(path);
            if (before.fingerprint().equals(fingerprints.get(id))) {
                return Optional.empty();
            }
            Instant began = clock.instant();
            Sha256 settled = before.newest().plus(TICK).isBefore(began) ? before.fingerprint() : null;
            if (!before.faults().isEmpty()) {
                return Optional.of(new Read(settled, null, null, before.faults()));
            }
            Optional<JobBundle> bundle = JobBundle.read(before, blobs);
            if (bundle.isPresent() && JobFolder.look(path).fingerprint().equals(before.fingerprint())) {
                return Optional.of(interpret(id, bundle.get(), before, settled));
            }
        }
        return Optional.of(new Read(
                null, null, null, List.of(new JobFault(".", 0, "the folder does not come to rest while it is read"))));
    }

    private static Read interpret(JobId id, JobBundle bundle, JobFolder folder, @Nullable Sha256 settled) {
        Set<String> files = new HashSet<>();
        folder.files().forEach(file -> files.add(file.path()));
        JobReader.Outcome outcome = JobReader.read(id, bundle.config(), files::contains);
        return new Read(settled, bundle, outcome.definition(), outcome.errors());
    }

    private void save(JobId id, Read read) {
        if (read.bundle() != null && read.definition() != null) {
            keep(read.bundle());
            store.save(
                    name(),
                    read.bundle(),
                    read.definition(),
                    new String(read.bundle().config(), StandardCharsets.UTF_8));
        } else {
            store.saveBroken(name(), id, read.errors());
        }
    }

    /** A source with many jobs is read for long before the first of them is saved. */
    private void keep(JobBundle bundle) {
        try {
            blobs.keep(List.of(bundle.archive().sha256()));
        } catch (IOException e) {
            throw new UncheckedIOException("An archive cannot be kept: " + e.getMessage(), e);
        }
    }

    private void remember(JobId id, Read read) {
        if (read.fingerprint() != null) {
            fingerprints.put(id, read.fingerprint());
        } else {
            // Known, but unlike every fingerprint: it is read again at the next look.
            fingerprints.put(id, UNSETTLED);
        }
    }

    private static final Sha256 UNSETTLED = Sha256.of(new byte[0]);

    private void say(List<FolderFaults> faults) {
        if (!faults.equals(saidFaults)) {
            inTransaction(() -> store.synced(name(), faults));
            saidFaults = faults;
        }
    }

    private void inTransaction(Runnable work) {
        Tenancy.allTenants(() -> {
            transactions.executeWithoutResult(_ -> {
                store.lock(name());
                work.run();
            });
            return true;
        });
    }
}
