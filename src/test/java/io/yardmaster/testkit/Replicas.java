package io.yardmaster.testkit;

import io.yardmaster.kernel.RunId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Several whole servers in processes of their own, each a host with its own data directory, on one PostgreSQL and one
 * blob store. Each reaches the database over a wire that can be cut.
 */
public final class Replicas implements AutoCloseable {

    /** How long a server may be silent before the others take its runs. */
    public static final Duration LEASE = Duration.ofSeconds(2);

    /** How long a host may be silent before others go on with runs whose workspace it holds. */
    public static final Duration ORPHAN_GRACE = Duration.ofSeconds(5);

    private static final String KEY = "test:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    private final TestPostgres postgres;
    private final List<Wire> wires = new ArrayList<>();
    private final List<ServerProcess> servers = new ArrayList<>();
    private final Path jobs;

    /**
     * Starts a PostgreSQL, and no server yet.
     *
     * @param root an empty folder for everything
     * @param settings of all servers, such as {@code --yardmaster.engine.lease=3s}, in place of the usual ones
     */
    public Replicas(Path root, int count, String... settings) {
        this.jobs = folder(root.resolve("jobs"));
        this.postgres = new TestPostgres(root.resolve("postgres"));
        postgres.start();
        for (int i = 0; i < count; i++) {
            Wire wire = new Wire(postgres.port());
            wires.add(wire);
            List<String> all = new ArrayList<>(List.of(
                    "--spring.datasource.url=jdbc:postgresql://127.0.0.1:" + wire.port() + "/" + TestPostgres.ROLE,
                    "--spring.datasource.username=" + TestPostgres.ROLE,
                    "--spring.datasource.password=any",
                    "--yardmaster.secrets.keys=" + KEY,
                    "--yardmaster.blobs.dir=" + root.resolve("blobs"),
                    "--yardmaster.engine.lease=" + LEASE.toMillis() + "ms",
                    "--yardmaster.engine.orphan-grace=" + ORPHAN_GRACE.toMillis() + "ms"));
            for (String setting : settings) {
                String key = setting.substring(0, setting.indexOf('=') + 1);
                all.removeIf(usual -> usual.startsWith(key));
                all.add(setting);
            }
            servers.add(new ServerProcess(
                    folder(root.resolve("replica-" + i)).resolve("data"), jobs, all.toArray(String[]::new)));
        }
    }

    /** Starts all servers, at the same time. */
    public void start() {
        CompletableFuture.allOf(servers.stream()
                        .map(server -> CompletableFuture.runAsync(
                                server::start, task -> Thread.ofVirtual().start(task)))
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    public int count() {
        return servers.size();
    }

    /** The server of this number, counted from 0. */
    public ServerProcess server(int number) {
        return servers.get(number);
    }

    /** What connects a server with the database. */
    public Wire wire(int number) {
        return wires.get(number);
    }

    /** The database that all share. */
    public TestPostgres postgres() {
        return postgres;
    }

    /** SQL over all tenants. */
    public JdbcClient sql() {
        return postgres.sql();
    }

    /** A job's folder in the folder of jobs that all servers have as source {@code test}. */
    public JobFolder job(String name) {
        return new JobFolder(jobs.resolve(name));
    }

    /** Which server owns a run now; -1: none of them. */
    public int owner(String runId) {
        return IntStream.range(0, count())
                .filter(number -> sql().sql("""
                    SELECT count(*) FROM run_live l JOIN node n ON n.node_id = l.owner_node
                    WHERE l.run_id = :run AND n.host_id = :host
                    """)
                                .param("run", RunId.parse(runId).orElseThrow().value())
                                .param("host", servers.get(number).hostId())
                                .query(Integer.class)
                                .single()
                        == 1)
                .findFirst()
                .orElse(-1);
    }

    /** Ends everything, whatever state it is in. */
    @Override
    public void close() {
        wires.forEach(Wire::mend);
        servers.forEach(ServerProcess::close);
        wires.forEach(Wire::close);
        postgres.close();
    }

    private static Path folder(Path path) {
        try {
            return Files.createDirectories(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
