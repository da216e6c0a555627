package io.yardmaster.jobs;

import io.yardmaster.blobs.BlobStore;
import io.yardmaster.database.Tenancy;
import io.yardmaster.jobs.SourcesProperties.Source;
import io.yardmaster.kernel.Tenant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** The configured sources, kept in step with the catalogue: by a poll, and at once where somebody asks. */
@Component
class Sources implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Sources.class);

    /** Of the poll's time, this part at most is spent looking. */
    private static final int RELAXATION = 20;

    private final SourcesProperties properties;
    private final JobsProperties jobs;
    private final CatalogueStore store;
    private final TransactionTemplate transactions;
    private final List<SourceSync> syncs = new ArrayList<>();
    private @Nullable Thread poll;
    private volatile boolean registered;
    private volatile long lookedAt;

    Sources(
            SourcesProperties properties,
            JobsProperties jobs,
            CatalogueStore store,
            BlobStore blobs,
            TransactionTemplate transactions) {
        this.properties = properties;
        this.jobs = jobs;
        this.store = store;
        this.transactions = transactions;
        Set<String> names = new HashSet<>();
        for (int i = 0; i < properties.sources().size(); i++) {
            FolderSource source = folderSource(properties.sources().get(i), "yardmaster.sources[" + i + "]", names);
            syncs.add(new SourceSync(source, store, blobs, transactions, Clock.systemUTC()));
        }
    }

    /** The names of those that are configured. */
    Set<String> names() {
        return syncs.stream().map(SourceSync::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** When all of them were looked at, or could not be read, last; in milliseconds since 1970, at first 0. */
    long lookedAtMillis() {
        return lookedAt;
    }

    /** Makes sure that the catalogue knows this job as it is now. */
    void refresh(JobId id, @Nullable String source) {
        register();
        syncs.stream()
                .filter(sync -> source == null || sync.name().equals(source))
                .forEach(sync -> sync.one(id));
    }

    /** Makes sure that the catalogue knows all jobs, as they are now or, in large sources, at the last poll. */
    void refreshAll() {
        register();
        syncs.stream()
                .filter(sync -> sync.lookTook() == Long.MAX_VALUE
                        || sync.lookTook() < jobs.quickLook().toNanos())
                .forEach(SourceSync::all);
    }

    /** Looks at everything now. */
    void sync() {
        register();
        syncs.forEach(SourceSync::all);
        lookedAt = System.currentTimeMillis();
    }

    @Override
    public void start() {
        poll = Thread.ofPlatform().daemon().name("jobs-poll").start(this::poll);
    }

    @Override
    public void stop() {
        Thread running = poll;
        if (running != null) {
            running.interrupt();
            poll = null;
        }
    }

    @Override
    public boolean isRunning() {
        return poll != null;
    }

    private void poll() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                sync();
            } catch (RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
                log.warn("The sources could not be looked at; trying again: {}", e.getMessage());
            }
            try {
                Thread.sleep(pause());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private Duration pause() {
        long looking = syncs.stream()
                .mapToLong(SourceSync::lookTook)
                .filter(took -> took != Long.MAX_VALUE)
                .sum();
        return Duration.ofNanos(Math.max(jobs.pollInterval().toNanos(), looking * RELAXATION));
    }

    private synchronized void register() {
        if (registered) {
            return;
        }
        Tenancy.allTenants(() -> {
            transactions.executeWithoutResult(_ -> {
                properties
                        .sources()
                        .forEach(source ->
                                store.register(String.valueOf(source.name()), source.type(), source.tenants()));
                store.keepOnly(syncs.stream().map(SourceSync::name).toList());
            });
            return true;
        });
        registered = true;
    }

    private static FolderSource folderSource(Source source, String key, Set<String> names) {
        String name = source.name();
        if (name == null || !Tenant.isValid(name)) {
            throw new SourceConfigurationException(
                    key + ".name is " + (name == null ? "missing" : "'" + name + "', which is no name for a source")
                            + ".",
                    "Give it a name of lower-case letters, digits, '-' and '_'.");
        }
        if (!names.add(name)) {
            throw new SourceConfigurationException(
                    "Two sources are named '" + name + "'.",
                    "Give each entry of yardmaster.sources a name of its own.");
        }
        if (!source.type().equals("fs")) {
            boolean later = source.type().equals("git") || source.type().equals("oci");
            throw new SourceConfigurationException(
                    key + ".type is '" + source.type() + "', "
                            + (later ? "and git and oci are not available yet." : "which is unknown."),
                    "Use type: fs, a folder on this machine.");
        }
        if (source.tenants().isEmpty()
                || !source.tenants().stream().allMatch(tenant -> tenant.equals("*") || Tenant.isValid(tenant))) {
            throw new SourceConfigurationException(
                    key + ".tenants is not a list of tenants.", "Name tenants, or '*' for all of them.");
        }
        Path path = source.path();
        if (path == null || !Files.isDirectory(path)) {
            throw new SourceConfigurationException(
                    key + ".path is " + (path == null ? "missing" : path.toAbsolutePath() + ", which is not a folder")
                            + ".",
                    "Set it to the folder that holds the folders of the jobs.");
        }
        return new FolderSource(name, path.toAbsolutePath().normalize());
    }
}
