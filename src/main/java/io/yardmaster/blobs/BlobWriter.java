package io.yardmaster.blobs;

import io.yardmaster.kernel.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** A blob being written: into a file of this server's own first, for its name is known only at its end. */
public final class BlobWriter extends OutputStream {

    private static final int BUFFER = 64 * 1024;

    private final Path file;
    private final long maxSize;
    private final Adoption adoption;
    private final MessageDigest digest = Sha256.newDigest();
    private final FileChannel channel;
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER];
    private int buffered;
    private long size;

    BlobWriter(Path file, long maxSize, Adoption adoption) throws IOException {
        this.file = file;
        this.maxSize = maxSize;
        this.adoption = adoption;
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.out = Channels.newOutputStream(channel);
    }

    /** What a store does with a file that has been written to its end. */
    interface Adoption {

        /** Makes a durable blob of the file, which may be moved away or left. */
        void adopt(FileChannel written, Path file, Blob blob) throws IOException;
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

    /** How many bytes were written. */
    public long size() {
        return size;
    }

    /** The digest of what was written so far. */
    public Sha256 sha256() {
        try {
            return Sha256.of((MessageDigest) digest.clone());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("SHA-256 of this Java cannot be looked at before its end", e);
        }
    }

    /** Makes what was written a durable blob. */
    public Blob commit() throws IOException {
        drain();
        Blob blob = new Blob(Sha256.of(digest), size);
        adoption.adopt(channel, file, blob);
        return blob;
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
