package io.yardmaster.jobs;

import io.yardmaster.database.Tenancy;
import io.yardmaster.jobs.CatalogueStore.Current;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Page;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.PageToken;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** The jobs a caller can see, as their folders are now. */
@Service
public class Jobs {

    private final Sources sources;
    private final CatalogueStore store;
    private final JobVersions versions;
    private final TransactionTemplate transactions;
    private final SharedLooks<Look, Found> looks = new SharedLooks<>();

    Jobs(Sources sources, CatalogueStore store, JobVersions versions, TransactionTemplate transactions) {
        this.sources = sources;
        this.store = store;
        this.versions = versions;
        this.transactions = transactions;
    }

    /** Jobs that can be read, by id. */
    public Page<Job> list(JobFilter filter, Actor actor) {
        sources.refreshAll();
        String[] after = after(filter);
        return read(actor, () -> {
            requireSource(filter.source());
            List<Job> jobs = store.list(filter, after[0], after[1]);
            return Page.of(jobs, filter.limit(), last -> token(filter, last));
        });
    }

    /**
     * The folders that cannot be read as jobs.
     *
     * @param source those of this source; null: of all
     * @param namespace those whose jobs would be of this namespace, empty for those at the top; null: of all
     */
    public List<JobDiagnostic> diagnostics(@Nullable String source, @Nullable String namespace, Actor actor) {
        return read(actor, () -> store.diagnostics(source)).stream()
                .filter(diagnostic -> namespace == null || namespace.equals(namespace(diagnostic.folder())))
                .toList();
    }

    private static String namespace(String folder) {
        int last = folder.lastIndexOf('/');
        return last < 0 ? "" : folder.substring(0, last).replace('/', '.');
    }

    /** The configured sources a caller can see, as they were found last. */
    public List<SourceStatus> sources(Actor actor) {
        Set<String> configured = sources.names();
        return read(actor, store::sources).stream()
                .filter(source -> configured.contains(source.name()))
                .toList();
    }

    /** Whether all sources have been looked at since the server started, so that what it lists is complete. */
    public boolean isListed() {
        return sources.lookedAtMillis() > 0;
    }

    /**
     * A job.
     *
     * @param source where to take it from; null: wherever it is
     * @throws ProblemException {@code job-not-found}, {@code job-ambiguous}, {@code job-invalid}, {@code source-not-found}
     */
    public JobDetail get(JobId id, @Nullable String source, Actor actor) {
        sources.refresh(id, source);
        Found found = looks.get(new Look(actor.tenant(), id, source), () -> read(actor, () -> find(id, source)));
        return new JobDetail(
                found.job(),
                found.version(),
                versions.definition(id, found.job().digest()));
    }

    /**
     * A version of a job, whatever its folder has become.
     *
     * @throws ProblemException {@code job-not-found} where it never was, or its source is not the tenant's any more
     */
    JobVersion version(JobId id, String source, Sha256 digest, Actor actor) {
        return read(
                actor,
                () -> store.version(source, id, digest)
                        .orElseThrow(() -> ProblemException.of(
                                ProblemType.JOB_NOT_FOUND,
                                "The version " + digest + " of the job " + id + " in source " + source
                                        + " is not there any more.")));
    }

    /** The versions a job has had; also of one whose folder is broken now. */
    public JobHistory versions(JobId id, @Nullable String source, int limit, Actor actor) {
        sources.refresh(id, source);
        return read(actor, () -> {
            Current current = candidates(id, source).getFirst();
            Job job = current.job();
            List<JobVersion> versions = store.versions(current.source(), id, limit);
            if (job == null && versions.isEmpty()) {
                throw invalid(id, current);
            }
            return new JobHistory(job == null ? null : job.digest(), versions);
        });
    }

    private record Found(Job job, JobVersion version) {}

    private record Look(Tenant tenant, JobId id, @Nullable String source) {}

    private Found find(JobId id, @Nullable String source) {
        Current current = candidates(id, source).getFirst();
        Job job = current.job();
        if (job == null) {
            throw invalid(id, current);
        }
        JobVersion version = store.version(job.source(), id, job.digest())
                .orElseThrow(() -> new IllegalStateException("a job's current version is missing: " + job));
        return new Found(job, version);
    }

    private static ProblemException invalid(JobId id, Current current) {
        return ProblemException.of(
                        ProblemType.JOB_INVALID,
                        "The folder of " + id + " in the source " + current.source() + " cannot be read as a job: "
                                + current.errors().getFirst()
                                + (current.errors().size() == 1
                                        ? ""
                                        : " (and " + (current.errors().size() - 1) + " more)"))
                .with(
                        "faults",
                        current.errors().stream().map(JobFault::toString).toList());
    }

    /** The one job of this id. */
    private List<Current> candidates(JobId id, @Nullable String source) {
        requireSource(source);
        List<Current> candidates = store.current(id, source);
        if (candidates.isEmpty()) {
            throw ProblemException.of(
                    ProblemType.JOB_NOT_FOUND,
                    "There is no job " + id + (source == null ? "" : " in the source " + source)
                            + ". GET /api/v1/jobs lists the jobs, and under diagnostics the folders that cannot be"
                            + " read as jobs.");
        }
        if (candidates.size() > 1) {
            List<String> names = candidates.stream().map(Current::source).toList();
            throw ProblemException.of(
                            ProblemType.JOB_AMBIGUOUS,
                            names.stream()
                                            .collect(Collectors.joining(
                                                    ", ", "The job " + id + " is in several sources: ", ""))
                                    + ". Name one of them as source.")
                    .with("sources", names);
        }
        return candidates;
    }

    private void requireSource(@Nullable String source) {
        // One that was taken out of the configuration leaves its row behind, for the versions that runs refer to.
        if (source != null && !(sources.names().contains(source) && store.hasSource(source))) {
            throw ProblemException.of(
                    ProblemType.SOURCE_NOT_FOUND,
                    "There is no source named '" + source + "'. GET /api/v1/system/info lists the sources.");
        }
    }

    private <T> T read(Actor actor, Supplier<T> query) {
        return Tenancy.call(actor.tenant(), () -> Objects.requireNonNull(transactions.<T>execute(_ -> query.get())));
    }

    /** The page token that asks for what follows a job in a list. */
    public String after(JobFilter filter, Job job) {
        return token(filter, job);
    }

    private static String token(JobFilter filter, Job last) {
        return PageToken.write(list(filter), last.id() + "\n" + last.source());
    }

    private static String[] after(JobFilter filter) {
        if (filter.pageToken() == null) {
            return new String[] {"", ""};
        }
        return PageToken.position(filter.pageToken(), list(filter), position -> {
            int line = position.indexOf('\n');
            return new String[] {position.substring(0, line), position.substring(line + 1)};
        });
    }

    /** What a page token of the list belongs to. */
    private static String list(JobFilter filter) {
        return "jobs " + new JobFilter(filter.source(), filter.namespace(), filter.query(), 0, null);
    }
}
