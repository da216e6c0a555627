package io.yardmaster;

import io.yardmaster.testkit.TestServer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A good request that was made a bad one by chance, somewhere between its first byte and its last. */
final class Mutation {

    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "BREW", "");

    /** Values that somebody once had to apologise for. */
    private static final List<String> NASTY = List.of(
            "",
            " ",
            "null",
            "undefined",
            "NaN",
            "true",
            "0",
            "-1",
            "1e400",
            "9223372036854775808",
            "1.5",
            "0x1F",
            "+1",
            "\u0000",
            "\u0001",
            "\u007f",
            "%00",
            "%",
            "%zz",
            "%2e%2e",
            "%2F",
            "%25",
            "%ff",
            "%c0%af",
            "%ed%a0%80",
            "..",
            ".",
            "../../secrets",
            "~",
            "*",
            "\\",
            "'",
            "\"",
            "`",
            ";",
            "' OR 1=1 --",
            "{{7*7}}",
            "${jndi:ldap://x}",
            "#{1+1}",
            "<script>",
            "\r\nX-Injected: 1",
            "\u00e4",
            "\u00f0\u009f\u009a\u0080",
            "\u202e",
            "a".repeat(300),
            "x".repeat(5_000),
            "run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE",
            "artifact_01JD3M5ZK8Q2W4X6Y7A9B0C1DE",
            "hello-world",
            "backup/daily",
            "2026-01-31T08:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "0000-01-01T00:00:00Z",
            "+292278994-08-17T07:12:55.807Z",
            "30s",
            "999999999d",
            "asc",
            "-created_at",
            "pending",
            "a=b",
            "a=",
            "=",
            "a==b",
            "[",
            "(",
            "^",
            "$",
            "(a+)+$",
            "?",
            "&",
            "+",
            ",",
            "\t");

    private static final List<String> HEADERS = List.of(
            "Accept",
            "Accept-Encoding",
            "Accept-Language",
            "Accept-Charset",
            "Authorization",
            "X-API-Key",
            "Content-Type",
            "Content-Length",
            "Content-Encoding",
            "Transfer-Encoding",
            "Expect",
            "If-None-Match",
            "If-Match",
            "If-Modified-Since",
            "If-Unmodified-Since",
            "If-Range",
            "Range",
            "Last-Event-ID",
            "Prefer",
            "Idempotency-Key",
            "X-Request-Id",
            "traceparent",
            "tracestate",
            "baggage",
            "Origin",
            "Access-Control-Request-Method",
            "Host",
            "Connection",
            "Upgrade",
            "Cookie",
            "Referer",
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Forwarded-Prefix",
            "X-HTTP-Method-Override",
            "TE",
            "Trailer",
            "Via",
            "Max-Forwards",
            "Content-Range",
            "Content-Digest",
            "Content-Disposition",
            "X-Odd");

    private static final List<String> HEADER_VALUES = List.of(
            "application/json",
            "text/event-stream",
            "text/event-stream;q=0",
            "application/x-ndjson",
            "text/html",
            "*/*",
            "image/png",
            "a/b;q=9",
            "a/",
            "text/plain; charset=klingon",
            "application/json; charset=utf-16",
            "gzip",
            "br",
            "identity",
            "chunked",
            "gzip, chunked",
            "100-continue",
            "bytes=0-0",
            "bytes=-1",
            "bytes=5-1",
            "bytes=0-1,3-4",
            "bytes=99999999999999999999-",
            "lines=1-2",
            "\"x\"",
            "W/\"x\"",
            "\"x",
            "\"x\", \"y\"",
            "wait=1",
            "wait=-1",
            "wait=99999999999999999999",
            "wait=abc",
            "respond-async",
            "Bearer",
            "Bearer dev-token",
            "Bearer a b",
            "Basic YTpi",
            "Bearer eyJhbGciOiJub25lIn0.e30.",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-zz-zz-zz",
            "localhost",
            "localhost:0",
            "localhost:99999",
            "evil.example.test",
            "http://localhost:1",
            "http://evil.example.test",
            "close",
            "keep-alive",
            "Upgrade",
            "websocket",
            "h2c",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "sha-256=:AAAA:",
            "1",
            "18446744073709551616");

    private final Random random;
    private String method;
    private final List<String> segments;
    private final List<String> query;
    private final List<String> headers = new ArrayList<>();
    private byte[] body;

    private Mutation(Call call, Random random) {
        this.random = random;
        this.method = call.method();
        int mark = call.path().indexOf('?');
        String path = mark < 0 ? call.path() : call.path().substring(0, mark);
        this.segments = new ArrayList<>(List.of(("api/v1" + path).split("/")));
        this.query = mark < 0
                ? new ArrayList<>()
                : new ArrayList<>(List.of(call.path().substring(mark + 1).split("&")));
        headers.add("Host: localhost");
        headers.add("Authorization: Bearer " + TestServer.DEV_TOKEN);
        call.headers().forEach((name, value) -> headers.add(name + ": " + value));
        headers.add("Connection: close");
        this.body = call.body() == null ? new byte[0] : call.body().getBytes(StandardCharsets.UTF_8);
    }

    /** The bytes of this call after one to three accidents. */
    static byte[] of(Call call, Random random) {
        Mutation mutation = new Mutation(call, random);
        boolean isRaw = random.nextInt(6) == 0;
        for (int accidents = isRaw ? 0 : 1 + random.nextInt(3); accidents > 0; accidents--) {
            mutation.mutate();
        }
        byte[] bytes = mutation.bytes();
        return isRaw ? mutation.raw(bytes) : bytes;
    }

    private void mutate() {
        switch (random.nextInt(body.length == 0 ? 8 : 14)) {
            case 0 -> method = METHODS.get(random.nextInt(METHODS.size()));
            case 1, 2 -> path();
            case 3, 4 -> query();
            case 5, 6 -> header();
            case 7 -> bodyText();
            default -> bodyTree();
        }
    }

    private void path() {
        int at = random.nextInt(segments.size());
        switch (random.nextInt(6)) {
            case 0 -> segments.add(at, nasty());
            case 1 -> segments.remove(at);
            case 2 -> segments.add(at, segments.get(at));
            case 3 -> segments.set(at, segments.get(at) + nasty());
            case 4 -> segments.set(at, flipped(segments.get(at)));
            default -> segments.set(at, nasty());
        }
        if (segments.isEmpty()) {
            segments.add("");
        }
    }

    private void query() {
        String name = List.of(
                        "limit",
                        "status",
                        "page_token",
                        "order",
                        "label",
                        "source",
                        "cursor",
                        "after_seq",
                        "types",
                        "follow",
                        "format",
                        "level",
                        "q",
                        "tail",
                        "since",
                        "offset",
                        "created_after",
                        "job_id",
                        "group_by")
                .get(random.nextInt(19));
        if (query.isEmpty() || random.nextInt(3) > 0) {
            query.add((random.nextInt(10) == 0 ? nasty() : name) + (random.nextInt(10) == 0 ? "" : "=" + nasty()));
            return;
        }
        int at = random.nextInt(query.size());
        switch (random.nextInt(4)) {
            case 0 -> query.remove(at);
            case 1 -> query.add(query.get(at));
            case 2 -> query.set(at, query.get(at) + nasty());
            default -> query.set(at, query.get(at).replaceAll("=.*", "=") + nasty());
        }
    }

    private void header() {
        String name = HEADERS.get(random.nextInt(HEADERS.size()));
        String value = random.nextInt(3) == 0 ? nasty() : HEADER_VALUES.get(random.nextInt(HEADER_VALUES.size()));
        switch (random.nextInt(5)) {
            case 0 -> headers.remove(random.nextInt(headers.size()));
            case 1 -> headers.add(headers.get(random.nextInt(headers.size())));
            default -> {
                headers.removeIf(line -> random.nextBoolean() && line.startsWith(name + ":"));
                headers.add(name + ": " + value);
            }
        }
        if (headers.isEmpty()) {
            headers.add("Host: localhost");
        }
    }

    private void bodyText() {
        String text = new String(body, StandardCharsets.UTF_8);
        String other = switch (random.nextInt(9)) {
            case 0 -> "";
            case 1 -> "null";
            case 2 -> "[" + text + "]";
            case 3 -> text + text;
            case 4 -> "\ufeff" + text;
            case 5 -> text.substring(0, random.nextInt(text.length() + 1));
            case 6 -> text.replaceFirst("\\{", "{\"job_id\": \"hello-world\", ");
            case 7 -> "[".repeat(random.nextInt(200));
            default -> nasty();
        };
        body = random.nextInt(10) == 0
                ? text.getBytes(StandardCharsets.UTF_16)
                : other.getBytes(StandardCharsets.UTF_8);
    }

    private void bodyTree() {
        JsonNode tree;
        try {
            tree = JsonMapper.shared().readTree(body);
        } catch (RuntimeException e) {
            return; // was mutated to something else before
        }
        List<JsonNode> containers = new ArrayList<>();
        collect(tree, containers);
        if (containers.isEmpty()) {
            return;
        }
        switch (containers.get(random.nextInt(containers.size()))) {
            case ObjectNode object -> mutate(object);
            case ArrayNode array -> array.add(value());
            default -> {}
        }
        body = JsonMapper.shared().writeValueAsBytes(tree);
    }

    private void mutate(ObjectNode object) {
        List<String> names = List.copyOf(object.propertyNames());
        if (names.isEmpty() || random.nextInt(4) == 0) {
            String name = List.of(
                            "job",
                            "source",
                            "args",
                            "labels",
                            "priority",
                            "timeouts",
                            "not_before",
                            "plan_id",
                            "async",
                            "external_id",
                            "tenant",
                            "security_profile",
                            "run",
                            "name",
                            "reason",
                            "grace",
                            "step")
                    .get(random.nextInt(17));
            object.set(random.nextInt(5) == 0 ? text() : name, value());
            return;
        }
        String name = names.get(random.nextInt(names.size()));
        switch (random.nextInt(4)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(text(), object.remove(name));
            default -> object.set(name, value());
        }
    }

    private JsonNode value() {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(14)) {
            case 0 -> nodes.nullNode();
            case 1 -> nodes.booleanNode(random.nextBoolean());
            case 2 -> nodes.numberNode(random.nextLong());
            case 3 -> nodes.numberNode(random.nextInt(300) - 150);
            case 4 -> nodes.numberNode(random.nextGaussian() * 1e300);
            case 5 -> nodes.numberNode(new java.math.BigDecimal("1e" + random.nextInt(2_000)));
            case 6 -> nodes.arrayNode().add(text()).add(1).addNull();
            case 7 -> nodes.objectNode().put(text(), text());
            case 8 -> nodes.stringNode("\ud800");
            case 9 -> nodes.stringNode("x".repeat(random.nextInt(100_000)));
            case 10 -> nodes.objectNode().set("a", nodes.objectNode().set("b", nodes.arrayNode()));
            default -> nodes.stringNode(text());
        };
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainer()) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }

    /** The request with some bytes changed, lost, doubled or made up. */
    private byte[] raw(byte[] request) {
        byte[] bytes = request.clone();
        for (int accidents = 1 + random.nextInt(4); accidents > 0; accidents--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> {
                    int end = Math.min(bytes.length, at + 1 + random.nextInt(20));
                    byte[] shorter = Arrays.copyOf(bytes, bytes.length - (end - at));
                    System.arraycopy(bytes, end, shorter, at, bytes.length - end);
                    bytes = shorter.length == 0 ? new byte[] {' '} : shorter;
                }
                case 3 -> {
                    byte[] more = new byte[1 + random.nextInt(30)];
                    random.nextBytes(more);
                    ByteArrayOutputStream joined = new ByteArrayOutputStream();
                    joined.write(bytes, 0, at);
                    joined.writeBytes(more);
                    joined.write(bytes, at, bytes.length - at);
                    bytes = joined.toByteArray();
                }
                default -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
            }
        }
        return bytes;
    }

    private byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        String target = "/" + String.join("/", segments) + (query.isEmpty() ? "" : "?" + String.join("&", query));
        bytes.writeBytes(latin(method + " " + target + " HTTP/1.1\r\n"));
        headers.forEach(header -> bytes.writeBytes(latin(header + "\r\n")));
        if (body.length > 0 && headers.stream().noneMatch(header -> header.startsWith("Content-Length"))) {
            bytes.writeBytes(latin("Content-Length: " + body.length + "\r\n"));
        }
        bytes.writeBytes(latin("\r\n"));
        bytes.writeBytes(body);
        return bytes.toByteArray();
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private String nasty() {
        return NASTY.get(random.nextInt(NASTY.size()));
    }

    /** A nasty value as JSON can hold it. */
    private String text() {
        return nasty();
    }

    private String flipped(String text) {
        return random.nextBoolean()
                ? text.toUpperCase(java.util.Locale.ROOT)
                : new StringBuilder(text).reverse().toString();
    }

    /** Which requests to begin with: each operation of the contract as its recipe calls it, those with bodies often. */
    static List<Call> seeds(Map<String, ContractRecipes.Recipe> recipes) {
        List<Call> seeds = new ArrayList<>();
        recipes.values().forEach(recipe -> {
            seeds.add(recipe.call());
            if (recipe.call().body() != null) {
                seeds.addAll(List.of(recipe.call(), recipe.call()));
            }
        });
        String everything = """
            {"job_id": "hello-world", "source": "examples", "args": {"name": "Ada"}, "tenant": "default",
             "labels": {"team": "core"}, "priority": 5, "timeouts": {"run": "30s", "deadline": "1h"},
             "not_before": "2126-01-31T08:00:00Z", "security_profile": "permissive"}
            """;
        for (int i = 0; i < 4; i++) {
            seeds.add(Call.post("/runs", everything));
            seeds.add(Call.post("/plans", "{\"job_id\": \"hello-world\", \"args\": {\"name\": \"Ada\"}}"));
        }
        return seeds;
    }
}
