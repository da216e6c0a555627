package io.yardmaster.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Talks to a server as anybody would: over HTTP. */
public final class ApiClient {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Set<String> TERMINAL = Set.of("success", "failed", "cancelled");

    private final int port;
    private final @Nullable String token;

    ApiClient(int port, @Nullable String token) {
        this.port = port;
        this.token = token;
    }

    /** Where the server listens. */
    public int port() {
        return port;
    }

    /** GET beneath {@code /api/v1}. */
    public Answer get(String path, String... headers) {
        return send(request(path, headers).GET());
    }

    /** GET of a path that is not beneath {@code /api/v1}. */
    public Answer getWhole(String path, String... headers) {
        return send(requestOf(path, headers).GET());
    }

    /** POST of a JSON body beneath {@code /api/v1}. */
    public Answer post(String path, String json, String... headers) {
        return send(request(path, headers)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    /** PATCH with a merge patch beneath {@code /api/v1}. */
    public Answer patch(String path, String json, String... headers) {
        return send(request(path, headers)
                .header("Content-Type", "application/merge-patch+json")
                .method("PATCH", HttpRequest.BodyPublishers.ofString(json)));
    }

    /** Any method, with or without a body. */
    public Answer send(String method, String path, @Nullable String json, String... headers) {
        HttpRequest.Builder request = request(path, headers);
        if (json == null) {
            return send(request.method(method, HttpRequest.BodyPublishers.noBody()));
        }
        return send(request.header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(json)));
    }

    /** PUT of any bytes beneath {@code /api/v1}. */
    public Answer put(String path, HttpRequest.BodyPublisher bytes, String... headers) {
        return send(request(path, headers).timeout(Duration.ofMinutes(30)).PUT(bytes));
    }

    /** Submits a run and returns its id. */
    public String run(String jobId, String args) {
        Answer answer = post("/runs", "{\"job_id\": \"" + jobId + "\", \"args\": " + args + "}");
        if (answer.status() != 201) {
            throw new AssertionError("the run was not accepted: " + answer);
        }
        return answer.json().path("run_id").asString();
    }

    /** Waits until the run has ended and returns it. */
    public JsonNode awaitEnd(String runId) {
        return await(runId, run -> TERMINAL.contains(run.path("status").asString()));
    }

    /** Waits until the run is as wanted and returns it. */
    public JsonNode await(String runId, Predicate<JsonNode> wanted) {
        return Awaitility.await("run " + runId)
                .atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(25))
                .until(() -> get("/runs/" + runId).json(), wanted);
    }

    /** All events of a run, or of what has happened so far. */
    public List<JsonNode> events(String runId) {
        List<JsonNode> events = new ArrayList<>();
        get("/runs/" + runId + "/events?limit=10000", "Accept", "application/json")
                .json()
                .path("events")
                .forEach(events::add);
        return events;
    }

    /** Reads server-sent events until the stream ends or {@code enough} says so. */
    public List<SseEvent> stream(String path, Predicate<List<SseEvent>> enough, String... headers) {
        HttpRequest request =
                request(path, headers).header("Accept", "text/event-stream").build();
        List<SseEvent> events = new ArrayList<>();
        try (InputStream body = HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream())
                        .body();
                BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            SseEvent.Reader reader = new SseEvent.Reader();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                reader.line(line).ifPresent(events::add);
                if (line.isEmpty() && enough.test(events)) {
                    break;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return events;
    }

    /** The bytes of an answer. */
    public HttpResponse<byte[]> bytes(String path, String... headers) {
        try {
            return HTTP.send(request(path, headers).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpRequest.Builder request(String path, String... headers) {
        return requestOf("/api/v1" + path, headers);
    }

    private HttpRequest.Builder requestOf(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(60));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return request;
    }

    private static Answer send(HttpRequest.Builder request) {
        try {
            return exchange(request.build());
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("received no bytes")) {
                // The connection kept from the request before was closed meanwhile.
                return send(request);
            }
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Answer exchange(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = HTTP.send(request, head -> text(request, head));
        return new Answer(response.statusCode(), response.headers(), response.body());
    }

    /** The text of an answer that comes to an end: the stream of all runs would be waited for until the test is given up. */
    private static HttpResponse.BodySubscriber<String> text(HttpRequest request, HttpResponse.ResponseInfo head) {
        boolean isEndless = !request.method().equals("HEAD")
                && request.uri().getPath().endsWith("/events/runs")
                && head.headers()
                        .firstValue("Content-Type")
                        .filter(type -> type.startsWith("text/event-stream"))
                        .isPresent();
        return isEndless ? new Refusal() : HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8);
    }

    /** Reads nothing, and lets the connection go. */
    private static final class Refusal implements HttpResponse.BodySubscriber<String> {

        private final CompletableFuture<String> body = new CompletableFuture<>();

        @Override
        public CompletionStage<String> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.cancel();
            body.completeExceptionally(
                    new IOException("the answer is a stream, which has no end: use stream(…) to read it"));
        }

        @Override
        public void onNext(List<ByteBuffer> bytes) {}

        @Override
        public void onError(Throwable fault) {
            body.completeExceptionally(fault);
        }

        @Override
        public void onComplete() {
            body.complete("");
        }
    }

    /** An answer with its text. */
    public record Answer(int status, java.net.http.HttpHeaders headers, String body) {

        public JsonNode json() {
            return MAPPER.readTree(body);
        }

        public String header(String name) {
            return headers.firstValue(name).orElse("");
        }
    }
}
