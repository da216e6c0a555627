package io.yardmaster.blobs;

import io.yardmaster.kernel.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Keeps blobs as files of a folder. */
final class FileBlobStore implements SweptBlobStore {

    private static final String ID = "store.id";
    private static final String ASIDE = "unused";
    private static final Pattern NAME = Pattern.compile("[0-9a-f]{64}");

    private final Path root;
    private final Path incoming;
    private final Path aside;

    FileBlobStore(Path root, UUID host) throws IOException {
        this.root = root.toAbsolutePath().normalize();
        incoming = IncomingFiles.folder(this.root.resolve("incoming").resolve(host.toString()));
        aside = Files.createDirectories(this.root.resolve(ASIDE));
    }

    @Override
    public BlobWriter open(long maxSize) throws IOException {
        return new BlobWriter(incoming.resolve(UUID.randomUUID().toString()), maxSize, this::adopt);
    }

    @Override
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

    @Override
    public InputStream open(Sha256 sha256, long from, long length) throws IOException {
        InputStream in = open(sha256);
        try {
            in.skipNBytes(from);
            return new PartOfStream(in, length);
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }

    private Optional<Path> path(Sha256 sha256) {
        Path file = file(sha256);
        return Files.isRegularFile(file) || broughtBack(sha256) ? Optional.of(file) : Optional.empty();
    }

    @Override
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

    @Override
    public void keep(Collection<Sha256> blobs) throws IOException {
        FileTime now = FileTime.from(now());
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
    // The age of a file is that of its last change: who stores bytes puts a new file in place of an equal one, and who
    // refers to them late gives it a new time. An old file that nothing refers to is moved aside first, where it is
    // found
    // by whoever asks for it, and removed when it has grown old there, too: what the cache of a network file system hid
    // at
    // the first look it does not hide for so long.

    @Override
    public boolean setAside(Sha256 sha256, Instant now, Duration age) throws IOException {
        Path unused = aside.resolve(sha256.hex());
        try {
            if (isYounger(file(sha256), now, age) || isFromBefore(file(sha256))) {
                return false;
            }
            // First: aside with its old time, it would be taken for what has lain there for long.
            Files.setLastModifiedTime(file(sha256), FileTime.from(now));
            Files.move(file(sha256), unused, StandardCopyOption.ATOMIC_MOVE);
            // Perhaps what was moved is what somebody has stored since.
            if (Files.getLastModifiedTime(unused).toInstant().isAfter(now)) {
                broughtBack(sha256);
                return false;
            }
            return true;
        } catch (NoSuchFileException e) {
            // Another server was faster, or somebody needs it.
            return false;
        }
    }

    @Override
    public void putBack(Sha256 sha256) {
        broughtBack(sha256);
    }

    /** Brings a blob back that was moved aside; false where there is none. */
    private boolean broughtBack(Sha256 sha256) {
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

    @Override
    public List<Sha256> aside(Instant now, Duration age) throws IOException {
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

    @Override
    public void discard(Sha256 sha256, Instant now, Duration age) throws IOException {
        Path unused = aside.resolve(sha256.hex());
        if (!isYounger(unused, now, age)) {
            Files.deleteIfExists(unused);
        }
    }

    /** The clock of the file system that the blobs are on. */
    @Override
    public Instant now() throws IOException {
        Path probe = incoming.resolve(UUID.randomUUID().toString());
        Files.createFile(probe);
        try {
            return Files.getLastModifiedTime(probe).toInstant();
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
    private static boolean isYounger(Path file, Instant now, Duration age) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant().plus(age).isAfter(now);
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    @Override
    public Iterable<List<Sha256>> all() throws IOException {
        List<Path> folders = new ArrayList<>();
        try (var found = Files.newDirectoryStream(root, "[0-9a-f][0-9a-f]")) {
            found.forEach(folders::add);
        }
        return () -> folders.stream().map(FileBlobStore::blobs).iterator();
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

    /** What a killed server of this host left is removed when the next one starts. */
    @Override
    public void abandonUnfinished(Instant now, Duration age) {}

    @Override
    public String place() {
        return root.toString();
    }

    @Override
    public Optional<UUID> id() throws IOException {
        Path file = root.resolve(ID);
        return Files.exists(file)
                ? Optional.of(UUID.fromString(Files.readString(file).strip()))
                : Optional.empty();
    }

    @Override
    public void name(UUID id) throws IOException {
        Path fresh = incoming.resolve(ID);
        Files.writeString(fresh, id + "\n");
        Files.move(fresh, root.resolve(ID), StandardCopyOption.ATOMIC_MOVE);
    }

    private Path file(Sha256 sha256) {
        return folder(sha256).resolve(sha256.hex().substring(2));
    }

    private Path folder(Sha256 sha256) {
        return root.resolve(sha256.hex().substring(0, 2));
    }

    /** In the place of an equal one, if there is one, so that its age begins anew. */
    private void adopt(FileChannel channel, Path written, Blob blob) throws IOException {
        channel.force(true);
        channel.close();
        Sha256 sha256 = blob.sha256();
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
}
