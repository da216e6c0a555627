package io.yardmaster.executors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a run lives on this host.
 *
 * @param root readable by the server's user alone
 * @param secrets the folder of its secrets, in memory where the host offers that
 */
public record RunFolder(Path root, Path secrets) {

    private static final Logger log = LoggerFactory.getLogger(RunFolder.class);
    private static final Pattern STEP_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> READ_ONLY = PosixFilePermissions.fromString("r--------");

    /** The job's files, exactly the planned version. Whoever prepares the run puts them here. */
    public Path job() {
        return root.resolve("job");
    }

    /** The working directory of the run's steps. */
    public Path workspace() {
        return root.resolve("workspace");
    }

    /** Temporary files of the run's steps. */
    public Path temporary() {
        return root.resolve("tmp");
    }

    /** What belongs to one attempt: its output, its exit code, what it leaves behind. */
    public Path attempt(String stepId, int attempt) {
        if (!STEP_ID.matcher(stepId).matches()) {
            throw new IllegalArgumentException("Not a step id: " + stepId);
        }
        return root.resolve("attempts").resolve(stepId + "." + attempt);
    }

    /** What belongs to each of the attempts that were made here. */
    public List<Path> attempts() {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> children = Files.newDirectoryStream(root.resolve("attempts"), Files::isDirectory)) {
            children.forEach(found::add);
            return found;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("The attempts of the run cannot be listed: " + e.getMessage(), e);
        }
    }

    /** Where the secrets of one attempt lie: it is given no others, and they go when it ends. */
    public Path secrets(String stepId, int attempt) {
        return secrets.resolve(attempt(stepId, attempt).getFileName());
    }

    /** Creates what is missing; the job's files are the caller's to bring. */
    public RunFolder create() {
        try {
            createOwnerOnly(root);
            Files.createDirectories(job());
            Files.createDirectories(workspace());
            Files.createDirectories(temporary());
            Files.createDirectories(root.resolve("attempts"));
            createOwnerOnly(secrets);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException("The folder of the run cannot be created: " + e.getMessage(), e);
        }
    }

    /**
     * Puts secrets where an attempt reads them, one file for each, only readable. Files that are there already stay, and
     * nothing of what other attempts get is there.
     */
    public void writeSecrets(String stepId, int attempt, Map<String, String> values) {
        Path folder = secrets(stepId, attempt);
        try {
            createOwnerOnly(secrets);
            createOwnerOnly(folder);
            for (Map.Entry<String, String> secret : values.entrySet()) {
                Path file = folder.resolve(secret.getKey());
                if (!folder.equals(file.getParent())) {
                    throw new IllegalArgumentException("Not a name for a secret: " + secret.getKey());
                }
                if (!Files.exists(file)) {
                    Path fresh =
                            Files.createTempFile(folder, ".", ".new", PosixFilePermissions.asFileAttribute(OWNER_ONLY));
                    Files.writeString(fresh, secret.getValue());
                    Files.setPosixFilePermissions(fresh, READ_ONLY);
                    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The secrets of the run cannot be written: " + e.getMessage(), e);
        }
    }

    /** Removes the secrets of an attempt that has ended. */
    public void deleteSecrets(String stepId, int attempt) {
        delete(secrets(stepId, attempt));
    }

    /** Removes the secrets. */
    public void deleteSecrets() {
        delete(secrets);
    }

    /**
     * Removes the secrets and everything else of the run. What cannot be removed, such as files of another user, is put out
     * of the way, so that the run may come back to an empty folder.
     */
    public void delete() {
        deleteSecrets();
        try {
            delete(root);
        } catch (UncheckedIOException e) {
            setAside(e);
        }
    }

    private void setAside(UncheckedIOException fault) {
        Path aside = root.resolveSibling(root.getFileName() + ".left-" + Long.toString(System.nanoTime(), 36));
        try {
            Files.move(root, aside);
        } catch (IOException e) {
            fault.addSuppressed(e);
            throw fault;
        }
        log.warn("What a run left behind cannot be removed, and stays in {}: {}", aside, reason(fault));
    }

    /** Without the path, which may be long. */
    private static String reason(UncheckedIOException fault) {
        IOException cause = Objects.requireNonNull(fault.getCause());
        return cause instanceof FileSystemException refused && refused.getReason() != null
                ? refused.getReason()
                : cause.getClass().getSimpleName();
    }

    private static void createOwnerOnly(Path folder) throws IOException {
        Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    }

    private static void delete(Path folder) {
        try {
            Files.walkFileTree(folder, new Deletion());
        } catch (NoSuchFileException e) {
            // Gone already, which is what was asked for.
        } catch (IOException e) {
            throw new UncheckedIOException("The folder of the run cannot be removed: " + e.getMessage(), e);
        }
    }

    /** Deletes a tree without following links, also folders that a step made read-only. */
    private static final class Deletion extends SimpleFileVisitor<Path> {

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
            if (!Files.isWritable(folder) || !Files.isExecutable(folder)) {
                Files.setPosixFilePermissions(folder, OWNER_ONLY);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException fault) throws IOException {
            if (Files.isDirectory(file) && !Files.isReadable(file)) {
                Files.setPosixFilePermissions(file, OWNER_ONLY);
                Files.walkFileTree(file, this);
                return FileVisitResult.CONTINUE;
            }
            if (fault instanceof NoSuchFileException) {
                return FileVisitResult.CONTINUE;
            }
            throw fault;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException fault) throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
        }
    }
}
