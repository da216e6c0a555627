package io.yardmaster.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** An object store that speaks S3, in a process of its own, with its objects in a folder. It checks signatures. */
public final class S3Server implements AutoCloseable {

    public static final String ACCESS_KEY = "test-access-key";

    /** Nothing that has to be kept from anybody. */
    public static final String SECRET_KEY = "test-secret-key";

    private static @Nullable S3Server shared;

    private final Path folder;
    private final int port;
    private final Process process;

    private S3Server(Path folder) throws IOException {
        this.folder = folder;
        this.port = FreePort.find();
        Path buckets = Files.createDirectories(folder.resolve("buckets"));
        Path configuration =
                Files.writeString(folder.resolve("s3proxy.conf"), """
                    s3proxy.endpoint=http://127.0.0.1:%d
                    s3proxy.authorization=aws-v4
                    s3proxy.identity=%s
                    s3proxy.credential=%s
                    jclouds.provider=filesystem-nio2
                    jclouds.filesystem.basedir=%s
                    """.formatted(port, ACCESS_KEY, SECRET_KEY, buckets));
        this.process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-DLOG_LEVEL=warn",
                        "-jar",
                        jar().toString(),
                        "--properties",
                        configuration.toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("s3proxy.log").toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(process::destroyForcibly));
        Awaitility.await("the object store on port " + port)
                .pollInterval(Duration.ofMillis(100))
                .until(this::answers);
    }

    /** One for all tests; it ends with the JVM. */
    public static synchronized S3Server shared() {
        if (shared == null) {
            try {
                shared = new S3Server(Files.createTempDirectory("yardmaster-s3"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return shared;
    }

    /** One with its objects in this folder, which must be on a disk with room for them. */
    public static S3Server start(Path folder) throws IOException {
        return new S3Server(Files.createDirectories(folder));
    }

    /** Where the build puts it, or where Maven keeps what the build puts there. */
    private static Path jar() {
        Path built = Path.of("target", "s3proxy", "s3proxy.jar");
        if (Files.exists(built)) {
            return built;
        }
        String version = "4.1.0";
        return Path.of(
                System.getProperty("user.home"),
                ".m2/repository/org/gaul/s3proxy/" + version,
                "s3proxy-" + version + "-jar-with-dependencies.jar");
    }

    private boolean answers() {
        if (!process.isAlive()) {
            throw new IllegalStateException(
                    "the object store has ended: see " + new File(folder.toFile(), "s3proxy.log"));
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    /** Makes a bucket, and returns its name. */
    public String bucket() {
        String name = "bucket-" + UUID.randomUUID();
        try {
            // What is a folder to it is a bucket to others.
            Files.createDirectories(folder.resolve("buckets").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return name;
    }

    /** The settings of a server that keeps its blobs in this bucket. */
    public List<String> settings(String bucket) {
        return List.of(
                "--yardmaster.blobs.store=s3",
                "--yardmaster.blobs.s3.endpoint=" + endpoint(),
                "--yardmaster.blobs.s3.bucket=" + bucket,
                "--yardmaster.blobs.s3.access-key-id=" + ACCESS_KEY,
                "--yardmaster.blobs.s3.secret-access-key=" + SECRET_KEY);
    }

    /** All files that it keeps of a bucket, for what cannot be seen from outside. */
    public List<Path> files(String bucket) {
        try (var files = Files.walk(folder.resolve("buckets").resolve(bucket))) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
