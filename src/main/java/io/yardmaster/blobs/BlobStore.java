package io.yardmaster.blobs;

import io.yardmaster.database.DataDirectory;
import io.yardmaster.kernel.Sha256;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Bytes named by their SHA-256, kept as files of a folder that several servers may share. Nothing is held in memory,
 * equal bytes are stored once, and a blob is there whole and durable or not at all.
 */
@Component
public class BlobStore {

    private static final int BUFFER = 64 * 1024;
    private static final String ID = "store.id";
    private static final String ASIDE = "unused";
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}");

    private final Path root;
    private final Path incoming;
    private final Path aside;

    @Autowired
    BlobStore(DataDirectory directory, BlobProperties properties) throws IOException {
        this(properties.dir() == null ? directory.folder("blobs") : properties.dir(), directory.hostId());
    }

    BlobStore(Path root, UUID host) throws IOException {
        this.root = root.toAbsolutePath().normalize();
        incoming = Files.createDirectories(this.root.resolve("incoming").resolve(host.toString()));
        aside = Files.createDirectories(this.root.resolve(ASIDE));
        // What this host left half written when it was killed.
        try (var leftovers = Files.list(incoming)) {
            for (Path leftover : leftovers.toList()) {
                Files.deleteIfExists(leftover);
            }
        }
    }

    /** Stores everything there is to read. Does not close the stream. */
    public Blob put(InputStream content) throws IOException {
        return put(content, Long.MAX_VALUE);
    }

    /**
     * Stores everything there is to read. Does not close the stream.
     *
     * @param maxSize in bytes
     * @throws BlobTooLargeException as soon as there is more; nothing is stored then
     */
    public Blob put(InputStream content, long maxSize) throws IOException {
        try (BlobWriter writer = open(maxSize)) {
            content.transferTo(writer);
            return writer.commit();
        }
    }

    /** Stores the content of a file; the file stays. */
    public Blob put(Path file) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            return put(content);
        }
    }

    /** Begins a blob that is written piece by piece. Closed without {@link BlobWriter#commit}, it was never there. */
    public BlobWriter open() throws IOException {
        return open(Long.MAX_VALUE);
    }

    /** Reads a blob. */
    public InputStream open(Sha256 sha256) throws IOException {
        while (true) {
            Path file = path(sha256)
                    .orElseThrow(() -> new NoSuchFileException(sha256.toString(), null, "there is no such blob"));
            try {
                return Files.newInputStream(file);
            } catch (NoSuchFileException e) {
                // It was moved aside just now, from where it comes back.
            }
        }
    }

    /** The file that holds a blob, for reading parts of it; empty where there is none. Never to be changed. */
    public Optional<Path> path(Sha256 sha256) {
        Path file = file(sha256);
        return Files.isRegularFile(file) || putBack(sha256) ? Optional.of(file) : Optional.empty();
    }

    /** How many bytes a blob has; empty where there is none. */
    public Optional<Long> size(Sha256 sha256) throws IOException {
        while (true) {
            Optional<Path> file = path(sha256);
            if (file.isEmpty()) {
                return Optional.empty();
            }
            try {
                return Optional.of(Files.size(file.get()));
            } catch (NoSuchFileException e) {
                // It was moved aside just now, from where it comes back.
            }
        }
    }

    /**
     * Makes blobs as if they had been stored just now: for whoever stored them some time ago and refers to them only now.
     * To be called inside of the transaction that refers to them, which is over long before they are old again.
     *
     * @throws NoSuchFileException where one is gone already
     */
    public void keep(Collection<Sha256> blobs) throws IOException {
        FileTime now = now();
        for (Sha256 blob : blobs) {
            boolean kept = false;
            while (!kept) {
                Path file = path(blob)
                        .orElseThrow(() ->
                                new NoSuchFileException(blob.toString(), null, "nothing referred to it for too long"));
                try {
                    Files.setLastModifiedTime(file, now);
                    // If it is not there any more, it may have been set aside before it had the new time.
                    kept = Files.isRegularFile(file);
                } catch (NoSuchFileException e) {
                    // It was set aside just now. Once more.
                }
            }
        }
    }

    // ---- What nothing refers to
    //
    // Any server may be about to refer to bytes that it has stored, or that were there already, and no lock of one
    // server tells another. So it is the age of a file that decides, by the clock of the file system, which is one for
    // all: who stores bytes puts a new file in place of an equal one, and who refers to them late gives it a new time.
    // An old file that nothing refers to is moved aside first, where it is found by whoever asks for it, and removed
    // when it has grown old there, too: what the cache of a network file system hid at the first look it does not hide
    // for so long.

    /**
     * Moves a blob aside, unless it was there before the servers of this database came.
     *
     * @param age what is younger stays
     * @return whether it was moved
     */
    boolean setAside(Sha256 sha256, FileTime now, Duration age) throws IOException {
        Path unused = aside.resolve(sha256.hex());
        try {
            if (isYounger(file(sha256), now, age) || isFromBefore(file(sha256))) {
                return false;
            }
            // First: aside with its old time, it would be taken for what has lain there for long.
            Files.setLastModifiedTime(file(sha256), now);
            Files.move(file(sha256), unused, StandardCopyOption.ATOMIC_MOVE);
            // Perhaps what was moved is what somebody has stored since.
            if (Files.getLastModifiedTime(unused).compareTo(now) > 0) {
                putBack(sha256);
                return false;
            }
            return true;
        } catch (NoSuchFileException e) {
            // Another server was faster, or somebody needs it.
            return false;
        }
    }

    /** Brings a blob back that was moved aside; false where there is none. */
    boolean putBack(Sha256 sha256) {
        Path unused = aside.resolve(sha256.hex());
        if (!Files.exists(unused)) {
            return false;
        }
        try {
            Files.createDirectories(folder(sha256));
            Files.move(unused, file(sha256), StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException e) {
            // Perhaps because somebody else has brought it back.
            return Files.isRegularFile(file(sha256));
        }
    }

    /** The blobs that lie aside for so long. */
    List<Sha256> aside(FileTime now, Duration age) throws IOException {
        List<Sha256> blobs = new ArrayList<>();
        try (var files = Files.newDirectoryStream(aside)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (NAME.matcher(name).matches() && !isYounger(file, now, age)) {
                    blobs.add(new Sha256(name));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return blobs;
    }

    /** Removes a blob that lies aside for so long. Between the look and the end it can be brought back, or not. */
    void discard(Sha256 sha256, FileTime now, Duration age) throws IOException {
        Path unused = aside.resolve(sha256.hex());
        if (!isYounger(unused, now, age)) {
            Files.deleteIfExists(unused);
        }
    }

    /** What time it is for the file system that the blobs are on; its clock need not be that of any server. */
    FileTime now() throws IOException {
        Path probe = incoming.resolve(UUID.randomUUID().toString());
        Files.createFile(probe);
        try {
            return Files.getLastModifiedTime(probe);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    /** Whether it may belong to another database, which used this store once, or uses it by mistake. */
    private boolean isFromBefore(Path file) throws IOException {
        Path id = root.resolve(ID);
        return Files.exists(id) && Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(id)) < 0;
    }

    /** What is not there is not old. */
    private static boolean isYounger(Path file, FileTime now, Duration age) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant().plus(age).isAfter(now.toInstant());
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    /** All blobs, some hundredths of them at a time. */
    Iterable<List<Sha256>> folders() throws IOException {
        List<Path> folders = new ArrayList<>();
        try (var found = Files.newDirectoryStream(root, "[0-9a-f][0-9a-f]")) {
            found.forEach(folders::add);
        }
        return () -> folders.stream().map(BlobStore::blobs).iterator();
    }

    private static List<Sha256> blobs(Path folder) {
        List<Sha256> blobs = new ArrayList<>();
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = folder.getFileName().toString() + file.getFileName();
                if (NAME.matcher(name).matches()) {
                    blobs.add(new Sha256(name));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return blobs;
    }

    /** Reads a blob and checks each byte on the way: the end of the stream is reached only where all are right. */
    public InputStream openChecked(Sha256 sha256) throws IOException {
        return new CheckedStream(open(sha256), sha256);
    }

    /** Where the bytes are. */
    public Path folder() {
        return root;
    }

    /** What tells this store from others; empty as long as nobody has named it. */
    public Optional<UUID> id() throws IOException {
        Path file = root.resolve(ID);
        return Files.exists(file)
                ? Optional.of(UUID.fromString(Files.readString(file).strip()))
                : Optional.empty();
    }

    /** Names this store, for all servers that share it. One at a time may do so. What is there already stays. */
    public void name(UUID id) throws IOException {
        Path fresh = incoming.resolve(ID);
        Files.writeString(fresh, id + "\n");
        Files.move(fresh, root.resolve(ID), StandardCopyOption.ATOMIC_MOVE);
    }

    private BlobWriter open(long maxSize) throws IOException {
        return new BlobWriter(this, incoming.resolve(UUID.randomUUID().toString()), maxSize);
    }

    private Path file(Sha256 sha256) {
        return folder(sha256).resolve(sha256.hex().substring(2));
    }

    private Path folder(Sha256 sha256) {
        return root.resolve(sha256.hex().substring(0, 2));
    }

    /** In the place of an equal one, if there is one, so that its age begins anew. */
    private void adopt(Path written, Sha256 sha256) throws IOException {
        Path file = file(sha256);
        Path folder = folder(sha256);
        boolean fresh = Files.notExists(folder);
        Files.createDirectories(folder);
        try {
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the blob store lies on a file system without atomic moves", e);
        }
        // The names in a folder are its content: durable only once the folder itself is.
        sync(folder);
        if (fresh) {
            sync(root);
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** A blob being written. */
    public static final class BlobWriter extends OutputStream {

        private final BlobStore store;
        private final Path file;
        private final long maxSize;
        private final MessageDigest digest = Sha256.newDigest();
        private final FileChannel channel;
        private final OutputStream out;
        private final byte[] buffer = new byte[BUFFER];
        private int buffered;
        private long size;

        private BlobWriter(BlobStore store, Path file, long maxSize) throws IOException {
            this.store = store;
            this.file = file;
            this.maxSize = maxSize;
            this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            this.out = Channels.newOutputStream(channel);
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            size += length;
            if (size > maxSize) {
                throw new BlobTooLargeException(maxSize);
            }
            digest.update(bytes, offset, length);
            if (length > buffer.length - buffered) {
                drain();
            }
            if (length > buffer.length) {
                out.write(bytes, offset, length);
            } else {
                System.arraycopy(bytes, offset, buffer, buffered, length);
                buffered += length;
            }
        }

        /** Makes what was written a durable blob. */
        public Blob commit() throws IOException {
            drain();
            channel.force(true);
            channel.close();
            Sha256 sha256 = Sha256.of(digest);
            store.adopt(file, sha256);
            return new Blob(sha256, size);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(file);
        }

        private void drain() throws IOException {
            out.write(buffer, 0, buffered);
            buffered = 0;
        }
    }

    private static final class CheckedStream extends FilterInputStream {

        private final MessageDigest digest = Sha256.newDigest();
        private final Sha256 expected;
        private boolean checked;

        CheckedStream(InputStream in, Sha256 expected) {
            super(in);
            this.expected = expected;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            if (count > 0) {
                digest.update(bytes, offset, count);
            } else if (count < 0 && !checked) {
                checked = true;
                if (!Sha256.of(digest).equals(expected)) {
                    throw new IOException("the blob " + expected + " was damaged on disk");
                }
            }
            return count;
        }

        @Override
        public long skip(long count) throws IOException {
            // A skipped byte would be an unchecked one.
            byte[] skipped = new byte[(int) Math.min(count, BUFFER)];
            return Math.max(0, read(skipped, 0, skipped.length));
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
