import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Starts a server as it is started in production, with an issuer of tokens of its own, runs a job through it and stops
 * it again. Prints one line of JSON: how long it took until requests were welcome, what it cost, and the memory it then
 * held.
 *
 * <pre>java Rehearsal.java FOLDER COMMAND...</pre>
 *
 * <p>FOLDER is made and takes the data, the keys and what the server prints. The database is the one that the
 * environment names. The command is given its settings as environment variables.
 */
final class Rehearsal {

    private static final String ISSUER = "https://rehearsal.invalid";
    private static final long PATIENCE = TimeUnit.MINUTES.toNanos(5);
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process server;
    private final Path log;
    private final String base;
    private final String token;

    private Rehearsal(Process server, Path log, String base, String token) {
        this.server = server;
        this.log = log;
        this.base = base;
        this.token = token;
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]).toAbsolutePath();
        List<String> command = Arrays.asList(arguments).subList(1, arguments.length);
        Files.createDirectories(folder.resolve("data"));
        KeyPair key = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        Files.writeString(folder.resolve("jwks.json"), jwks((RSAPublicKey) key.getPublic()));
        Path sample = Files.createDirectories(folder.resolve("sample"));
        Files.writeString(sample.resolve("file.txt"), "to be backed up\n");
        int port = freePort();

        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile());
        builder.environment().putAll(settings(folder, port));
        long start = System.nanoTime();
        Rehearsal rehearsal =
                new Rehearsal(builder.start(), folder.resolve("server.log"), "http://127.0.0.1:" + port, token(key));
        try {
            rehearsal.awaitReady();
            long ready = System.nanoTime() - start;
            long processor = rehearsal.processorTime();
            long memory = rehearsal.settledMemory();
            rehearsal.askIfHealthy(port);
            rehearsal.lookAround();
            String status = rehearsal.backUp(sample);
            long end = System.nanoTime() - start;
            int code = rehearsal.stop();
            System.out.printf(
                    "{\"ready_ms\": %d, \"cpu_ms\": %d, \"idle_rss_kib\": %d, \"first_run\": \"%s\","
                            + " \"first_run_done_ms\": %d, \"exit_code\": %d}%n",
                    TimeUnit.NANOSECONDS.toMillis(ready),
                    processor,
                    memory,
                    status,
                    TimeUnit.NANOSECONDS.toMillis(end),
                    code);
            System.exit(status.equals("success") ? 0 : 1);
        } finally {
            rehearsal.server.destroyForcibly();
        }
    }

    private static Map<String, String> settings(Path folder, int port) {
        return Map.ofEntries(
                Map.entry("YARDMASTER_SHUTDOWN_DRAINDELAY", "0s"),
                Map.entry("SERVER_PORT", Integer.toString(port)),
                Map.entry("SERVER_ADDRESS", "127.0.0.1"),
                Map.entry("YARDMASTER_DATADIR", folder.resolve("data").toString()),
                Map.entry("YARDMASTER_SOURCES_0_NAME", "examples"),
                Map.entry(
                        "YARDMASTER_SOURCES_0_PATH",
                        Path.of("examples/jobs").toAbsolutePath().toString()),
                Map.entry("YARDMASTER_SECURITY_ISSUERS_0_ISSUER", ISSUER),
                Map.entry("YARDMASTER_SECURITY_ISSUERS_0_AUDIENCES", "yardmaster"),
                Map.entry(
                        "YARDMASTER_SECURITY_ISSUERS_0_JWKS",
                        folder.resolve("jwks.json").toString()),
                Map.entry(
                        "YARDMASTER_SECRETS_KEYS",
                        "rehearsal:" + Base64.getEncoder().encodeToString(new byte[32])),
                Map.entry("YARDMASTER_POLICY_FLOOR", "permissive"));
    }

    private void awaitReady() throws Exception {
        await("the server is not ready", () -> {
            if (!server.isAlive()) {
                throw failure("the server has ended");
            }
            try {
                return get("/api/v1/readyz", 200).startsWith("{");
            } catch (IOException e) {
                return false;
            }
        });
    }

    /** What the processors have spent on it so far, in milliseconds: of the machine's other load it knows nothing. */
    private long processorTime() {
        return server.info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
    }

    /** Resident memory in KiB after some seconds of nothing to do. */
    private long settledMemory() throws Exception {
        Thread.sleep(Long.getLong("idle.millis", 0));
        Path status = Path.of("/proc", Long.toString(server.pid()), "status");
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    /** By the script that a container engine asks, where there is one. */
    private void askIfHealthy(int port) throws Exception {
        String script = System.getProperty("healthy");
        if (script != null) {
            ProcessBuilder asking = new ProcessBuilder(script).inheritIO();
            asking.environment().put("SERVER_PORT", Integer.toString(port));
            if (asking.start().waitFor() != 0) {
                throw failure(script + " says that the server is not healthy");
            }
        }
    }

    /** What clients commonly ask first. */
    private void lookAround() throws Exception {
        for (String path : List.of(
                "/api/v1/health",
                "/api/v1/system/info",
                "/api/v1/principal",
                "/api/v1/jobs",
                "/api/v1/jobs/backup/daily",
                "/api/v1/runs",
                "/openapi.yaml",
                "/swagger-ui/index.html")) {
            get(path, 200);
        }
        get("/api/v1/runs/run_00000000000000000000000000", 404);
    }

    /** Plans and runs the job, reads its events to the end and its log, and returns how it ended. */
    private String backUp(Path folder) throws Exception {
        String body = "{\"job_id\": \"backup/daily\", \"args\": {\"target\": \"" + folder + "\"}}";
        post("/api/v1/plans", body);
        String id = value("run_id", post("/api/v1/runs", body));
        get("/api/v1/runs/" + id + "/events", 200); // a stream: it ends when the run does
        get("/api/v1/runs/" + id + "/logs", 200);
        get("/api/v1/runs/" + id + "/result", 200);
        return value("status", get("/api/v1/runs/" + id, 200));
    }

    /** Having been told to stop, the JVM may still have an AOT cache to write, which takes a slow machine minutes. */
    private int stop() throws Exception {
        server.destroy();
        if (!server.waitFor(10, TimeUnit.MINUTES)) {
            throw failure("the server does not stop");
        }
        return server.exitValue();
    }

    private String get(String path, int expected) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(base + path)).GET(), expected);
    }

    private String post(String path, String json) throws Exception {
        return send(
                HttpRequest.newBuilder(URI.create(base + path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(json)),
                201);
    }

    private String send(HttpRequest.Builder request, int expected) throws Exception {
        var answer =
                HTTP.send(request.header("Authorization", "Bearer " + token).build(), BodyHandlers.ofString());
        if (answer.statusCode() != expected) {
            if (answer.statusCode() == 503) {
                return "";
            }
            throw failure(answer.request().uri() + " answered " + answer.statusCode() + ": " + answer.body());
        }
        return answer.body();
    }

    private static String value(String name, String json) {
        Matcher found = Pattern.compile('"' + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(json);
        if (!found.find()) {
            throw new IllegalStateException("no " + name + " in " + json);
        }
        return found.group(1);
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private void await(String complaint, Condition condition) throws Exception {
        for (long end = System.nanoTime() + PATIENCE; System.nanoTime() < end; Thread.sleep(20)) {
            if (condition.holds()) {
                return;
            }
        }
        throw failure(complaint);
    }

    private IllegalStateException failure(String complaint) throws IOException {
        return new IllegalStateException(complaint + "\n" + Files.readString(log));
    }

    private static String jwks(RSAPublicKey key) {
        return "{\"keys\": [{\"kty\": \"RSA\", \"use\": \"sig\", \"alg\": \"RS256\", \"kid\": \"rehearsal\", \"n\": \"%s\", \"e\": \"%s\"}]}"
                .formatted(base64(unsigned(key.getModulus())), base64(unsigned(key.getPublicExponent())));
    }

    private static String token(KeyPair key) throws Exception {
        String header = "{\"alg\": \"RS256\", \"typ\": \"JWT\", \"kid\": \"rehearsal\"}";
        String claims =
                "{\"iss\": \"%s\", \"aud\": \"yardmaster\", \"sub\": \"rehearsal\", \"exp\": %d, \"scope\": \"%s\"}"
                        .formatted(
                                ISSUER,
                                Instant.now().plusSeconds(3600).getEpochSecond(),
                                "jobs:read runs:read runs:write events:read artifacts:read system:read");
        String signed =
                base64(header.getBytes(StandardCharsets.UTF_8)) + "." + base64(claims.getBytes(StandardCharsets.UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key.getPrivate());
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + base64(signature.sign());
    }

    private static byte[] unsigned(BigInteger number) {
        byte[] bytes = number.toByteArray();
        return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
