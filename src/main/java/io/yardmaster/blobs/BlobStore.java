package io.yardmaster.blobs;

import io.yardmaster.kernel.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;

/**
 * Bytes named by their SHA-256, in a store that several servers may share. Nothing is held in memory, equal bytes are
 * stored once, and a blob is there whole and durable or not at all.
 */
public interface BlobStore {

    /**
     * Begins a blob that is written piece by piece. Closed without {@link BlobWriter#commit}, it was never there.
     *
     * @param maxSize in bytes; beyond it, the writer throws {@link BlobTooLargeException}
     */
    BlobWriter open(long maxSize) throws IOException;

    /** Begins a blob of any size. */
    default BlobWriter open() throws IOException {
        return open(Long.MAX_VALUE);
    }

    /** Stores everything there is to read. Does not close the stream. */
    default Blob put(InputStream content) throws IOException {
        return put(content, Long.MAX_VALUE);
    }

    /**
     * Stores everything there is to read. Does not close the stream.
     *
     * @param maxSize in bytes
     * @throws BlobTooLargeException as soon as there is more; nothing is stored then
     */
    default Blob put(InputStream content, long maxSize) throws IOException {
        try (BlobWriter writer = open(maxSize)) {
            content.transferTo(writer);
            return writer.commit();
        }
    }

    /** Stores the content of a file; the file stays. */
    default Blob put(Path file) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            return put(content);
        }
    }

    /**
     * Reads a blob.
     *
     * @throws NoSuchFileException where there is none
     */
    InputStream open(Sha256 sha256) throws IOException;

    /**
     * Reads a part of a blob.
     *
     * @param from how many bytes come before it
     * @param length how many bytes it has, all of them there
     * @throws NoSuchFileException where there is no such blob
     */
    InputStream open(Sha256 sha256, long from, long length) throws IOException;

    /** Reads a blob and checks each byte on the way: the end of the stream is reached only where all are right. */
    default InputStream openChecked(Sha256 sha256) throws IOException {
        return new CheckedStream(open(sha256), sha256);
    }

    /** How many bytes a blob has; empty where there is none. */
    Optional<Long> size(Sha256 sha256) throws IOException;

    /**
     * Makes blobs as if they had been stored just now: for whoever stored them some time ago and refers to them only now.
     * To be called inside of the transaction that refers to them, which is over long before they are old again.
     *
     * @throws NoSuchFileException where one is gone already
     */
    void keep(Collection<Sha256> blobs) throws IOException;

    /** Where the bytes are, for people. */
    String place();

    /** What tells this store from others; empty as long as nobody has named it. */
    Optional<UUID> id() throws IOException;

    /** Names this store, for all servers that share it. One at a time may do so. What is there already stays. */
    void name(UUID id) throws IOException;
}
