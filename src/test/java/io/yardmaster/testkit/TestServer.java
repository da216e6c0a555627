package io.yardmaster.testkit;

import io.yardmaster.Yardmaster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The whole server on a free port, with an embedded PostgreSQL and a data directory of its own. */
public final class TestServer implements AutoCloseable {

    /** How many signals the shared server keeps for a run. */
    public static final int SIGNALS_KEPT = 40;

    /** How many updates of a run may be unanswered on the shared server. */
    public static final int UPDATES_KEPT = 20;

    /** How many updates a run may be sent in all on the shared server. */
    public static final int UPDATES_IN_ALL = 30;

    /** May do everything in tenant {@code default}. */
    public static final String DEV_TOKEN = "dev-token";

    /** May do everything in tenant {@code other}. */
    public static final String OTHER_TENANT_TOKEN = "other-tenant-token";

    /** May do nothing at all. */
    public static final String POWERLESS_TOKEN = "powerless-token";

    /** May do everything in tenant {@code bounded}, whose artifacts have at most a megabyte on the shared server. */
    public static final String BOUNDED_TENANT_TOKEN = "bounded-tenant-token";

    private static @Nullable TestServer shared;

    private final ConfigurableApplicationContext context;
    private final Path dataDirectory;
    private final Path jobs;
    private final int port;

