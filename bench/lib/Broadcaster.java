import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The yardstick for streams: a program that only writes one frame after the other to everybody who is connected. */
final class Broadcaster {

    private Broadcaster() {}

    /** {@code java Broadcaster.java MILLISECONDS}: prints its port; a frame every so many milliseconds. */
    public static void main(String[] arguments) throws Exception {
        int every = Integer.parseInt(arguments[0]);
        List<SocketChannel> connected = new ArrayList<>();
        try (ServerSocketChannel door = ServerSocketChannel.open()) {
            door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
            System.out.println(((InetSocketAddress) door.getLocalAddress()).getPort());
            Thread.ofPlatform().daemon().start(() -> accept(door, connected));
            while (System.in.available() == 0) {
                Thread.sleep(every);
                Instant now = Instant.now();
                long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
                byte[] frame = ("id: 1234\nevent: step.output\ndata: {\"type\":\"step.output\",\"run_id\":"
                                + "\"run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE\",\"seq\":1234,\"timestamp\":\"" + now
                                + "\",\"step_id\":\"print\",\"level\":\"info\",\"message\":\"at:" + nanos
                                + "\",\"stream\":\"stdout\"}\n\n")
                        .getBytes(StandardCharsets.US_ASCII);
                synchronized (connected) {
                    for (SocketChannel one : connected) {
                        one.write(ByteBuffer.wrap(frame));
                    }
                }
            }
        }
    }

    private static void accept(ServerSocketChannel door, List<SocketChannel> connected) {
        try {
            while (true) {
                SocketChannel one = door.accept();
                one.read(ByteBuffer.allocate(1024));
                one.write(ByteBuffer.wrap("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII)));
                synchronized (connected) {
                    connected.add(one);
                }
            }
        } catch (IOException e) {
            // It is over.
        }
    }
}
