package chaos;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A caller as the documentation wants it: what was not answered is sent again, under the same key, to any server. */
final class Client {

    static final String TOKEN = "dev-token";

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int SHORTEST_PAUSE = 100;
    private static final int LONGEST_PAUSE = 2000;
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    private final List<Replica> servers;

    Client(List<Replica> servers) {
        this.servers = servers;
    }

    static Answer get(int port, String path, long patienceMillis) throws IOException {
        return send(request(port, path)
                .timeout(Duration.ofMillis(patienceMillis))
                .GET()
                .build());
    }

    /** The answer of any server that has one. */
    Answer get(String path, long deadline) throws InterruptedException {
        while (true) {
            for (Replica server : servers) {
                try {
                    Answer answer = get(server.port(), path, 10_000);
                    if (!answer.isForLater() || System.nanoTime() > deadline) {
                        return answer;
                    }
                } catch (IOException e) {
                    if (System.nanoTime() > deadline) {
                        return new Answer(0, String.valueOf(e));
                    }
                }
            }
            Thread.sleep(200);
        }
    }

    /**
     * Posts until somebody has an answer that stays.
     *
     * @param first the number of the server to be asked first; the others are asked at random
     * @param deadline of {@link System#nanoTime}; after it the last answer counts
     * @return what was answered; status 0: nobody answered
     */
    Answer insist(String path, String json, String key, int first, RandomGenerator random, long deadline)
            throws InterruptedException {
        Replica server = servers.get(first % servers.size());
        int pause = SHORTEST_PAUSE;
        while (true) {
            Answer answer;
            try {
                answer = post(server.port(), path, json, key);
            } catch (IOException e) {
                answer = new Answer(0, String.valueOf(e));
            }
            if (!answer.isForLater() || System.nanoTime() > deadline) {
                return answer;
            }
            Thread.sleep(pause / 2 + random.nextInt(pause));
            pause = Math.min(LONGEST_PAUSE, 2 * pause);
            server = servers.get(random.nextInt(servers.size()));
        }
    }

    private static Answer post(int port, String path, String json, String key) throws IOException {
        return send(request(port, path)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build());
    }

    private static HttpRequest.Builder request(int port, String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", "Bearer " + TOKEN);
    }

    private static Answer send(HttpRequest request) throws IOException {
        try {
            HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /**
     * What was answered.
     *
     * @param status 0: nothing
     */
    record Answer(int status, String body) {

        /** Whether the same is to be sent again. */
        boolean isForLater() {
            return status == 0
                    || status == 429
                    || status == 503
                    || (status == 409 && body.contains("idempotency-in-flight"));
        }

        boolean isSuccess() {
            return status >= 200 && status < 300;
        }

        /** The text of a member, wherever it is. */
        Optional<String> text(String name) {
            Matcher member =
                    Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(body);
            return member.find() ? Optional.of(member.group(1)) : Optional.empty();
        }
    }
}
