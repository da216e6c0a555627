package io.yardmaster.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.yardmaster.kernel.Actor;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.testkit.JobFolder;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Folders become jobs and versions, whatever is done to them; plans name what they were made from. */
class CatalogueDbTest {

    private static final Actor ACTOR = new Actor("somebody", Tenant.DEFAULT, Set.of(), Set.of(), "dev-token", null);
    private static final Actor OTHER =
            new Actor("somebody", new Tenant("other"), Set.of(), Set.of(), "dev-token", null);

    @TempDir
    static Path folder;

    private static TestServer server;
    private static Jobs jobs;
    private static JobVersions versions;
    private static Planner planner;

    @BeforeAll
    static void start() throws IOException {
        Path own = Files.createDirectories(folder.resolve("own"));
        server = TestServer.start(
                folder.resolve("data"),
                Files.createDirectories(folder.resolve("jobs")),
                "--yardmaster.jobs.poll-interval=1h",
                "--yardmaster.sources[2].name=own",
                "--yardmaster.sources[2].path=" + own,
                "--yardmaster.sources[2].tenants=other");
        jobs = server.bean(Jobs.class);
        versions = server.bean(JobVersions.class);
        planner = server.bean(Planner.class);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void an_edit_is_a_new_version_at_once_and_the_old_bytes_stay() throws IOException {
        JobFolder job = job("edit/me").file("run.sh", "echo one\n");
        Sha256 one = digest("edit/me");
        job.file("run.sh", "echo two\n");
        Sha256 two = digest("edit/me");

        assertThat(two).isNotEqualTo(one);
        assertThat(extracted(one)).isEqualTo("echo one\n");
        assertThat(extracted(two)).isEqualTo("echo two\n");
        assertThat(jobs.versions(new JobId("edit/me"), null, 10, ACTOR).versions())
                .extracting(JobVersion::digest)
                .containsExactlyInAnyOrder(one, two);
    }

    @Test
    void what_is_logged_of_a_source_is_what_people_are_told_of_it() throws IOException {
        job("counted/whole");
        job("counted/broken").config("comand: ./run.sh\n");
        Logger logger = (Logger) LoggerFactory.getLogger(SourceSync.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.addAppender(logged);
        try {
            server.bean(Sources.class).sync();
        } finally {
            logger.detachAppender(logged);
        }
        SourceStatus told = jobs.sources(ACTOR).stream()
                .filter(source -> source.name().equals("test"))
                .findFirst()
                .orElseThrow();
        assertThat(told.errors()).isPositive();
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .anyMatch(line -> line.startsWith(
                        "Source test: " + told.jobs() + " jobs, " + told.errors() + " folders with errors; "));
    }

    @Test
    void a_touch_is_no_change_and_a_mode_is() throws IOException {
        JobFolder job = job("touch/me");
        Sha256 before = digest("touch/me");

        Files.setLastModifiedTime(job.path().resolve("run.sh"), FileTime.from(Instant.EPOCH));
        assertThat(digest("touch/me")).isEqualTo(before);

        assertThat(job.path().resolve("run.sh").toFile().setExecutable(false, false))
                .isTrue();
        assertThat(digest("touch/me")).isNotEqualTo(before);
    }

    @Test
    void an_edit_that_keeps_size_and_time_is_seen() throws IOException {
        JobFolder job = job("sly/edit").file("run.sh", "echo one\n");
        Path script = job.path().resolve("run.sh");
        FileTime time = Files.getLastModifiedTime(script);
        Sha256 before = digest("sly/edit");

        Files.writeString(script, "echo two\n");
        Files.setLastModifiedTime(script, time);

        assertThat(digest("sly/edit")).isNotEqualTo(before);
    }

    @Test
    void equal_folders_are_equal_versions() {
        job("twin/one");
        job("twin/two");

        assertThat(digest("twin/one")).isEqualTo(digest("twin/two"));
    }

    @Test
    void a_renamed_folder_is_another_job() throws IOException {
        JobFolder job = job("rename/before");
        Sha256 digest = digest("rename/before");
        Files.move(job.path(), job.path().resolveSibling("after"));

        assertThat(digest("rename/after")).isEqualTo(digest);
        assertProblem(ProblemType.JOB_NOT_FOUND, () -> digest("rename/before"));
        assertThat(versions.definition(new JobId("rename/before"), digest).title())
                .isEqualTo("before");
    }

    @Test
    void a_broken_job_is_told_and_hides_no_other() {
        JobFolder broken = job("broken/one");
        job("broken/two");
        Sha256 digest = digest("broken/one");
        broken.config("command: ./missing.sh\n");

        assertProblem(ProblemType.JOB_INVALID, () -> digest("broken/one"));
        assertThat(synced("broken")).containsExactly("broken/two");
        assertThat(jobs.diagnostics("test", null, ACTOR))
                .filteredOn(diagnostic -> diagnostic.folder().equals("broken/one"))
                .singleElement()
                .satisfies(diagnostic -> assertThat(diagnostic.faults())
                        .containsExactly(new JobFault(
                                "config.yaml", 1, "command: there is no file 'missing.sh' in the job's folder")));
        assertThat(versions.definition(new JobId("broken/one"), digest).steps()).hasSize(1);

        broken.config("command: ./run.sh\n");
        assertThat(digest("broken/one")).isEqualTo(digest);
    }

    @Test
    void links_are_refused_and_nothing_behind_them_is_read() throws IOException {
        JobFolder job = job("link/job");
        Files.createSymbolicLink(job.path().resolve("passwd"), Path.of("/etc/passwd"));

        assertProblem(ProblemType.JOB_INVALID, () -> digest("link/job"));
        assertThat(jobs.diagnostics("test", null, ACTOR))
                .anySatisfy(diagnostic -> assertThat(diagnostic.faults())
                        .anySatisfy(fault -> assertThat(fault.toString()).contains("passwd: is a symbolic link")));
    }

    @Test
    void names_that_cannot_be_jobs_are_told() throws IOException {
        Path root = folder.resolve("jobs");
        for (String name : List.of("Upper", "versions", "dotted.name")) {
            Files.createDirectories(root.resolve("names").resolve(name));
            Files.writeString(root.resolve("names").resolve(name).resolve("config.yaml"), "command: ./run.sh\n");
        }

        assertThat(synced("names")).isEmpty();
        assertThat(jobs.diagnostics("test", null, ACTOR))
                .extracting(JobDiagnostic::folder)
                .contains("names/Upper", "names/versions", "names/dotted.name");
    }

    @Test
    void deeper_folders_join_into_the_namespace() {
        new JobFolder(folder.resolve("jobs/ops/db/backup"))
                .config("command: ./run.sh\n")
                .file("run.sh", "true\n")
                .file("sub/config.yaml", "not a job\n");

        assertThat(synced("ops.db")).containsExactly("ops.db/backup");
    }

    @Test
    void a_list_shows_what_is_there_now_where_looking_is_quick() {
        job("quick/now");

        assertThat(list("quick")).containsExactly("quick/now");
    }

    @Test
    void lists_go_on_where_a_page_ended() {
        for (String name : List.of("a", "b", "c", "d", "e")) {
            job("page/" + name);
        }
        server.bean(Sources.class).sync();
        List<String> seen = new ArrayList<>();
        String token = null;
        do {
            var page = jobs.list(new JobFilter("test", "page", null, 2, token), ACTOR);
            page.items().forEach(job -> seen.add(job.id().value()));
            token = page.nextToken();
        } while (token != null);

        assertThat(seen).containsExactly("page/a", "page/b", "page/c", "page/d", "page/e");
        assertThat(jobs.list(new JobFilter(null, null, "GE/C", 10, null), ACTOR).items())
                .extracting(job -> job.id().value())
                .containsExactly("page/c");
    }

    @Test
    void a_source_of_another_tenant_is_not_there() {
        new JobFolder(folder.resolve("own/private/job"))
                .config("command: ./run.sh\n")
                .file("run.sh", "true\n");
        new JobFolder(folder.resolve("own/both/job"))
                .config("command: ./run.sh\n")
                .file("run.sh", "true\n");
        job("both/job");

        assertThat(jobs.get(new JobId("private/job"), null, OTHER).version().source())
                .isEqualTo("own");
        assertProblem(ProblemType.JOB_NOT_FOUND, () -> digest("private/job"));
        assertProblem(ProblemType.SOURCE_NOT_FOUND, () -> jobs.get(new JobId("private/job"), "own", ACTOR));
        assertThat(jobs.get(new JobId("both/job"), null, ACTOR).version().source())
                .isEqualTo("test");
        assertProblem(ProblemType.JOB_AMBIGUOUS, () -> jobs.get(new JobId("both/job"), null, OTHER));
        assertThat(jobs.get(new JobId("both/job"), "own", OTHER).version().source())
                .isEqualTo("own");
    }

    @Test
    void a_folder_written_without_pause_never_makes_a_torn_version() throws Exception {
        JobFolder job = new JobFolder(folder.resolve("jobs/torn/job"));
        job.config("command: ./run.sh\n").file("run.sh", "0\n".repeat(20_000));
        Set<Sha256> seen = new HashSet<>(Set.of(digest("torn/job")));
        CountDownLatch enough = new CountDownLatch(1);
        Thread writer = Thread.ofPlatform().start(() -> {
            for (int i = 1; enough.getCount() > 0; i++) {
                // Written in place, in many pieces, so that a reader can meet it half done.
                try (var out = Files.newBufferedWriter(job.path().resolve("run.sh"))) {
                    for (int line = 0; line < 20_000; line++) {
                        out.write(i % 10 + "\n");
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        for (int i = 0; i < 40; i++) {
            try {
                seen.add(digest("torn/job"));
            } catch (ProblemException e) {
                assertThat(e.type()).isEqualTo(ProblemType.JOB_INVALID);
            }
        }
        enough.countDown();
        writer.join();
        seen.add(digest("torn/job"));

        for (Sha256 version : seen) {
            assertThat(extracted(version).lines().distinct()).hasSizeLessThanOrEqualTo(1);
        }
        assertThat(extracted(digest("torn/job")).lines()).hasSize(20_000);
    }

    @Test
    void a_plan_is_stale_once_the_job_is_another() {
        JobFolder job = job("plan/job");
        Plan plan = planner.plan(request("plan/job", "{}"), ACTOR);

        assertThat(planner.get(plan.id(), ACTOR)).isEqualTo(plan);
        assertThat(planner.prepare(plan.id(), ACTOR).digest()).isEqualTo(plan.digest());
        assertProblem(ProblemType.PLAN_NOT_FOUND, () -> planner.get(plan.id(), OTHER));

        job.file("run.sh", "echo changed\n");
        assertProblem(ProblemType.PLAN_STALE, () -> planner.prepare(plan.id(), ACTOR));
        assertThat(planner.get(plan.id(), ACTOR)).isEqualTo(plan);

        job.file("run.sh", "true\n");
        assertThat(planner.prepare(plan.id(), ACTOR).planId()).isEqualTo(plan.id());

        job.delete();
        assertProblem(ProblemType.PLAN_STALE, () -> planner.prepare(plan.id(), ACTOR));
    }

    @Test
    void a_plan_keeps_its_secrets_to_itself() {
        job("plan/secret").config("""
            command: ./run.sh
            argspec:
              type: object
              properties: {token: {type: string, format: secret}, n: {type: integer, default: 3}}
            """);
        Plan plan = planner.plan(request("plan/secret", "{\"token\": \"hunter2\"}"), ACTOR);

        assertThat(plan.args()).isEqualTo(JsonMapper.shared().readTree("{\"n\": 3, \"token\": \"***\"}"));
        assertThat(planner.prepare(plan.id(), ACTOR).arguments().secrets()).containsEntry("token", "hunter2");
        assertThat(planner.prepare(request("plan/secret", "{\"token\": \"hunter2\"}"), ACTOR)
                        .digest())
                .isEqualTo(plan.digest());
        assertThat(planner.prepare(request("plan/secret", "{\"token\": \"other\"}"), ACTOR)
                        .digest())
                .isNotEqualTo(plan.digest());
    }

    @Test
    void what_cannot_run_yet_or_is_denied_is_refused_by_plan_and_run_alike() {
        job("refuse/later").config("command: [./run]\nexecutor: container\nimage: x\n");
        job("refuse/secure").config("command: ./run.sh\nsecurity_profile: secure\n");

        assertProblem(ProblemType.JOB_INVALID, () -> planner.plan(request("refuse/later", "{}"), ACTOR));
        assertProblem(ProblemType.JOB_INVALID, () -> planner.prepare(request("refuse/later", "{}"), ACTOR));
        assertProblem(ProblemType.POLICY_DENIED, () -> planner.plan(request("refuse/secure", "{}"), ACTOR));
        assertProblem(ProblemType.POLICY_DENIED, () -> planner.prepare(request("refuse/secure", "{}"), ACTOR));
        assertProblem(ProblemType.JOB_NOT_FOUND, () -> planner.prepare(request("refuse/none", "{}"), ACTOR));
    }

    @Test
    void jobs_and_plans_are_answered_over_http() {
        job("web/job").config("""
            name: A title
            composition: steps
            steps:
              - {id: one, script: ./run.sh, retry: {attempts: 2, backoff: 1s}, timeout: 90m}
              - {id: two, needs: [one], type: sleep, for: 1s}
            """);
        var client = server.client();

        JsonNode job = client.get("/jobs/web/job").json();
        assertThat(job.path("title").asString()).isEqualTo("A title");
        assertThat(job.path("steps").path(0).path("timeout").asString()).isEqualTo("90m");
        String etag = client.get("/jobs/web/job").header("ETag");
        assertThat(client.get("/jobs/web/job", "If-None-Match", etag).status()).isEqualTo(304);
        assertThat(client.get("/jobs/web/none").status()).isEqualTo(404);
        assertThat(client.get("/jobs?namespace=web").json().path("jobs")).hasSize(1);
        assertThat(client.get("/jobs").header("X-Discovery-Errors")).matches("\\d+");
        assertThat(client.get("/jobs/web/job/versions")
                        .json()
                        .path("versions")
                        .path(0)
                        .path("current")
                        .asBoolean())
                .isTrue();

        var plan = client.post("/plans", "{\"job_id\": \"web/job\"}");
        assertThat(plan.status()).as(plan.toString()).isEqualTo(201);
        assertThat(plan.json().path("levels")).isEqualTo(JsonMapper.shared().readTree("[[\"one\"], [\"two\"]]"));
        assertThat(client.get("/plans/" + plan.json().path("plan_id").asString())
                        .json())
                .isEqualTo(plan.json());
        assertThat(client.post("/plans", "{\"job_id\": \"web/job\", \"tenant\": \"other\"}")
                        .status())
                .isEqualTo(403);
    }

    private static JobFolder job(String id) {
        return server.job(id).config("command: ./run.sh\n").file("run.sh", "true\n");
    }

    private static Sha256 digest(String id) {
        return jobs.get(new JobId(id), null, ACTOR).version().digest();
    }

    /** Looking anew for a list is left out where looking takes long, as it does on a busy machine. */
    private static List<String> synced(String namespace) {
        server.bean(Sources.class).sync();
        return list(namespace);
    }

    private static List<String> list(String namespace) {
        return jobs.list(new JobFilter("test", namespace, null, 100, null), ACTOR).items().stream()
                .map(job -> job.id().value())
                .toList();
    }

    private static String extracted(Sha256 digest) throws IOException {
        Path into = Files.createTempDirectory(folder, "extracted");
        versions.extract(digest, into);
        assertThat(Files.getPosixFilePermissions(into.resolve("run.sh")))
                .doesNotContain(PosixFilePermission.OWNER_WRITE)
                .contains(PosixFilePermission.OWNER_EXECUTE);
        return Files.readString(into.resolve("run.sh"));
    }

    private static PlanRequest request(String id, String args) {
        ObjectNode json = (ObjectNode) JsonMapper.shared().readTree(args);
        return new PlanRequest(
                new JobId(id),
                null,
                json.isEmpty() ? JsonNodeFactory.instance.objectNode() : json,
                Timeouts.NONE,
                null);
    }

    private static void assertProblem(ProblemType type, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        problem -> assertThat(problem.type()).isEqualTo(type));
    }
}
