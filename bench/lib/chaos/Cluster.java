package chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Several servers, each a host of its own, on one PostgreSQL, one store for bytes and one folder of jobs. */
final class Cluster implements AutoCloseable {

    private static final String KEY = "chaos:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    private final Database database;
    private final List<Replica> servers;
    private final Path marks;
    private final String name;
    private boolean closed;

    private Cluster(Database database, List<Replica> servers, Path marks, String name) {
        this.database = database;
        this.servers = servers;
        this.marks = marks;
        this.name = name;
    }

    /** Starts all, and the witness. */
    static Cluster start(Options options) throws Exception {
        Path root = Files.createTempDirectory("chaos");
        // The one who starts PostgreSQL's programs is another user, where this one is root.
        Files.setPosixFilePermissions(root, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        Path jobs = Files.createDirectories(root.resolve("jobs"));
        Path marks = Files.createDirectories(root.resolve("marks"));
        String name = "chaos-" + UUID.randomUUID();
        JobKind.write(jobs, marks, name);
        String overlay = "";
        if (!options.sabotage().isEmpty()) {
            Path folder = root.resolve("overlay");
            Overlay.write(Sabotage.of(options.sabotage()).edits(), folder);
            overlay = folder.toString();
        }
        List<Replica> servers = new ArrayList<>();
        Cluster cluster =
                new Cluster(Database.start(Files.createDirectories(root.resolve("postgres"))), servers, marks, name);
        Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
        for (int i = 0; i < options.servers(); i++) {
            servers.add(new Replica(
                    i,
                    root,
                    cluster.database,
                    overlay,
                    List.of(
                            "--yardmaster.secrets.keys=" + KEY,
                            "--yardmaster.blobs.dir=" + root.resolve("blobs"),
                            "--yardmaster.engine.lease=" + options.lease().toMillis() + "ms",
                            "--yardmaster.engine.orphan-grace="
                                    + options.grace().toMillis() + "ms",
                            "--yardmaster.engine.max-concurrent-runs=64",
                            "--yardmaster.sources[0].name=chaos",
                            "--yardmaster.sources[0].type=fs",
                            "--yardmaster.sources[0].path=" + jobs)));
        }
        try {
            cluster.startServers(overlay.isEmpty() && Overlay.isPackaged());
            Witness.attend(cluster.database);
            if (!options.sabotage().isEmpty()) {
                for (String sql : Sabotage.of(options.sabotage()).sql()) {
                    cluster.database.execute(sql);
                }
            }
        } catch (Exception e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private void startServers(boolean withCache) throws Exception {
        // One makes the tables.
        servers.getFirst().start();
        if (withCache && !Files.exists(Replica.CACHE)) {
            servers.getFirst().stop();
            servers.getFirst().start();
        }
        List<CompletableFuture<Void>> others = servers.stream()
                .skip(1)
                .map(server -> CompletableFuture.runAsync(() -> {
                    try {
                        server.start();
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                }))
                .toList();
        CompletableFuture.allOf(others.toArray(CompletableFuture[]::new)).join();
    }

    Database database() {
        return database;
    }

    List<Replica> servers() {
        return servers;
    }

    /** Where attempts have left their marks. */
    Path marks() {
        return marks;
    }

    /** Those that are up. */
    List<Replica> up() {
        return servers.stream().filter(Replica::isUp).toList();
    }

    /** The processes of steps that are alive. */
    List<Long> steps() {
        return Processes.with("CHAOS=" + name);
    }

    /** Keeps what the servers have logged. */
    Path keepLogs(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Replica server : servers) {
            Files.copy(
                    server.log().toPath(), folder.resolve(server.name() + ".log"), StandardCopyOption.REPLACE_EXISTING);
        }
        return folder;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        servers.forEach(Replica::close);
        database.close();
        Processes.signal("KILL", steps());
    }
}
