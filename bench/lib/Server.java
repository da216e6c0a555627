import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server in a process of its own, as it comes, in development mode: its token is a word. */
final class Server implements AutoCloseable {

    static final String TOKEN = "dev-token";

    private static final long PATIENCE = TimeUnit.MINUTES.toNanos(5);

    private final Process process;
    private final int port;
    private final Path log;

    private Server(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /**
     * Starts a server and waits until it is ready.
     *
     * @param jobs a folder of jobs
     * @param settings such as {@code --yardmaster.engine.max-concurrent-runs=1}
     */
    static Server start(Postgres postgres, Path jobs, String... settings) throws Exception {
        Path folder = Files.createTempDirectory("server");
        int port = freePort();
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@docker/java.options");
        // What the Compose file and the chart give the container.
        command.add("-XX:MaxRAM=2g");
        String options = System.getenv("JAVA_OPTS");
        if (options != null && !options.isBlank()) {
            command.addAll(List.of(options.strip().split("\\s+")));
        }
        String classPath = System.getenv("BENCH_CLASSPATH");
        if (classPath == null || classPath.isBlank()) {
            command.addAll(List.of("-jar", System.getenv("BENCH_APP")));
        } else {
            command.addAll(List.of("-cp", classPath, "io.yardmaster.Yardmaster"));
        }
        command.addAll(List.of(
                "--spring.profiles.active=dev",
                "--spring.main.banner-mode=off",
                "--server.port=" + port,
                "--spring.datasource.url=" + postgres.url(),
                "--spring.datasource.username=" + Postgres.ROLE,
                "--spring.datasource.password=none",
                "--yardmaster.data-dir=" + folder.resolve("data"),
                // Servers of one database have to share it; those that share a folder of jobs do here.
                "--yardmaster.blobs.dir=" + jobs.resolveSibling(jobs.getFileName() + "-blobs"),
                "--yardmaster.sources[0].name=bench",
                "--yardmaster.sources[0].path=" + jobs));
        command.addAll(List.of(settings));
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Server server = new Server(process, port, log);
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        server.awaitReady();
        return server;
    }

    /** A folder for jobs. */
    static Path jobs() throws IOException {
        return Files.createTempDirectory("jobs");
    }

    /** Writes a job. */
    static void job(Path jobs, String name, String config, String... files) throws IOException {
        Path folder = Files.createDirectories(jobs.resolve(name));
        Files.writeString(folder.resolve("config.yaml"), config);
        for (int i = 0; i < files.length; i += 2) {
            Path file = folder.resolve(files[i]);
            Files.writeString(file, files[i + 1]);
            if (!file.toFile().setExecutable(true)) {
                throw new IOException("cannot be made executable: " + file);
            }
        }
    }

    /** Writes job {@code sum}, of one step that the server works out itself. */
    static void sum(Path jobs) throws IOException {
        job(jobs, "sum", """
            name: Adds
            composition: steps
            steps:
              - {id: sum, type: eval, values: {two: "1 + 1"}}
            """);
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    Http client() throws IOException {
        return new Http(port, TOKEN);
    }

    /** The bytes of the live objects in its heap. */
    long liveHeap() throws Exception {
        Matcher total = Pattern.compile("(?m)^Total +\\d+ +(\\d+)$").matcher(jcmd("GC.class_histogram"));
        if (!total.find()) {
            throw new IllegalStateException("jcmd told no total");
        }
        return Long.parseLong(total.group(1));
    }

    private String jcmd(String command) throws Exception {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(pid()),
                        command)
                .redirectErrorStream(true)
                .start();
        String output = new String(jcmd.getInputStream().readAllBytes());
        if (jcmd.waitFor() != 0) {
            throw new IllegalStateException(output);
        }
        return output;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }

    private void awaitReady() throws Exception {
        long end = System.nanoTime() + PATIENCE;
        while (System.nanoTime() < end) {
            if (!process.isAlive()) {
                throw new IllegalStateException("the server has ended:\n" + Files.readString(log));
            }
            try (Http http = client()) {
                if (http.get("/api/v1/readyz").status() == 200) {
                    return;
                }
            } catch (IOException e) {
                // It does not answer yet.
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
        throw new IllegalStateException("the server does not become ready:\n" + Files.readString(log));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
