package io.yardmaster.executors;

import io.yardmaster.kernel.RunId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The folders of the runs of one host. */
public final class RunFolders {

    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path runs;
    private final Path secrets;

    /** Keeps the runs beneath the server's data directory, and their secrets in memory where the host offers that. */
    public RunFolders(Path dataDirectory) {
        Path data = dataDirectory.toAbsolutePath().normalize();
        this.runs = data.resolve("runs");
        this.secrets = inMemory(data).orElse(data.resolve("secrets"));
    }

    /** The folder of a run, which may not exist yet. */
    public RunFolder of(RunId run) {
        return new RunFolder(runs.resolve(run.toString()), secrets.resolve(run.toString()));
    }

    /** The runs of which something is left on this host, be it only a secret. */
    public Set<RunId> all() {
        Set<RunId> found = new HashSet<>();
        for (Path parent : Set.of(runs, secrets)) {
            if (Files.isDirectory(parent)) {
                try (DirectoryStream<Path> children = Files.newDirectoryStream(parent)) {
                    for (Path child : children) {
                        RunId.parse(child.getFileName().toString()).ifPresent(found::add);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException("The folders of the runs cannot be listed: " + e.getMessage(), e);
                }
            }
        }
        return found;
    }

    /** A folder whose contents are never written to a disk, used only when it is certainly ours. */
    private static Optional<Path> inMemory(Path data) {
        if (!Files.isWritable(MEMORY)) {
            return Optional.empty();
        }
        String user = System.getProperty("user.name");
        Path folder = MEMORY.resolve("yardmaster-" + user + "-" + UUID.nameUUIDFromBytes(bytes(data)));
        try {
            var ownerOnly = PosixFilePermissions.fromString("rwx------");
            if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(ownerOnly));
            }
            // Anyone may create a folder of this name before us: it has to be ours and closed.
            PosixFileAttributes found =
                    Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            boolean ours = found.isDirectory()
                    && found.permissions().equals(ownerOnly)
                    && found.owner().getName().equals(user);
            return ours ? Optional.of(folder) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static byte[] bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8);
    }
}
