package io.yardmaster.executors;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/**
 * A workspace as one stream of bytes: folders, files and symbolic links with their permissions, and nothing else that can
 * be in a file system.
 */
public final class WorkspaceArchive {

    private static final int MOST_ENTRIES = 100_000;

    /** What an entry takes besides its content, about. */
    private static final int ENTRY = 1_024;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private WorkspaceArchive() {}

    /** Whether there is nothing to pack. */
    public static boolean isEmpty(Path workspace) throws IOException {
        try (var children = Files.newDirectoryStream(workspace)) {
            return !children.iterator().hasNext();
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    /**
     * Packs a folder that nobody changes meanwhile, except that what its owner may not read is made readable.
     *
     * @param maxSize in bytes
     * @throws WorkspaceTooLargeException where there is more, or too many files
     */
    public static void pack(Path workspace, OutputStream into, long maxSize) throws IOException {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(into, StandardCharsets.UTF_8.name());
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setAddPaxHeadersForNonAsciiNames(true);
        Files.walkFileTree(workspace, new Packing(workspace, tar, maxSize));
        tar.finish();
        tar.flush();
    }

    /** Unpacks into an empty folder. Links come last, so that nothing is written through one. */
    public static void unpack(InputStream archive, Path workspace) throws IOException {
        Map<Path, String> links = new LinkedHashMap<>();
        Map<Path, Integer> folders = new LinkedHashMap<>();
        TarArchiveInputStream tar =
                new TarArchiveInputStream(new BufferedInputStream(archive), StandardCharsets.UTF_8.name());
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            Path target = target(workspace, entry.getName());
            if (entry.isSymbolicLink()) {
                links.put(target, entry.getLinkName());
            } else if (entry.isDirectory()) {
                Files.createDirectories(target);
                folders.put(target, entry.getMode());
            } else if (entry.isFile()) {
                Files.createDirectories(parent(target));
                Files.copy(tar, target);
                Files.setPosixFilePermissions(target, permissions(entry.getMode()));
                Files.setLastModifiedTime(target, entry.getLastModifiedTime());
            }
        }
        for (Map.Entry<Path, String> link : links.entrySet()) {
            Files.createDirectories(parent(link.getKey()));
            Files.createSymbolicLink(link.getKey(), Path.of(link.getValue()));
        }
        // The deepest first: one that may not be written to may be above another.
        for (Map.Entry<Path, Integer> folder :
                folders.entrySet().stream().toList().reversed()) {
            Files.setPosixFilePermissions(folder.getKey(), permissions(folder.getValue()));
        }
    }

    private static Path target(Path workspace, String name) throws IOException {
        Path target = workspace.resolve(name).normalize();
        if (name.isEmpty() || !target.startsWith(workspace) || target.equals(workspace)) {
            throw new IOException("an entry of the archive lies outside of the workspace");
        }
        return target;
    }

    private static Path parent(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IOException("an entry of the archive lies nowhere");
        }
        return parent;
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = {
            PosixFilePermission.OTHERS_EXECUTE,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.OWNER_EXECUTE,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_READ
        };
        for (int bit = 0; bit < all.length; bit++) {
            if ((mode & (1 << bit)) != 0) {
                permissions.add(all[bit]);
            }
        }
        return permissions;
    }

    private static int mode(Path path) throws IOException {
        int mode = 0;
        String text = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        for (int i = 0; i < text.length(); i++) {
            mode = (mode << 1) | (text.charAt(i) == '-' ? 0 : 1);
        }
        return mode;
    }

    /** There is more in a workspace than is kept of one. */
    public static final class WorkspaceTooLargeException extends IOException {

        private static final long serialVersionUID = 1L;

        WorkspaceTooLargeException(String message) {
            super(message);
        }
    }

    private static final class Packing extends SimpleFileVisitor<Path> {

        private final Path workspace;
        private final TarArchiveOutputStream tar;
        private final long maxSize;
        private int entries;
        private long size;

        Packing(Path workspace, TarArchiveOutputStream tar, long maxSize) {
            this.workspace = workspace;
            this.tar = tar;
            this.maxSize = maxSize;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
            if (!folder.equals(workspace)) {
                TarArchiveEntry entry = new TarArchiveEntry(name(folder) + "/");
                entry.setMode(mode(folder));
                count(0);
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            if (attributes.isSymbolicLink()) {
                TarArchiveEntry entry = new TarArchiveEntry(name(file), TarConstants.LF_SYMLINK);
                entry.setLinkName(Files.readSymbolicLink(file).toString());
                count(0);
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            } else if (attributes.isRegularFile()) {
                file(file, attributes);
            }
            return FileVisitResult.CONTINUE;
        }

        private void file(Path file, BasicFileAttributes attributes) throws IOException {
            int mode = mode(file);
            if (!Files.isReadable(file)) {
                Files.setPosixFilePermissions(file, OWNER_ONLY);
            }
            TarArchiveEntry entry = new TarArchiveEntry(name(file));
            entry.setMode(mode);
            entry.setSize(attributes.size());
            entry.setModTime(FileTime.from(attributes.lastModifiedTime().toInstant()));
            count(attributes.size());
            tar.putArchiveEntry(entry);
            Files.copy(file, tar);
            tar.closeArchiveEntry();
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException fault) throws IOException {
            if (Files.isDirectory(file) && !Files.isReadable(file)) {
                // Packed as it was, and read as it has to be.
                Files.setPosixFilePermissions(file, OWNER_ONLY);
                Files.walkFileTree(file, this);
                return FileVisitResult.CONTINUE;
            }
            throw fault;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException fault) throws IOException {
            if (fault != null) {
                throw fault;
            }
            return FileVisitResult.CONTINUE;
        }

        private void count(long bytes) throws WorkspaceTooLargeException {
            entries++;
            size += ENTRY + bytes;
            if (entries > MOST_ENTRIES) {
                throw new WorkspaceTooLargeException("more than " + MOST_ENTRIES + " files");
            }
            if (size > maxSize) {
                throw new WorkspaceTooLargeException("more than " + maxSize + " bytes");
            }
        }

        private String name(Path path) {
            return workspace.relativize(path).toString();
        }
    }
}
