import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Thousands of readers of one stream, on one thread, that look for the time that is written into its events. */
final class Crowd implements AutoCloseable {

    private static final byte[] MARK = "at:".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 19;

    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
    private final List<Reader> readers = new ArrayList<>();
    private volatile boolean over;
    private volatile boolean measuring;
    private volatile int answered;
    private long broken;
    private double[] samples = new double[1 << 20];
    private int count;

    private Crowd() throws IOException {}

    /** Connects so many readers and returns when all have an answer. */
    static Crowd connect(int port, String path, int readers) throws Exception {
        Crowd crowd = new Crowd();
        byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Bearer "
                        + Server.TOKEN + "\r\nAccept: text/event-stream\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        Thread.ofPlatform().daemon().name("crowd").start(crowd::read);
        for (int i = 0; i < readers; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.write(ByteBuffer.wrap(request));
            channel.configureBlocking(false);
            Reader reader = new Reader();
            crowd.readers.add(reader);
            channel.register(crowd.selector, SelectionKey.OP_READ, reader);
            // Not more at once than a listening socket may keep waiting.
            while (i - crowd.answered > 64) {
                Thread.sleep(1);
            }
        }
        long end = System.nanoTime() + 60_000_000_000L;
        while (crowd.answered < readers && System.nanoTime() < end) {
            Thread.sleep(10);
        }
        if (crowd.answered < readers) {
            throw new IllegalStateException("of " + readers + " readers only " + crowd.answered + " were answered");
        }
        return crowd;
    }

    /** What comes from now on counts. */
    void measure() {
        measuring = true;
    }

    /** How long each event took to each reader, in milliseconds. */
    synchronized Times times() {
        double[] all = new double[count];
        System.arraycopy(samples, 0, all, 0, count);
        return Times.of(all);
    }

    synchronized int seen() {
        return count;
    }

    /** How many readers the server hung up on. */
    synchronized long broken() {
        return broken;
    }

    @Override
    public void close() throws IOException {
        over = true;
        selector.wakeup();
    }

    private void read() {
        try {
            while (!over) {
                selector.select(100);
                synchronized (this) {
                    for (SelectionKey key : selector.selectedKeys()) {
                        read(key);
                    }
                    selector.selectedKeys().clear();
                }
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void read(SelectionKey key) {
        Reader reader = (Reader) key.attachment();
        try {
            buffer.clear();
            int length = ((SocketChannel) key.channel()).read(buffer);
            if (length < 0) {
                key.cancel();
                key.channel().close();
                broken++;
                return;
            }
            if (!reader.answered) {
                reader.answered = true;
                answered++;
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                if (reader.take(buffer.get())) {
                    arrived(reader.time);
                }
            }
        } catch (IOException e) {
            key.cancel();
            broken++;
        }
    }

    private void arrived(long printedAt) {
        if (!measuring) {
            return;
        }
        Instant now = Instant.now();
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        if (count == samples.length) {
            double[] more = new double[count * 2];
            System.arraycopy(samples, 0, more, 0, count);
            samples = more;
        }
        samples[count++] = (nanos - printedAt) / 1e6;
    }

    /** Where one reader is within the mark and the digits behind it. */
    private static final class Reader {

        private boolean answered;
        private int matched;
        private int digits;
        private long time;

        /** Whether this was the last digit of a time. */
        boolean take(byte next) {
            if (matched < MARK.length) {
                matched = next == MARK[matched] ? matched + 1 : next == MARK[0] ? 1 : 0;
                digits = 0;
                time = 0;
                return false;
            }
            if (next < '0' || next > '9') {
                matched = 0;
                return false;
            }
            time = time * 10 + (next - '0');
            if (++digits == DIGITS) {
                matched = 0;
                return true;
            }
            return false;
        }
    }
}
