package io.yardmaster.jobs;

import io.yardmaster.kernel.Sha256;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** The jobs and their versions in the database. Every method runs in a transaction of its caller. */
@Repository
class CatalogueStore {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final TypeReference<List<JobFault>> FAULTS = new TypeReference<>() {};
    private static final TypeReference<TreeMap<String, String>> LABELS = new TypeReference<>() {};
    private static final TypeReference<List<FolderFaults>> FOLDER_FAULTS = new TypeReference<>() {};

    private final JdbcClient jdbc;

    CatalogueStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** What is wrong with one folder that is no job. */
    record FolderFaults(String folder, List<JobFault> faults) {}

    /** A job's row: as it can be run, or what keeps it from that. */
    record Current(String source, JobId id, @Nullable Job job, List<JobFault> errors) {}

    void register(String source, String type, Collection<String> tenants) {
        jdbc.sql("""
            INSERT INTO job_source (name, type, tenants) VALUES (:name, :type, :tenants)
            ON CONFLICT (name) DO UPDATE SET type = excluded.type, tenants = excluded.tenants
            """)
                .param("name", source)
                .param("type", type)
                .param("tenants", tenants.toArray(String[]::new))
                .update();
    }

    /** Takes the jobs of all other sources off the list. */
    void keepOnly(Collection<String> sources) {
        jdbc.sql("UPDATE job SET removed_at = now() WHERE removed_at IS NULL AND source <> ALL (:sources)")
                .param("sources", sources.toArray(String[]::new))
                .update();
        jdbc.sql("UPDATE job_source SET diagnostics = '[]' WHERE name <> ALL (:sources)")
                .param("sources", sources.toArray(String[]::new))
                .update();
    }

    /** One writer at a time for a source, on all replicas; until the transaction ends. */
    void lock(String source) {
        jdbc.sql("SELECT name FROM job_source WHERE name = :source FOR UPDATE")
                .param("source", source)
                .query(String.class)
                .list();
    }

    void synced(String source, List<FolderFaults> faults) {
        jdbc.sql("UPDATE job_source SET diagnostics = :faults::jsonb, synced_at = now() WHERE name = :source")
                .param("faults", JSON.writeValueAsString(faults))
                .param("source", source)
                .update();
    }

    void save(String source, JobBundle bundle, JobDefinition definition, String config) {
        jdbc.sql("""
            INSERT INTO job_version (source, job_id, digest, bundle, bundle_size, config)
            VALUES (:source, :job_id, :digest, :bundle, :size, :config)
            ON CONFLICT (source, job_id, digest) DO NOTHING
            """)
                .param("source", source)
                .param("job_id", definition.id().value())
                .param("digest", bundle.digest().toString())
                .param("bundle", bundle.archive().sha256().toString())
                .param("size", bundle.archive().size())
                .param("config", config)
                .update();
        jdbc.sql("""
            INSERT INTO job (source, job_id, digest, namespace, title, description, version, labels, executor,
                             runnable)
            VALUES (:source, :job_id, :digest, :namespace, :title, :description, :version, :labels::jsonb, :executor,
                    :runnable)
            ON CONFLICT (source, job_id) DO UPDATE SET
                updated_at = CASE WHEN job.digest IS DISTINCT FROM excluded.digest OR job.removed_at IS NOT NULL
                                  THEN now() ELSE job.updated_at END,
                digest = excluded.digest, errors = '[]', namespace = excluded.namespace, title = excluded.title,
                description = excluded.description, version = excluded.version, labels = excluded.labels,
                executor = excluded.executor, runnable = excluded.runnable, removed_at = NULL
            """)
                .param("source", source)
                .param("job_id", definition.id().value())
                .param("digest", bundle.digest().toString())
                .param("namespace", definition.id().namespace().orElse(""))
                .param("title", definition.title())
                .param("description", definition.description())
                .param("version", definition.version())
                .param("labels", JSON.writeValueAsString(definition.labels()))
                .param("executor", definition.executor().label())
                .param("runnable", definition.notRunnableReasons().isEmpty())
                .update();
    }

