package io.yardmaster.jobs;

import io.yardmaster.blobs.BlobStore;
import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The immutable bytes behind job versions. For the server's own machinery: whether somebody may see a version was
 * decided when the run or plan that names it was made. Not to be called inside a transaction of another tenant.
 */
@Service
public class JobVersions {

    private static final int MAX_CACHED = 2_000;

    private final CatalogueStore store;
    private final BlobStore blobs;
    private final TransactionTemplate transactions;
    private final Map<Key, JobDefinition> definitions = new ConcurrentHashMap<>();

    JobVersions(CatalogueStore store, BlobStore blobs, TransactionTemplate transactions) {
        this.store = store;
        this.blobs = blobs;
        this.transactions = transactions;
    }

    private record Key(JobId id, Sha256 digest) {}

    /**
     * What a version says. Kept in memory.
     *
     * @throws ProblemException {@code job-not-found} where the version never was, {@code job-invalid} where this server
     *     no longer understands it
     */
    public JobDefinition definition(JobId jobId, Sha256 digest) {
        Key key = new Key(jobId, digest);
        JobDefinition known = definitions.get(key);
        if (known != null) {
            return known;
        }
        String config = read(() -> store.config(jobId, digest))
                .orElseThrow(() -> ProblemException.of(
                        ProblemType.JOB_NOT_FOUND, "There is no version " + digest + " of the job " + jobId + "."));
        // Its files were all there when it became a version, and are still, in the bundle.
        JobReader.Outcome outcome = JobReader.read(jobId, config.getBytes(StandardCharsets.UTF_8), _ -> true);
        JobDefinition definition = outcome.definition();
        if (definition == null) {
            throw ProblemException.of(
                    ProblemType.JOB_INVALID,
                    "This server does not understand the version " + digest + " of the job " + jobId + ": "
                            + outcome.errors().getFirst());
        }
        if (definitions.size() >= MAX_CACHED) {
            definitions.clear();
        }
        definitions.put(key, definition);
        return definition;
    }

    /**
     * Writes a version's files beneath {@code into}, which is created: read-only, with their executable bits, under the
     * names they had. Each byte is checked on the way.
     *
     * @throws IOException where the bytes cannot be read or written; what was written by then stays
     */
    public void extract(Sha256 digest, Path into) throws IOException {
        Sha256 bundle = read(() -> store.bundle(digest))
                .orElseThrow(() -> new IOException("there is no job version " + digest));
        try (InputStream archive = blobs.openChecked(bundle)) {
            JobBundle.extract(archive, into);
        }
    }

    /** A version that a plan or a run names. */
    JobVersion version(String source, JobId jobId, Sha256 digest) {
        return read(() -> store.version(source, jobId, digest))
                .orElseThrow(() -> new IllegalStateException("a job version that is named somewhere is missing"));
    }

    private <T> Optional<T> read(Supplier<Optional<T>> query) {
        return Tenancy.allTenants(() -> {
            Optional<T> found = transactions.execute(_ -> query.get());
            return found == null ? Optional.empty() : found;
        });
    }
}
