package io.yardmaster.executors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.kernel.RunId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFoldersTest {

    @TempDir
    Path data;

    private final RunId run = new RunId(UUID.randomUUID());

    @Test
    void secrets_are_for_their_owner_alone_and_kept_in_memory_where_there_is_a_place() throws IOException {
        RunFolder folder = new RunFolders(data).of(run).create();

        folder.writeSecrets("build", 1, Map.of("token", "one\n"));
        folder.writeSecrets("build", 1, Map.of("token", "one\n", "other", "two"));

        Path token = folder.secrets("build", 1).resolve("token");
        assertThat(token).hasContent("one\n");
        assertThat(Files.getPosixFilePermissions(token)).isEqualTo(PosixFilePermissions.fromString("r--------"));
        assertThat(Files.getPosixFilePermissions(folder.secrets()))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(folder.secrets("build", 1).toFile().list()).containsExactlyInAnyOrder("token", "other");
        assertThat(folder.secrets().startsWith("/dev/shm")).isEqualTo(Files.isWritable(Path.of("/dev/shm")));
        folder.delete();
    }

    @Test
    void what_is_left_of_runs_is_found_and_deleted() throws IOException {
        RunFolders folders = new RunFolders(data);
        RunFolder folder = folders.of(run).create();
        folder.writeSecrets("build", 1, Map.of("token", "x"));
        Path locked = Files.createDirectories(folder.workspace().resolve("locked/deep"));
        Files.writeString(locked.resolve("file"), "x");
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-x------"));
        Files.setPosixFilePermissions(locked.getParent(), PosixFilePermissions.fromString("---------"));
        Files.writeString(data.resolve("precious"), "x");
        Files.createSymbolicLink(folder.workspace().resolve("link"), data);

        assertThat(new RunFolders(data).all()).containsExactly(run);
        folder.delete();

        assertThat(folders.all()).isEmpty();
        assertThat(folder.root()).doesNotExist();
        assertThat(folder.secrets()).doesNotExist();
        assertThat(data.resolve("precious")).exists();
        folder.delete();
    }

    @Test
    void names_do_not_lead_out_of_the_folder() {
        RunFolder folder = new RunFolders(data).of(run).create();

        assertThatThrownBy(() -> folder.attempt("../x", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> folder.writeSecrets("build", 1, Map.of("../x", "y")))
                .isInstanceOf(IllegalArgumentException.class);
        folder.delete();
    }

    @Test
    void what_cannot_be_removed_is_put_out_of_the_way() throws Exception {
        RunFolders folders = new RunFolders(data);
        RunFolder folder = folders.of(run).create();
        folder.writeSecrets("build", 1, Map.of("token", "x"));
        // Deeper than any name may be that is given to the system as one.
        String dig = "cd \"$1\"; for i in {1..30}; do mkdir " + "d".repeat(200) + "; cd d*; done";
        bash(dig, folder.workspace());
        try {
            folder.delete();

            assertThat(folder.root()).doesNotExist();
            assertThat(folder.secrets()).doesNotExist();
            assertThat(folders.all()).isEmpty();
            assertThat(folder.create().workspace()).isEmptyDirectory();
        } finally {
            bash("rm -rf \"$1\"", data.resolve("runs"));
        }
    }

    private static void bash(String script, Path argument) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("bash", "-c", script, "-", argument.toString())
                        .start()
                        .waitFor())
                .isZero();
    }
}
