package io.yardmaster.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.kernel.Sha256;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.ApiClient.Answer;
import io.yardmaster.testkit.S3Server;
import io.yardmaster.testkit.ServerProcess;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An artifact that the server has no memory for, up and down, in both stores: the heap of an idle server takes some 75 MB.
 * How many megabytes the artifact has is {@code yardmaster.test.artifact-megabytes}.
 */
class LargeArtifactTest {

    private static final long SHORT = 100;
    private static final long SIZE = Long.getLong("yardmaster.test.artifact-megabytes", SHORT) << 20;

    /** A server that compiles less starts sooner, and one that compiles more is faster later. */
    private static final List<String> OPTIONS =
            SIZE > SHORT << 20 ? List.of("-Xmx256m") : List.of("-Xmx160m", "-XX:TieredStopAtLevel=1");

    @TempDir
    Path folder;

    private final List<String> figures = new ArrayList<>();

    @Test
    void goes_up_and_down_where_files_keep_it() throws Exception {
        Path blobs = folder.resolve("blobs");
        try (ServerProcess server = server("--yardmaster.blobs.dir=" + blobs)) {
            tryOut("files", server, () -> files(blobs));
        }
    }

    @Test
    void goes_up_and_down_where_an_object_store_keeps_it() throws Exception {
        try (S3Server objects = S3Server.start(folder.resolve("s3"))) {
            String bucket = objects.bucket();
            Path spool = folder.resolve("data").resolve("incoming-blobs");
            try (ServerProcess server = server(objects.settings(bucket).toArray(String[]::new))) {
                tryOut("S3", server, () -> {
                    List<Path> all = new ArrayList<>(files(spool));
                    all.addAll(objects.files(bucket));
                    return all;
                });
            }
        }
    }

    private ServerProcess server(String... settings) throws IOException {
        Path jobs = Files.createDirectories(folder.resolve("jobs/waits"));
        Files.writeString(jobs.resolve("config.yaml"), """
            name: Waits
            composition: steps
            steps:
              - {id: nap, type: sleep, for: 1h}
            """);
        return new ServerProcess(folder.resolve("data"), folder.resolve("jobs"), OPTIONS, settings);
    }

    @SuppressWarnings("SystemOut") // the figures are for whoever reads the test's output
    private void tryOut(String store, ServerProcess server, Supplier<List<Path>> stored) throws Exception {
        server.start();
        ApiClient client = server.client();
        String run = client.run("waits", "{}");
        String digest = timed("digest", SIZE, LargeArtifactTest::digest);
        String path = "/runs/" + run + "/artifacts/large.bin";
        long before = bytes(stored.get());

        Answer wrong = timed(
                "refused",
                SIZE,
                () -> client.put(
                        path,
                        BodyPublishers.ofInputStream(Bytes::new),
                        "Content-Digest",
                        "sha-256=:" + Base64.getEncoder().encodeToString(new byte[32]) + ":"));
        assertThat(wrong.status()).as("%s", wrong).isEqualTo(400);
        assertThat(wrong.body()).contains("/problems/digest-mismatch");
        breakOff(client, path);
        Awaitility.await().untilAsserted(() -> assertThat(bytes(stored.get())).isEqualTo(before));
        assertThat(client.get("/artifacts?run_id=" + run).json().path("artifacts"))
                .isEmpty();

        Answer kept = timed(
                "up",
                SIZE,
                () -> client.put(
                        path, BodyPublishers.ofInputStream(Bytes::new), "Content-Digest", "sha-256=:" + digest + ":"));
        assertThat(kept.status()).as("%s", kept).isEqualTo(201);
        assertThat(kept.json().path("size_bytes").asLong()).isEqualTo(SIZE);
        String artifact = kept.header("Location");
        assertThat(timed("down", SIZE, () -> downloaded(server, artifact))).isEqualTo(digest);
        System.out.printf(
                Locale.ROOT,
                "%s: %d MB, %s, resident %s: %s%n",
                store,
                SIZE >> 20,
                OPTIONS.getFirst(),
                resident(server),
                String.join(", ", figures));
    }