    void saveBroken(String source, JobId id, List<JobFault> errors) {
        jdbc.sql("""
            INSERT INTO job (source, job_id, errors, namespace, title)
            VALUES (:source, :job_id, :errors::jsonb, :namespace, :title)
            ON CONFLICT (source, job_id) DO UPDATE SET
                digest = NULL, errors = excluded.errors, runnable = false, updated_at = now(), removed_at = NULL
            """)
                .param("source", source)
                .param("job_id", id.value())
                .param("errors", JSON.writeValueAsString(errors))
                .param("namespace", id.namespace().orElse(""))
                .param("title", id.name())
                .update();
    }

    /** Takes all jobs of a source off the list but these. */
    void removeAllBut(String source, Collection<JobId> present) {
        jdbc.sql("""
            UPDATE job SET removed_at = now()
            WHERE source = :source AND removed_at IS NULL AND job_id <> ALL (:present)
            """)
                .param("source", source)
                .param("present", present.stream().map(JobId::value).toArray(String[]::new))
                .update();
    }

    void remove(String source, JobId id) {
        jdbc.sql("UPDATE job SET removed_at = now() WHERE source = :source AND job_id = :id AND removed_at IS NULL")
                .param("source", source)
                .param("id", id.value())
                .update();
    }

    boolean hasSource(String source) {
        return jdbc.sql("SELECT count(*) FROM job_source WHERE name = :source")
                        .param("source", source)
                        .query(Integer.class)
                        .single()
                > 0;
    }

