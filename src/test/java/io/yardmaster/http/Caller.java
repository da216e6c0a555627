package io.yardmaster.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.problems.ProblemType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls the server under test, as a client would or with raw bytes. */
final class Caller {

    static final String ALL = "jobs:read runs:read runs:write";

    private final HttpClient client = HttpClient.newHttpClient();
    private final int port;

    Caller(int port) {
        this.port = port;
    }

    Answer get(String path, String... headers) throws Exception {
        return send("GET", path, null, headers);
    }

    Answer post(String path, String json) throws Exception {
        return send("POST", path, HttpRequest.BodyPublishers.ofString(json), "Content-Type", "application/json");
    }

    /** Sends with a token of all scopes, unless {@code headers} bring one; an empty one is no token. */
    Answer send(String method, String path, HttpRequest.@Nullable BodyPublisher body, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : body);
        Map<String, String> all = new LinkedHashMap<>(Map.of("Authorization", "Bearer " + ALL));
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        all.forEach((name, value) -> {
            if (!value.isEmpty()) {
                request.header(name, value);
            }
        });
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.headers().map(), response.body());
    }

    /** Sends these bytes and reads until the server closes. */
    Answer raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return Answer.parse(readAll(socket));
        }
    }

    /** A request of these lines, without a body. */
    static String request(String... lines) {
        return String.join("\r\n", lines) + "\r\n\r\n";
    }

    static byte[] readAll(Socket socket) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            InputStream in = socket.getInputStream();
            in.transferTo(bytes);
        } catch (SocketException e) {
            // A server that closes with unread bytes resets; what came before counts.
        }
        return bytes.toByteArray();
    }

    record Answer(int status, Map<String, List<String>> headers, String body) {

        static Answer parse(byte[] bytes) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            int end = text.indexOf("\r\n\r\n");
            assertThat(end).as("an answer: %s", text).isPositive();
            List<String> lines = text.substring(0, end).lines().toList();
            Map<String, List<String>> headers = new LinkedHashMap<>();
            lines.stream().skip(1).forEach(line -> {
                int colon = line.indexOf(':');
                headers.put(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        List.of(line.substring(colon + 1).trim()));
            });
            return new Answer(Integer.parseInt(lines.getFirst().substring(9, 12)), headers, text.substring(end + 4));
        }

        String header(String name) {
            List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
            return values == null ? "" : values.getFirst();
        }

        JsonNode json() {
            return JsonMapper.shared().readTree(body);
        }

        JsonNode ok() {
            assertThat(status).as(body).isEqualTo(200);
            return json();
        }

        /** Each fault as {@code pointer code}. */
        List<String> faults() {
            return json().path("errors")
                    .valueStream()
                    .map(fault -> fault.path("pointer").asString() + " "
                            + fault.path("code").asString())
                    .toList();
        }

        String detail() {
            return json().path("detail").asString();
        }

        /** Asserts everything that is true of each problem. */
        Answer isProblem(ProblemType type) {
            assertThat(status).as(body).isEqualTo(type.status());
            assertThat(header("Content-Type")).isEqualTo("application/problem+json");
            JsonNode json = json();
            assertThat(json.path("type").asString()).isEqualTo("/problems/" + type.slug());
            assertThat(json.path("title").asString()).isEqualTo(type.title());
            assertThat(json.path("status").asInt()).isEqualTo(type.status());
            assertThat(json.path("detail").asString()).isNotBlank();
            assertThat(json.path("request_id").asString()).isNotBlank().isEqualTo(header("X-Request-Id"));
            assertThat(header("Cache-Control")).contains("no-store");
            assertThat(header("X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(header("Server")).isEmpty();
            assertThat(header("ETag")).isEmpty();
            assertThat(body).doesNotContain("Exception", "io.yardmaster", "org.", "java.", "tools.jackson", "<html");
            return this;
        }
    }
}
