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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sends any bytes to a server, also those that no HTTP client would. */
public final class RawHttp {

    private static final int PATIENCE = 20_000;

    private final int port;

    public RawHttp(int port) {
        this.port = port;
    }

    /** Sends these bytes, says that no more come, and reads until the server closes the connection. */
    public Answer send(byte[] request) {
        return send(request, true);
    }

    /**
     * Sends these bytes and reads until the server closes the connection.
     *
     * @param isAll whether to say at once that no more come
     */
    public Answer send(byte[] request, boolean isAll) {
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
            return Answer.parse(read(socket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Socket socket) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            InputStream in = socket.getInputStream();
            in.transferTo(bytes);
        } catch (SocketTimeoutException e) {
            throw new AssertionError(
                    "the server keeps the connection open; so far it said: " + bytes.toString(StandardCharsets.UTF_8),
                    e);
        } catch (IOException e) {
            // Closed with bytes of ours unread; what came before counts.
        }
        return bytes.toByteArray();
    }

    /**
     * What came back.
     *
     * @param headers as lines, the name in lower case
     */
    public record Answer(int status, List<String> headers, String body) {

        /** Of the bytes of an answer; the status is 0 where there are none. */
        static Answer parse(byte[] bytes) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            while (text.startsWith("HTTP/1.1 100 ")) {
                text = text.substring(text.indexOf("\r\n\r\n") + 4);
            }
            int end = text.indexOf("\r\n\r\n");
            if (end < 0) {
                return new Answer(0, List.of(), text);
            }
            List<String> headers = new ArrayList<>();
            text.substring(0, end).lines().skip(1).forEach(line -> {
                int colon = line.indexOf(':');
                headers.add(line.substring(0, colon).toLowerCase(Locale.ROOT) + line.substring(colon));
            });
            return new Answer(Integer.parseInt(text.substring(9, 12)), headers, text.substring(end + 4));
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