    SourceStatus source(String name) {
        return sources().stream()
                .filter(source -> source.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    List<SourceStatus> sources() {
        return jdbc.sql("""
            SELECT s.name, s.type, s.synced_at,
                   count(j.job_id) FILTER (WHERE j.errors = '[]') AS jobs,
                   count(j.job_id) FILTER (WHERE j.errors <> '[]') + jsonb_array_length(s.diagnostics) AS errors
            FROM job_source s LEFT JOIN job j ON j.source = s.name AND j.removed_at IS NULL
            GROUP BY s.name ORDER BY s.name
            """)
                .query((row, _) -> new SourceStatus(
                        row.getString("name"),
                        row.getString("type"),
                        row.getInt("jobs"),
                        row.getInt("errors"),
                        row.getTimestamp("synced_at") == null
                                ? null
                                : row.getTimestamp("synced_at").toInstant()))
                .list();
    }

    /** The job in each source that has it. */
    List<Current> current(JobId id, @Nullable String source) {
        return jdbc.sql("""
            SELECT * FROM job
            WHERE job_id = :id AND removed_at IS NULL %s
            ORDER BY source
            """.formatted(source == null ? "" : "AND source = :source"))
                .param("id", id.value())
                .params(given("source", source))
                .query((row, _) -> current(row))
                .list();
    }

    /** Nothing for what is not asked for, so that the statement has no condition for it: it is planned once for all. */
    private static Map<String, Object> given(String name, @Nullable Object value) {
        return value == null ? Map.of() : Map.of(name, value);
    }

    /** Jobs that can be read, by id and source, after the given ones. */
    List<Job> list(JobFilter filter, String afterId, String afterSource) {
        return jdbc.sql("""
            SELECT * FROM job
            WHERE removed_at IS NULL AND digest IS NOT NULL
              AND (job_id, source) > (:after_id COLLATE "C", :after_source)
              %s %s %s
            ORDER BY job_id COLLATE "C", source
            LIMIT :limit
            """.formatted(
                                filter.source() == null ? "" : "AND source = :source",
                                filter.namespace() == null ? "" : "AND namespace = :namespace",
                                filter.query() == null
                                        ? ""
                                        : "AND position(lower(:query) IN lower(concat_ws(' ', job_id, title,"
                                                + " description))) > 0"))
                .param("after_id", afterId)
                .param("after_source", afterSource)
                .params(given("source", filter.source()))
                .params(given("namespace", filter.namespace()))
                .params(given("query", filter.query()))
                .param("limit", filter.limit() + 1)
                .query((row, _) -> job(row))
                .list();
    }

    List<JobDiagnostic> diagnostics(@Nullable String source) {
        List<JobDiagnostic> diagnostics = new ArrayList<>();
        jdbc.sql("""
            SELECT name, diagnostics FROM job_source
            WHERE diagnostics <> '[]' AND (:source::text IS NULL OR name = :source) ORDER BY name
            """).param("source", source).query(row -> {
            for (FolderFaults folder : JSON.readValue(row.getString("diagnostics"), FOLDER_FAULTS)) {
                diagnostics.add(new JobDiagnostic(row.getString("name"), folder.folder(), folder.faults()));
            }
        });
        jdbc.sql("""
            SELECT source, job_id, errors FROM job
            WHERE removed_at IS NULL AND errors <> '[]' AND (:source::text IS NULL OR source = :source)
            ORDER BY source, job_id LIMIT 1000
            """).param("source", source).query(row -> {
            diagnostics.add(new JobDiagnostic(
                    row.getString("source"),
                    new JobId(row.getString("job_id")).folder(),
                    JSON.readValue(row.getString("errors"), FAULTS)));
        });
        return diagnostics;
    }

    Optional<JobVersion> version(String source, JobId id, Sha256 digest) {
        return jdbc.sql("SELECT * FROM job_version WHERE source = :source AND job_id = :id AND digest = :digest")
                .param("source", source)
                .param("id", id.value())
                .param("digest", digest.toString())
                .query((row, _) -> version(row))
                .optional();
    }

    /** The newest first. */
    List<JobVersion> versions(String source, JobId id, int limit) {
        return jdbc.sql("""
            SELECT * FROM job_version WHERE source = :source AND job_id = :id
            ORDER BY seen_at DESC, digest LIMIT :limit
            """)
                .param("source", source)
                .param("id", id.value())
                .param("limit", limit)
                .query((row, _) -> version(row))
                .list();
    }

    Optional<String> config(JobId id, Sha256 digest) {
        return jdbc.sql("SELECT config FROM job_version WHERE digest = :digest AND job_id = :id LIMIT 1")
                .param("digest", digest.toString())
                .param("id", id.value())
                .query(String.class)
                .optional();
    }

    Optional<Sha256> bundle(Sha256 digest) {
        return jdbc.sql("SELECT bundle FROM job_version WHERE digest = :digest LIMIT 1")
                .param("digest", digest.toString())
                .query(String.class)
                .optional()
                .map(Sha256::parse);
    }

    private static Current current(ResultSet row) throws SQLException {
        return new Current(
                row.getString("source"),
                new JobId(row.getString("job_id")),
                row.getString("digest") == null ? null : job(row),
                JSON.readValue(row.getString("errors"), FAULTS));
    }

    private static Job job(ResultSet row) throws SQLException {
        SortedMap<String, String> labels = JSON.readValue(row.getString("labels"), LABELS);
        Timestamp updatedAt = row.getTimestamp("updated_at");
        return new Job(
                row.getString("source"),
                new JobId(row.getString("job_id")),
                Sha256.parse(row.getString("digest")),
                row.getString("title"),
                row.getString("description"),
                row.getString("version"),
                labels,
                row.getString("executor"),
                row.getBoolean("runnable"),
                updatedAt.toInstant());
    }

    private static JobVersion version(ResultSet row) throws SQLException {
        return new JobVersion(
                row.getString("source"),
                new JobId(row.getString("job_id")),
                Sha256.parse(row.getString("digest")),
                Sha256.parse(row.getString("bundle")),
                row.getLong("bundle_size"),
                row.getTimestamp("seen_at").toInstant());
    }
}
