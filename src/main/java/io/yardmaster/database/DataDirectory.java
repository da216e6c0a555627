package io.yardmaster.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The folder this server writes to, and by it the host the server is: the same folder after a restart is the same host.
 * Held under an exclusive lock for as long as the server lives, so that two servers never share one.
 */
public final class DataDirectory implements AutoCloseable {

    private final Path path;
    private final UUID hostId;
    private final FileChannel lockFile;

    private DataDirectory(Path path, UUID hostId, FileChannel lockFile) {
        this.path = path;
        this.hostId = hostId;
        this.lockFile = lockFile;
    }

    /**
     * Creates the folder where it is missing, locks it and reads or makes its host id.
     *
     * @throws DataDirectoryInUseException where another server has it
     * @throws DataDirectoryUnusableException where it cannot be made, read or written
     */
    static DataDirectory open(Path configured) {
        Path path = configured.toAbsolutePath().normalize();
        try {
            Files.createDirectories(path);
            path = path.toRealPath();
            FileChannel lockFile = lock(path);
            return new DataDirectory(path, hostId(path), lockFile);
        } catch (IOException e) {
            throw new DataDirectoryUnusableException(path, e);
        }
    }

    /** The folder itself, absolute. */
    public Path path() {
        return path;
    }

    /** A folder beneath, created where it is missing. */
    public Path folder(String name) {
        try {
            return Files.createDirectories(path.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Which host this is. */
    public UUID hostId() {
        return hostId;
    }

    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel file =
                FileChannel.open(path.resolve("host.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            file.close();
            throw new DataDirectoryInUseException(path);
        }
        return file;
    }

    private static UUID hostId(Path path) throws IOException {
        Path file = path.resolve("host.id");
        if (!Files.exists(file)) {
            Path fresh = path.resolve("host.id.new");
            Files.writeString(fresh, UUID.randomUUID() + "\n");
            Files.move(fresh, file);
        }
        return UUID.fromString(Files.readString(file).strip());
    }
}
