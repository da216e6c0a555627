package chaos;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One connection that reads server-sent events. */
final class Stream implements AutoCloseable {

    /** A server that is alive says so every ten seconds. */
    private static final int SILENCE_MILLIS = 12_000;

    private static final Pattern TYPE = Pattern.compile("^\\{\"type\":\"([a-z_.]+)\"");
    private static final Pattern RUN = Pattern.compile("\"run_id\":\"(run_[0-9A-Z]+)\"");
    private static final Pattern SEQ = Pattern.compile("\"seq\":(\\d+)");

    private final Socket socket = new Socket();
    private final BufferedReader in;
    private final int status;

    /**
     * Connects.
     *
     * @param lastId where to go on; empty: where the stream begins
     */
    Stream(int port, String path, String lastId) throws IOException {
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2000);
            socket.setSoTimeout(SILENCE_MILLIS);
            // HTTP/1.0 knows no chunks: the body is what comes until the connection ends.
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.0\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Bearer "
                                    + Client.TOKEN + "\r\nAccept: text/event-stream\r\n"
                                    + (lastId.isEmpty() ? "" : "Last-Event-ID: " + lastId + "\r\n") + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8), 32 * 1024);
            status = Integer.parseInt(line().split(" ")[1]);
            while (!line().isEmpty()) {
                // The headers say nothing of interest.
            }
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e instanceof IOException io ? io : new IOException(e);
        }
    }

    int status() {
        return status;
    }

    /** The next frame. */
    Frame next() throws IOException {
        String id = "";
        String event = "";
        String data = "";
        while (true) {
            String line = line();
            if (line.isEmpty()) {
                if (!id.isEmpty() || !data.isEmpty()) {
                    return new Frame(id, event, data);
                }
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("event: ")) {
                event = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data = line.substring(6);
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line() throws IOException {
        String line = in.readLine();
        if (line == null) {
            throw new EOFException("the server hung up");
        }
        return line;
    }

    /** What came between two empty lines. */
    record Frame(String id, String event, String data) {

        /** Whether it is an entry of a log; others are about the stream itself. */
        boolean isEntry() {
            return !id.isEmpty() && !data.isEmpty();
        }

        String type() {
            return found(TYPE);
        }

        String runId() {
            return found(RUN);
        }

        long seq() {
            return Long.parseLong(found(SEQ));
        }

        private String found(Pattern pattern) {
            Matcher matcher = pattern.matcher(data);
            if (!matcher.find()) {
                throw new IllegalStateException("no " + pattern + " in " + data);
            }
            return matcher.group(1);
        }
    }
}
