package io.yardmaster.jobs;

import io.yardmaster.blobs.Blob;
import io.yardmaster.blobs.BlobStore;
import io.yardmaster.blobs.BlobWriter;
import io.yardmaster.kernel.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A job's files in one archive: the same files always make the same bytes. */
final class JobBundle {

    private static final String FORM = "yardmaster tree 1\n";

    private final Sha256 digest;
    private final Blob archive;
    private final byte[] config;

    private JobBundle(Sha256 digest, Blob archive, byte[] config) {
        this.digest = digest;
        this.archive = archive;
        this.config = config;
    }

    /** Over the tree: for each file, sorted by path, its executable bit, size, SHA-256 and path. */
    Sha256 digest() {
        return digest;
    }

    /** Where the bytes are. */
    Blob archive() {
        return archive;
    }

    /** The bytes of {@code config.yaml}. */
    byte[] config() {
        return config;
    }

    /** Reads a folder into the blob store; empty where a file changed while it was read. */
    static Optional<JobBundle> read(JobFolder folder, BlobStore blobs) throws IOException {
        MessageDigest tree = Sha256.newDigest();
        tree.update(FORM.getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream config = new ByteArrayOutputStream();
        try (BlobWriter blob = blobs.open()) {
            // Holds nothing of its own, and closing it half way through a file that changed would fail.
            TarArchiveOutputStream tar = new TarArchiveOutputStream(blob, "UTF-8");
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (JobFolder.Entry file : folder.files()) {
                boolean isConfig = file.path().equals(ConfigFindings.FILE);
                Optional<Sha256> sha256 =
                        append(folder.path(), file, tar, isConfig ? config : OutputStream.nullOutputStream());
                if (sha256.isEmpty()) {
                    return Optional.empty();
                }
                String line = (file.executable() ? "x " : "- ") + file.size() + " "
                        + sha256.get().hex() + " " + file.path() + "\n";
                tree.update(line.getBytes(StandardCharsets.UTF_8));
            }
            tar.finish();
            tar.flush();
            Blob archive = blob.commit();
            return Optional.of(new JobBundle(Sha256.of(tree), archive, config.toByteArray()));
        }
    }

    /** Writes the files of an archive beneath a folder that is made for it: read-only, executable where they were. */
    static void extract(InputStream archive, Path into) throws IOException {
        Files.createDirectories(into);
        try (TarArchiveInputStream tar = new TarArchiveInputStream(archive, "UTF-8")) {
            int files = 0;
            long size = 0;
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                files++;
                size += entry.getSize();
                if (!entry.isFile() || entry.isLink() || entry.isSymbolicLink()) {
                    throw new IOException("the bundle holds something that is not a file");
                }
                if (files > JobFolder.MAX_FILES || size > JobFolder.MAX_SIZE) {
                    throw new IOException("the bundle is larger than a job can be");
                }
                Path target = target(entry.getName(), into);
                Path parent = target.getParent();
                Files.createDirectories(parent == null ? into : parent);
                Files.copy(tar, target);
                Files.setPosixFilePermissions(
                        target,
                        PosixFilePermissions.fromString((entry.getMode() & 0111) != 0 ? "r-xr-xr-x" : "r--r--r--"));
            }
            // To the very end, where the digest of the whole is compared.
            archive.transferTo(OutputStream.nullOutputStream());
        }
    }

    private static Optional<Sha256> append(
            Path folder, JobFolder.Entry file, TarArchiveOutputStream tar, OutputStream copy) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(file.path(), TarConstants.LF_NORMAL);
        entry.setSize(file.size());
        entry.setMode(file.executable() ? 0755 : 0644);
        entry.setModTime(0L);
        entry.setIds(0, 0);
        entry.setNames("", "");
        MessageDigest digest = Sha256.newDigest();
        Path path = folder.resolve(file.path());
        try (InputStream in = Files.newInputStream(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            tar.putArchiveEntry(entry);
            OutputStream out = new DigestOutputStream(tar, digest);
            byte[] buffer = new byte[64 * 1024];
            long left = file.size();
            for (int count = 0; left > 0 && count >= 0; left -= Math.max(count, 0)) {
                count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (count > 0) {
                    out.write(buffer, 0, count);
                    copy.write(buffer, 0, count);
                }
            }
            if (left > 0 || in.read() >= 0) {
                return Optional.empty();
            }
            tar.closeArchiveEntry();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        return Optional.of(Sha256.of(digest));
    }

    private static Path target(String name, Path into) throws IOException {
        boolean escapes =
                name.startsWith("/") || List.of(name.split("/", -1)).stream().anyMatch(Set.of("", ".", "..")::contains);
        if (escapes) {
            throw new IOException("the bundle holds a file outside of itself");
        }
        return into.resolve(name);
    }
}
