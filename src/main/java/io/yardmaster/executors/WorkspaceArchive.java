package io.yardmaster.executors;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashMap;
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
        } catch (AccessDeniedException e) {
            // What its owner may not look into is found out when it is packed.
            return false;
        }
    }

    /**
     * Packs a folder that nobody changes meanwhile, except that what its owner may not read is made readable.
     *
     * @param maxSize in bytes
     * @throws WorkspaceTooLargeException where there is more, or too many files
     * @throws WorkspaceUnreadableException where something of it cannot be read, now or later
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

    /** Something in a workspace cannot be read, however often one tries. The message names it and says why. */
    public static final class WorkspaceUnreadableException extends IOException {

        private static final long serialVersionUID = 1L;

        private static final int LONGEST_NAME = 200;

        WorkspaceUnreadableException(String name, IOException cause) {
            super(shortened(name) + " cannot be read (" + reason(cause) + ")", cause);
        }

        private static String shortened(String name) {
            return name.length() <= LONGEST_NAME ? name : name.substring(0, LONGEST_NAME) + "…";
        }

        /** Without the path, which is the server's own. */
        private static String reason(IOException cause) {
            if (cause instanceof AccessDeniedException) {
                return "permission denied";
            }
            if (cause instanceof FileSystemException fault) {
                String reason = fault.getReason();
                return reason == null ? "the file system refuses it" : reason;
            }
            return String.valueOf(cause.getMessage());
        }
    }

    @FunctionalInterface
    private interface Reading<T> {

        T now() throws IOException;
    }

    private static final class Packing extends SimpleFileVisitor<Path> {

        private final Path workspace;
        private final TarArchiveOutputStream tar;
        private final long maxSize;
        /** The permissions that folders had before they were made readable. */
        private final Map<Path, Integer> opened = new HashMap<>();

        private int entries;
        private long size;

        Packing(Path workspace, TarArchiveOutputStream tar, long maxSize) {
            this.workspace = workspace;
            this.tar = tar;
            this.maxSize = maxSize;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
            int mode = reading(folder, () -> mode(folder));
            if (!Files.isReadable(folder) || !Files.isExecutable(folder)) {
                open(folder);
            }
            if (!folder.equals(workspace)) {
                TarArchiveEntry entry = new TarArchiveEntry(name(folder) + "/");
                entry.setMode(opened.getOrDefault(folder, mode));
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
                entry.setLinkName(
                        reading(file, () -> Files.readSymbolicLink(file)).toString());
                count(0);
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            } else if (attributes.isRegularFile()) {
                file(file, attributes);
            }
            return FileVisitResult.CONTINUE;
        }

        private void file(Path file, BasicFileAttributes attributes) throws IOException {
            int mode = reading(file, () -> mode(file));
            if (!Files.isReadable(file)) {
                open(file);
            }
            TarArchiveEntry entry = new TarArchiveEntry(name(file));
            entry.setMode(mode);
            entry.setSize(attributes.size());
            entry.setModTime(FileTime.from(attributes.lastModifiedTime().toInstant()));
            count(attributes.size());
            try (InputStream content = reading(file, () -> Files.newInputStream(file))) {
                tar.putArchiveEntry(entry);
                copy(file, content, attributes.size());
                tar.closeArchiveEntry();
            }
        }

        /** As much as the archive says there is: one that has grown since is taken as it was. */
        private void copy(Path file, InputStream content, long bytes) throws IOException {
            byte[] buffer = new byte[64 * 1024];
            for (long left = bytes; left > 0; ) {
                int most = (int) Math.min(left, buffer.length);
                int read = reading(file, () -> content.read(buffer, 0, most));
                if (read < 0) {
                    throw new WorkspaceUnreadableException(name(file), new IOException("it was made shorter"));
                }
                tar.write(buffer, 0, read);
                left -= read;
            }
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException fault) throws IOException {
            if (fault instanceof NoSuchFileException) {
                // Gone meanwhile.
                return FileVisitResult.CONTINUE;
            }
            if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) && !Files.isReadable(file)) {
                // Packed as it was, and read as it has to be.
                opened.put(file, reading(file, () -> mode(file)));
                open(file);
                Files.walkFileTree(file, this);
                return FileVisitResult.CONTINUE;
            }
            throw new WorkspaceUnreadableException(name(file), fault);
        }

        private void open(Path path) throws IOException {
            var _ = reading(path, () -> Files.setPosixFilePermissions(path, OWNER_ONLY));
        }

        /** Tells what is wrong with the workspace from what is wrong with the place it is packed into. */
        private <T> T reading(Path path, Reading<T> reading) throws WorkspaceUnreadableException {
            try {
                return reading.now();
            } catch (IOException e) {
                throw new WorkspaceUnreadableException(name(path), e);
            }
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException fault) throws IOException {
            if (fault != null) {
                throw new WorkspaceUnreadableException(name(folder), fault);
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
            return path.equals(workspace)
                    ? "the workspace"
                    : workspace.relativize(path).toString();
        }
    }
}
