package io.yardmaster;

import io.yardmaster.testkit.TestServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A request to the shared server, every part of which a test can replace.
 *
 * @param path beneath {@code /api/v1}, with its query; with a slash more at its beginning it is the whole path
 * @param until stops reading the answer where this was read; null: at its end
 */
record Call(
        String method,
        String path,
        @Nullable String token,
        @Nullable String body,
        Map<String, String> headers,
        @Nullable String until) {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();

    static Call get(String path) {
        return new Call("GET", path, TestServer.DEV_TOKEN, null, Map.of(), null);
    }

    static Call delete(String path) {
        return get(path).withMethod("DELETE");
    }

    static Call post(String path, @Nullable String json) {
        Call call = new Call("POST", path, TestServer.DEV_TOKEN, null, Map.of(), null);
        return json == null ? call : call.withBody("application/json", json);
    }

    Call withMethod(String other) {
        return new Call(other, path, token, body, headers, until);
    }

    Call withPath(String other) {
        return new Call(method, other, token, body, headers, until);
    }

    Call withToken(@Nullable String other) {
        return new Call(method, path, other, body, headers, until);
    }

    Call withHeader(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Call(method, path, token, body, more, until);
    }

    Call withBody(String type, String text) {
        Call typed = withHeader("Content-Type", type);
        return new Call(method, path, token, text, typed.headers, until);
    }

    Call until(String text) {
        return new Call(method, path, token, body, headers, text);
    }

    Answer send() {
        return send(() -> {});
    }

    /** Sends it, does something once the head of the answer is there, and reads the rest. */
    Answer send(Runnable meanwhile) {
        try {
            return THREADS.submit(() -> exchange(meanwhile)).get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("no whole answer to " + this, e);
        }
    }

    /**
     * A server that answers before it has read the whole body closes the connection afterwards. Which this client, who
     * keeps it for the next request, may learn too late; it does not send a POST again by itself.
     */
    private static HttpResponse<InputStream> response(HttpRequest request) throws Exception {
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).contains("received no bytes")) {
                throw e;
            }
            return HTTP.send(request, HttpResponse.BodyHandlers.ofInputStream());
        }
    }

    private Answer exchange(Runnable meanwhile) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                        + TestServer.shared().port() + (path.startsWith("//") ? path.substring(1) : "/api/v1" + path)))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        headers.forEach(request::header);
        HttpResponse<InputStream> response = response(request.build());
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (InputStream in = response.body()) {
            meanwhile.run();
            byte[] chunk = new byte[8192];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                read.write(chunk, 0, n);
                if (until != null && read.toString(StandardCharsets.UTF_8).contains(until)) {
                    break;
                }
            }
        }
        return new Answer(this, response.statusCode(), response.headers(), read);
    }

    /** What came back. */
    record Answer(Call call, int status, HttpHeaders headers, ByteArrayOutputStream content) {

        byte[] bytes() {
            return content.toByteArray();
        }

        String text() {
            return content.toString(StandardCharsets.UTF_8);
        }

        JsonNode json() {
            return JsonMapper.shared().readTree(text());
        }

        String header(String name) {
            return headers.firstValue(name).orElse("");
        }

        /** What kind of problem it is, such as {@code run-not-found}. */
        String slug() {
            String type = json().path("type").asString("");
            return type.substring(type.lastIndexOf('/') + 1);
        }

        @Override
        public String toString() {
            String text = text();
            return call.method + " " + call.path + " -> " + status + " " + headers.map() + "\n"
                    + (text.length() > 2000 ? text.substring(0, 2000) + "…" : text);
        }
    }
}
