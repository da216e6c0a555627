package io.yardmaster.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads a stream from a socket of its own, and only when told: what it has not asked for stays with the server as soon as
 * the socket's small buffer is full.
 */
public final class BareReader implements AutoCloseable {

    private static final int SMALL_BUFFER = 64 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Socket socket;
    private final BufferedReader lines;
    private final SseEvent.Reader events = new SseEvent.Reader();

    private BareReader(Socket socket, BufferedReader lines) {
        this.socket = socket;
        this.lines = lines;
    }

    /** Connects with the token that may do everything, and returns when the server has answered with 200. */
    public static BareReader open(int port, String path, String... headers) {
        return openAs(TestServer.DEV_TOKEN, port, path, headers);
    }

    /** Connects with another token. */
    public static BareReader openAs(String token, int port, String path, String... headers) {
        try {
            Socket socket = new Socket();
            socket.setReceiveBufferSize(SMALL_BUFFER);
            socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            // HTTP/1.0 knows no chunks: the body is what comes until the connection ends.
            StringBuilder request = new StringBuilder("GET /api/v1" + path + " HTTP/1.0\r\nHost: 127.0.0.1:" + port
                    + "\r\nAuthorization: Bearer " + token + "\r\nAccept: text/event-stream\r\n");
            for (int i = 0; i < headers.length; i += 2) {
                request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
            }
            socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            BareReader reader = new BareReader(socket, lines);
            reader.readHead();
            return reader;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readHead() throws IOException {
        String status = lines.readLine();
        if (status == null || !status.contains(" 200 ")) {
            throw new AssertionError("the stream was not opened: " + status);
        }
        String header = status;
        while (header != null && !header.isEmpty()) {
            header = lines.readLine();
        }
    }

    /** The next line of the body; null at the end of the stream. */
    public @Nullable String line() {
        try {
            return lines.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next event; empty at the end of the stream. */
    public Optional<SseEvent> event() {
        for (String line = line(); line != null; line = line()) {
            Optional<SseEvent> event = events.line(line);
            if (event.isPresent()) {
                return event;
            }
        }
        return Optional.empty();
    }

    /** Events up to and with the first that is wanted, or to the end of the stream. */
    public List<SseEvent> until(Predicate<SseEvent> wanted) {
        List<SseEvent> found = new ArrayList<>();
        Optional<SseEvent> next = event();
        while (next.isPresent()) {
            found.add(next.get());
            if (wanted.test(next.get())) {
                break;
            }
            next = event();
        }
        return found;
    }

    /** All events that still come, however the connection ends. */
    public List<SseEvent> rest() {
        List<SseEvent> found = new ArrayList<>();
        try {
            Optional<SseEvent> next = event();
            while (next.isPresent()) {
                found.add(next.get());
                next = event();
            }
        } catch (UncheckedIOException e) {
            // Cut off, as by a server that was killed: what came before counts.
            return found;
        }
        return found;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
