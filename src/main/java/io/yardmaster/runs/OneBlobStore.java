package io.yardmaster.runs;

import io.yardmaster.blobs.BlobStore;
import io.yardmaster.blobs.UnusableBlobStoreException;
import io.yardmaster.database.DataDirectory;
import io.yardmaster.database.Tenancy;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes sure, before anything else, that all servers of a database keep their bytes in one store: a run that goes on
 * elsewhere has to find its job there. The store and the database hold the same id; a server with another store starts
 * only where it is the only one.
 */
@Component
class OneBlobStore {

    private static final Logger log = LoggerFactory.getLogger(OneBlobStore.class);
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final BlobStore blobs;
    private final JdbcClient client;
    private final TransactionTemplate transactions;
    private final UUID host;

    OneBlobStore(BlobStore blobs, JdbcClient client, TransactionTemplate transactions, DataDirectory directory) {
        this.blobs = blobs;
        this.client = client;
        this.transactions = transactions;
        this.host = directory.hostId();
        if (!agree(false)) {
            if (othersLive()) {
                throw new OtherBlobStoreException(blobs.place());
            }
            agree(true);
            log.warn(
                    "The store {} is not the one that servers of this database used before: job versions and"
                            + " artifacts in that one will not be found",
                    blobs.place());
        }
    }

    /**
     * Compares the ids, and gives the first one where there is none yet.
     *
     * @param insist whether this server's store becomes the one of all
     * @return false where the database knows another store
     */
    private boolean agree(boolean insist) {
        return Boolean.TRUE.equals(Tenancy.allTenants(() -> transactions.execute(transaction -> {
            client.sql("LOCK TABLE blob_store IN EXCLUSIVE MODE").update();
            Optional<UUID> agreed = client.sql("SELECT store_id FROM blob_store")
                    .query(UUID.class)
                    .optional();
            try {
                Optional<UUID> mine = blobs.id();
                if (agreed.isPresent() && !insist) {
                    return agreed.equals(mine);
                }
                UUID id = mine.orElseGet(UUID::randomUUID);
                // Again, where it has one: the time of that tells what this database knows nothing of.
                blobs.name(id);
                client.sql("""
                    INSERT INTO blob_store (store_id) VALUES (:id)
                    ON CONFLICT (only_one) DO UPDATE SET store_id = excluded.store_id
                    """).param("id", id).update();
                return true;
            } catch (IOException e) {
                throw new UnusableBlobStoreException(
                        "The store of job versions and artifacts cannot be used: " + e.getMessage(), e);
            }
        })));
    }

    /** Whether a server on another host lives: one does whose beat moves within its lease. */
    private boolean othersLive() {
        Map<UUID, Other> before = others();
        long start = System.nanoTime();
        while (before.values().stream()
                .anyMatch(other -> System.nanoTime() - start < other.lease().toNanos())) {
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true;
            }
            Map<UUID, Other> now = others();
            if (!before.keySet().containsAll(now.keySet())
                    || now.entrySet().stream()
                            .anyMatch(entry -> !entry.getValue().equals(before.get(entry.getKey())))) {
                return true;
            }
            before.keySet().retainAll(now.keySet());
        }
        return false;
    }

    private Map<UUID, Other> others() {
        return client
                .sql("SELECT node_id, beat, lease_ms FROM node WHERE state <> 'dead' AND host_id <> :host")
                .param("host", host)
                .query((row, number) -> Map.entry(
                        row.getObject("node_id", UUID.class),
                        new Other(row.getLong("beat"), Duration.ofMillis(row.getLong("lease_ms")))))
                .list()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private record Other(long beat, Duration lease) {}
}
