package io.yardmaster.executors.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The time since the machine was started, in hundredths of a second. It goes on while the machine is suspended, nobody can
 * set it, and a shell can read it too.
 */
final class BootClock {

    private static final Path UPTIME = Path.of("/proc/uptime");

    private final FileChannel uptime;

    private BootClock(FileChannel uptime) {
        this.uptime = uptime;
    }

    /** Empty on a host that has none. */
    static Optional<BootClock> find() {
        if (!Files.isReadable(UPTIME)) {
            return Optional.empty();
        }
        try {
            BootClock clock = new BootClock(FileChannel.open(UPTIME));
            clock.now();
            return Optional.of(clock);
        } catch (IOException | UncheckedIOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    long now() {
        ByteBuffer text = ByteBuffer.allocate(64);
        try {
            int length = uptime.read(text, 0);
            String read = new String(text.array(), 0, Math.max(0, length), StandardCharsets.US_ASCII);
            return Long.parseLong(
                    read.substring(0, Math.max(0, read.indexOf(' '))).replace(".", ""));
        } catch (IOException e) {
            throw new UncheckedIOException("The time since the machine's start cannot be read: " + e.getMessage(), e);
        }
    }
}