    /** Half of it, after which the connection is gone. */
    private static void breakOff(ApiClient client, String path) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), client.port());
                InputStream bytes = new Bytes()) {
            OutputStream out = socket.getOutputStream();
            String head = "PUT /api/v1" + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                    + TestServer.DEV_TOKEN + "\r\nContent-Length: " + SIZE + "\r\n\r\n";
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            byte[] buffer = new byte[1 << 16];
            for (long left = SIZE / 2; left > 0; left -= buffer.length) {
                bytes.readNBytes(buffer, 0, buffer.length);
                out.write(buffer);
            }
        }
    }

    /** Reads it with two breaks, after each of which it goes on where it was; returns its digest. */
    private static String downloaded(ServerProcess server, String location) throws Exception {
        MessageDigest digest = Sha256.newDigest();
        URI uri = URI.create("http://127.0.0.1:" + server.client().port() + location);
        String etag = "";
        long position = 0;
        byte[] buffer = new byte[1 << 16];
        for (long breakAt : new long[] {SIZE / 3, SIZE * 2 / 3 + 1, Long.MAX_VALUE}) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + TestServer.DEV_TOKEN);
            if (position > 0) {
                request.header("Range", "bytes=" + position + "-").header("If-Range", etag);
            }
            try (HttpClient http = HttpClient.newHttpClient()) {
                HttpResponse<InputStream> answer =
                        http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
                assertThat(answer.statusCode()).isEqualTo(position == 0 ? 200 : 206);
                etag = answer.headers().firstValue("ETag").orElseThrow();
                InputStream in = answer.body();
                for (int n = in.read(buffer); n >= 0 && position < breakAt; n = in.read(buffer)) {
                    digest.update(buffer, 0, n);
                    position += n;
                }
                // Whatever is on its way is of no use any more.
                http.shutdownNow();
            }
        }
        assertThat(position).isEqualTo(SIZE);
        return Base64.getEncoder().encodeToString(digest.digest());
    }

    private static String digest() {
        MessageDigest digest = Sha256.newDigest();
        try (InputStream in = new Bytes()) {
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(digest.digest());
    }

    private interface Work<T> {

        T get() throws Exception;
    }

    private <T> T timed(String what, long bytes, Work<T> work) throws Exception {
        long start = System.nanoTime();
        T result = work.get();
        double seconds = (System.nanoTime() - start) / 1e9;
        figures.add(String.format(Locale.ROOT, "%s %.1f s (%.0f MB/s)", what, seconds, bytes / 1e6 / seconds));
        return result;
    }

    private static String resident(ServerProcess server) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + server.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .findFirst()
                .map(line -> line.replaceAll("\\s+", " "))
                .orElse("unknown");
    }

    private static List<Path> files(Path root) {
        if (!Files.exists(root)) {
            return List.of();
        }
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How much is stored; small things, such as the name of the store and the jobs, come and go. */
    private static long bytes(List<Path> files) {
        long bytes = 0;
        for (Path file : files) {
            try {
                bytes += Files.size(file);
            } catch (IOException e) {
                // Gone since.
            }
        }
        return bytes >> 20;
    }

    /** So many bytes, of which no megabyte is like another. */
    private static final class Bytes extends InputStream {

        private static final int BLOCK = 1 << 20;

        private final byte[] block = new byte[BLOCK];
        private long position;

        Bytes() {
            new Random(7).nextBytes(block);
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (position == SIZE) {
                return -1;
            }
            int at = (int) (position % BLOCK);
            if (at == 0) {
                ByteBuffer.wrap(block).putLong(position);
            }
            int count = (int) Math.min(Math.min(length, BLOCK - at), SIZE - position);
            System.arraycopy(block, at, bytes, offset, count);
            position += count;
            return count;
        }
    }
}
