package io.yardmaster.executors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.yardmaster.executors.WorkspaceArchive.WorkspaceUnreadableException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own, which may not look past permissions, as the user of these tests may be root. */
@EnabledOnOs(OS.LINUX)
class WorkspaceArchiveTest {

    @TempDir
    Path folder;

    @Test
    void folders_and_files_that_their_owner_may_not_read_are_packed_and_come_back_as_they_were() throws Exception {
        Path workspace = Files.createDirectories(folder.resolve("workspace"));
        for (String mode : List.of("rw-------", "-wx------", "---------", "r-x------")) {
            Path closed = Files.createDirectories(workspace.resolve(mode).resolve("inner"));
            Path file = Files.writeString(closed.resolve("file"), mode);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
            Files.setPosixFilePermissions(closed.getParent(), PosixFilePermissions.fromString(mode));
        }
        Files.setPosixFilePermissions(workspace, PosixFilePermissions.fromString("-w-------"));

        assertThat(pack(workspace)).isEqualTo("packed");

        Path back = Files.createDirectories(folder.resolve("back"));
        try (var archive = Files.newInputStream(folder.resolve("archive"))) {
            WorkspaceArchive.unpack(archive, back);
        }
        for (String mode : List.of("rw-------", "-wx------", "---------", "r-x------")) {
            Path closed = back.resolve(mode);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(closed)))
                    .isEqualTo(mode);
            Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
            Path file = closed.resolve("inner/file");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("---------");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            assertThat(file).hasContent(mode);
        }
    }

    @Test
    void what_cannot_be_read_is_named_and_the_reason_given() throws Exception {
        Path deepest = folder.resolve("workspace");
        Files.createDirectories(deepest);
        run(
                "bash",
                "-c",
                "cd \"$1\"; for i in {1..30}; do mkdir " + "d".repeat(200) + "; cd d*; done",
                "-",
                deepest.toString());
        try {
            assertThat(pack(deepest))
                    .startsWith("ddd")
                    .contains("cannot be read (")
                    .hasSizeLessThan(300);
        } finally {
            run("rm", "-rf", deepest.toString());
        }
    }

    @Test
    void a_full_store_is_not_taken_for_a_bad_workspace() throws IOException {
        Files.writeString(folder.resolve("file"), "x".repeat(100_000));
        OutputStream full = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                throw new UncheckedIOException(new IOException("No space left on device"));
            }
        };

        assertThat(catchThrowable(() -> WorkspaceArchive.pack(folder, full, Long.MAX_VALUE)))
                .isNotInstanceOf(WorkspaceUnreadableException.class)
                .hasMessageContaining("No space left on device");
    }

    private String pack(Path workspace) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("setpriv", "--bounding-set", "-dac_override,-dac_read_search"));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Packing.class.getName(),
                workspace.toString(),
                folder.resolve("archive").toString()));
        return run(command.toArray(String[]::new)).strip();
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return output;
    }

    static final class Packing {

        public static void main(String... arguments) throws IOException {
            try (OutputStream archive = Files.newOutputStream(Path.of(arguments[1]))) {
                WorkspaceArchive.pack(Path.of(arguments[0]), archive, Long.MAX_VALUE);
                System.out.println("packed");
            } catch (WorkspaceUnreadableException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
