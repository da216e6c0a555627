package io.yardmaster.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sends any bytes to a server, also those that no HTTP client would. */
public final class RawHttp {

    private static final int PATIENCE = 30_000;
    private static final Pattern STREAM = Pattern.compile(
            "HTTP/1.1 200 .*?content-type: (?:text/event-stream|application/x-ndjson).*?\r\n\r\n",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    private final int port;

    public RawHttp(int port) {
        this.port = port;
    }

    /** The first answer to these bytes, after which nothing more is sent. */
    public Answer send(byte[] request) {
        return sendAll(request).getFirst();
    }

    /** The first answer to these bytes while the client keeps its side of the connection open. */
    public Answer sendAndListen(byte[] request) {
        return Answer.parse(exchange(request, false), isHead(request)).getFirst();
    }

    /** Every answer to these bytes, which may be several requests. Of a stream only the head is read. */
    public List<Answer> sendAll(byte[] request) {
        return Answer.parse(exchange(request, true), isHead(request));
    }

    private byte[] exchange(byte[] request, boolean isAll) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(PATIENCE);
            try {
                socket.getOutputStream().write(request);
                if (isAll) {
                    socket.shutdownOutput();
                }
            } catch (IOException e) {
                // A server that has heard enough may close; what it said counts.
            }
            return read(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Socket socket) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] chunk = new byte[16_384];
        try {
            InputStream in = socket.getInputStream();
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                bytes.write(chunk, 0, n);
                if (STREAM.matcher(bytes.toString(StandardCharsets.ISO_8859_1)).lookingAt()) {
                    break;
                }
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError(
                    "the server keeps the connection open; so far it said: " + bytes.toString(StandardCharsets.UTF_8),
                    e);
        } catch (IOException e) {
            // Closed with bytes of ours unread; what came before counts.
        }
        return bytes.toByteArray();
    }

    private static boolean isHead(byte[] request) {
        return new String(request, 0, Math.min(5, request.length), StandardCharsets.ISO_8859_1).equals("HEAD ");
    }

    /**
     * What came back.
     *
     * @param status 0 where nothing did
     * @param headers as lines, the name in lower case
     */
    public record Answer(int status, List<String> headers, String body) {

        private static List<Answer> parse(byte[] bytes, boolean isHead) {
            String rest = new String(bytes, StandardCharsets.ISO_8859_1);
            List<Answer> answers = new ArrayList<>();
            while (rest.startsWith("HTTP/1.1 ") && rest.contains("\r\n\r\n")) {
                int end = rest.indexOf("\r\n\r\n");
                int status = Integer.parseInt(rest.substring(9, 12));
                List<String> headers = new ArrayList<>();
                rest.substring(0, end).lines().skip(1).forEach(line -> {
                    int colon = line.indexOf(':');
                    headers.add(line.substring(0, colon).toLowerCase(Locale.ROOT) + line.substring(colon));
                });
                rest = rest.substring(end + 4);
                Answer head = new Answer(status, headers, "");
                String length = head.header("Content-Length");
                int size = length.isEmpty() ? rest.length() : Math.min(rest.length(), Integer.parseInt(length));
                if (isHead || status < 200 || status == 204 || status == 304) {
                    size = 0;
                }
                if (status >= 200) {
                    String body = new String(
                            rest.substring(0, size).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
                    answers.add(new Answer(status, headers, body));
                }
                rest = rest.substring(size);
            }
            return answers.isEmpty() ? List.of(new Answer(0, List.of(), rest)) : answers;
        }

        /** The values of a header, joined; empty without one. */
        public String header(String name) {
            String start = name.toLowerCase(Locale.ROOT) + ":";
            List<String> values = headers.stream()
                    .filter(line -> line.startsWith(start))
                    .map(line -> line.substring(start.length()).strip())
                    .toList();
            return String.join(", ", values);
        }

        public JsonNode json() {
            return JsonMapper.shared().readTree(body);
        }
    }
}