    private TestServer(ConfigurableApplicationContext context, Path dataDirectory, Path jobs) {
        this.context = context;
        this.dataDirectory = dataDirectory;
        this.jobs = jobs;
        this.port = Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    /** One server for all tests that neither stop nor configure it. It ends with the JVM. */
    public static synchronized TestServer shared() {
        if (shared == null) {
            try {
                Path root = Files.createTempDirectory("yardmaster-tests");
                shared = startAnew(
                        root.resolve("data"),
                        Path.of("examples/jobs"),
                        Files.createDirectories(root.resolve("jobs")),
                        "--yardmaster.artifacts.max-size=4MB",
                        "--yardmaster.artifacts.tenants.bounded.quota=1MB",
                        "--yardmaster.inbox.signals=" + SIGNALS_KEPT,
                        "--yardmaster.inbox.updates=" + UPDATES_KEPT,
                        "--yardmaster.inbox.updates-in-all=" + UPDATES_IN_ALL,
                        "--yardmaster.sources[2].name=second",
                        "--yardmaster.sources[2].type=fs",
                        "--yardmaster.sources[2].path=" + Files.createDirectories(root.resolve("second")));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return shared;
    }

    /**
     * Starts a server.
     *
     * @param jobs a folder of jobs, served as source {@code test} beside the examples
     * @param settings such as {@code --yardmaster.engine.max-concurrent-runs=1}
     */
    public static TestServer start(Path dataDirectory, Path jobs, String... settings) {
        return start(dataDirectory, Path.of("examples/jobs"), jobs, settings);
    }

    /**
     * Starts a server.
     *
     * @param examples a folder of jobs, served as source {@code examples}
     * @param jobs a folder of jobs, served as source {@code test} beside them
     * @param settings such as {@code --yardmaster.engine.max-concurrent-runs=1}
     */
    public static TestServer start(Path dataDirectory, Path examples, Path jobs, String... settings) {
        if (usesAnEmbeddedDatabase(List.of(settings))) {
            NewDatabase.into(dataDirectory.resolve("postgres"));
        }
        return startAnew(dataDirectory, examples, jobs, settings);
    }

    static boolean usesAnEmbeddedDatabase(List<String> settings) {
        return settings.stream().noneMatch(setting -> setting.startsWith("--spring.datasource.url="));
    }

    /** Starts a server that makes its database itself. */
    private static TestServer startAnew(Path dataDirectory, Path examples, Path jobs, String... settings) {
        List<String> arguments = new ArrayList<>(settings(dataDirectory, examples, jobs));
        arguments.add("--spring.main.banner-mode=off");
        // A machine that has other things to do may leave a test alone for longer than a server.
        arguments.add("--yardmaster.database.transactions.silence=1m");
        arguments.addAll(List.of(settings));
        SpringApplication application = new SpringApplicationBuilder(Yardmaster.class).build();
        application.setRegisterShutdownHook(true);
        application.addInitializers(
                context -> context.getBeanFactory().registerSingleton("noTestClasses", new NoTestClasses()));
        return new TestServer(application.run(arguments.toArray(String[]::new)), dataDirectory, jobs);
    }

    /** The settings of a test server, also for one in a process of its own. */
    static List<String> settings(Path dataDirectory, Path jobs) {
        return settings(dataDirectory, Path.of("examples/jobs"), jobs);
    }

    private static List<String> settings(Path dataDirectory, Path examples, Path jobs) {
        return List.of(
                "--spring.profiles.active=dev",
                "--server.port=0",
                "--yardmaster.data-dir=" + dataDirectory,
                // Unpacking them takes a server longer than anything else it does when it starts.
                "--yardmaster.embedded-programs=target/postgres-programs",
                // However busy the machine.
                "--yardmaster.lists.count-within=1m",
                // A list has what was written just now, however many jobs there are and whatever else the machine does.
                "--yardmaster.jobs.quick-look=1h",
                "--yardmaster.sources[0].name=examples",
                "--yardmaster.sources[0].type=fs",
                "--yardmaster.sources[0].path=" + examples,
                "--yardmaster.sources[1].name=test",
                "--yardmaster.sources[1].type=fs",
                "--yardmaster.sources[1].path=" + jobs,
                "--yardmaster.dev.tokens[0].token=" + OTHER_TENANT_TOKEN,
                "--yardmaster.dev.tokens[0].subject=somebody-else",
                "--yardmaster.dev.tokens[0].tenant=other",
                "--yardmaster.dev.tokens[1].token=" + POWERLESS_TOKEN,
                "--yardmaster.dev.tokens[1].subject=nobody",
                "--yardmaster.dev.tokens[1].scopes=none:at-all",
                // As in development mode.
                "--yardmaster.dev.tokens[2].token=ada-token",
                "--yardmaster.dev.tokens[2].subject=ada",
                "--yardmaster.dev.tokens[2].groups=release",
                "--yardmaster.dev.tokens[3].token=ben-token",
                "--yardmaster.dev.tokens[3].subject=ben",
                "--yardmaster.dev.tokens[3].groups=release",
                "--yardmaster.dev.tokens[4].token=cleo-token",
                "--yardmaster.dev.tokens[4].subject=cleo",
                "--yardmaster.dev.tokens[4].groups=release",
                "--yardmaster.dev.tokens[5].token=eve-token",
                "--yardmaster.dev.tokens[5].subject=eve",
                "--yardmaster.dev.tokens[6].token=" + BOUNDED_TENANT_TOKEN,
                "--yardmaster.dev.tokens[6].subject=somebody-bounded",
                "--yardmaster.dev.tokens[6].tenant=bounded");
    }

    public int port() {
        return port;
    }

    public Path dataDirectory() {
        return dataDirectory;
    }

    /** A client with the token that may do everything. */
    public ApiClient client() {
        return new ApiClient(port, DEV_TOKEN);
    }

    /** A client with another token; null: with none. */
    public ApiClient client(@Nullable String token) {
        return new ApiClient(port, token);
    }

    /** Writes a job into the server's folder of jobs. */
    public JobFolder job(String id) {
        return new JobFolder(jobs.resolve(id.replace('.', '/')));
    }

    /** Writes a job into source {@code second}, which only the {@linkplain #shared() shared} server has. */
    public JobFolder secondJob(String id) {
        return new JobFolder(jobs.resolveSibling("second").resolve(id.replace('.', '/')));
    }

    /** A bean, for what cannot be seen from outside. */
    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    /** Stops the server as SIGTERM does. */
    @Override
    public void close() {
        context.close();
    }
}
