package chaos;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** One server, a host of its own: started, killed, frozen and started again on the same data directory and port. */
final class Replica implements AutoCloseable {

    /** Classes and profiles as the virtual machine likes them, made by an earlier server. */
    static final Path CACHE = Path.of("target", "bench", "app", "chaos.aot");

    private static final long PATIENCE = TimeUnit.MINUTES.toNanos(8);

    private final String name;
    private final int port;
    private final Path data;
    private final File log;
    private final List<String> command;
    private final boolean cached;
    private volatile Process process;
    private volatile boolean up;
    private volatile boolean frozen;

    /**
     * A server that is not started yet.
     *
     * @param classPath what comes before the server's own classes; empty: nothing
     * @param settings beside those that make it this server
     */
    Replica(int number, Path folder, Database database, String classPath, List<String> settings) throws IOException {
        this.name = "server-" + number;
        this.port = freePort();
        this.data = Files.createDirectories(folder.resolve(name)).resolve("data");
        this.log = folder.resolve(name).resolve("log").toFile();
        this.cached = classPath.isEmpty() && Overlay.isPackaged();
        command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@docker/java.options");
        // They are started again and again, and live shortly.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx384m"));
        String options = System.getenv("JAVA_OPTS");
        if (options != null && !options.isBlank()) {
            command.addAll(List.of(options.strip().split("\\s+")));
        }
        command.addAll(List.of("-cp", Overlay.before(classPath), "io.yardmaster.Yardmaster"));
        command.addAll(List.of(
                "--spring.profiles.active=dev",
                "--spring.main.banner-mode=off",
                "--server.port=" + port,
                "--spring.datasource.url=" + database.url(name),
                "--spring.datasource.username=" + Database.ROLE,
                "--spring.datasource.password=none",
                "--yardmaster.data-dir=" + data));
        command.addAll(settings);
    }

    String name() {
        return name;
    }

    int port() {
        return port;
    }

    /** Whether it is there, ready, and does not stand still. */
    boolean isUp() {
        return up && !frozen && process.isAlive();
    }

    /** Starts it, and returns when it is ready. One that ends meanwhile, because the database is away, is started again. */
    void start() throws Exception {
        long end = System.nanoTime() + PATIENCE;
        while (System.nanoTime() < end) {
            process = new ProcessBuilder(commandNow())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                    .start();
            while (process.isAlive() && System.nanoTime() < end) {
                if (isReady()) {
                    up = true;
                    return;
                }
                Thread.sleep(100);
            }
            Thread.sleep(500);
        }
        throw new IllegalStateException(name + " does not become ready:\n" + tail());
    }

    /** The first server that stops in an orderly way makes the cache: starts that find it take half the time. */
    private List<String> commandNow() {
        if (!cached) {
            return command;
        }
        List<String> whole = new ArrayList<>(command);
        whole.add(1, (Files.exists(CACHE) ? "-XX:AOTCache=" : "-XX:AOTCacheOutput=") + CACHE);
        return whole;
    }

    void kill() throws InterruptedException {
        up = false;
        process.destroyForcibly().waitFor();
    }

    /** Stops it in an orderly way. */
    void stop() throws InterruptedException {
        up = false;
        process.destroy();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            throw new IllegalStateException(name + " does not end within two minutes:\n" + tail());
        }
    }

    void freeze() {
        frozen = true;
        Processes.signal("STOP", List.of(process.pid()));
    }

    void thaw() {
        Processes.signal("CONT", List.of(process.pid()));
        frozen = false;
    }

    /** Which host it is in the database. */
    UUID host() throws IOException {
        return UUID.fromString(Files.readString(data.resolve("host.id")).strip());
    }

    /** Which start of it this is. */
    long pid() {
        return process.pid();
    }

    /** The folders of runs that it has left behind. */
    List<String> runFolders() throws IOException {
        Path runs = data.resolve("runs");
        if (!Files.isDirectory(runs)) {
            return List.of();
        }
        try (var found = Files.list(runs)) {
            return found.map(path -> path.getFileName().toString()).toList();
        }
    }

    File log() {
        return log;
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            process.destroyForcibly();
        }
    }

    private boolean isReady() {
        try {
            return Client.get(port, "/api/v1/readyz", 2000).status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private String tail() {
        try {
            List<String> lines = Files.readAllLines(log.toPath());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
