package io.yardmaster.executors.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the operating system is asked for. */
@Timeout(value = 10, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PosixTest {

    @TempDir
    Path folder;

    @Test
    void a_file_is_read_from_its_beginning_and_no_further_than_wanted() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "0123456789");

        assertThat(Posix.read(file, 100)).isEqualTo("0123456789".getBytes(StandardCharsets.UTF_8));
        assertThat(Posix.read(file, 4)).isEqualTo("0123".getBytes(StandardCharsets.UTF_8));
        assertThat(Posix.read(Files.createFile(folder.resolve("empty")), 4)).isEmpty();
    }

    @Test
    void nothing_is_waited_for() throws IOException {
        Path pipe = folder.resolve("pipe");
        Posix.makePipe(pipe);

        assertThat(Posix.read(pipe, 10)).isEmpty();
        try (RandomAccessFile writer = new RandomAccessFile(pipe.toFile(), "rw")) {
            assertThat(Posix.read(pipe, 10)).isEmpty();
            writer.writeBytes("there");
            assertThat(Posix.read(pipe, 10)).isEqualTo("there".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void no_link_is_followed() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "secret");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);

        assertThatThrownBy(() -> Posix.read(link, 10)).isInstanceOf(IOException.class);
        Posix.ring(link);
        assertThat(file).hasContent("secret");
        assertThatThrownBy(() -> Posix.read(folder.resolve("nowhere"), 10)).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> Posix.read(folder, 10)).isInstanceOf(IOException.class);
    }
}
