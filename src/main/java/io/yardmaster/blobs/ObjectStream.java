package io.yardmaster.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Reads a part of an object, and goes on where it was when the connection breaks. */
final class ObjectStream extends InputStream {

    private static final int MOST_BREAKS = 4;

    private final Bucket bucket;
    private final String key;
    private final long end;
    private long position;
    private int breaks;
    private @Nullable ResponseInputStream<GetObjectResponse> in;

    /**
     * A part that is not empty.
     *
     * @param end how many bytes of the object come before the part's end
     * @throws NoSuchFileException where there is no such object
     */
    ObjectStream(Bucket bucket, String key, long from, long end) throws IOException {
        this.bucket = bucket;
        this.key = key;
        this.position = from;
        this.end = end;
        this.in = bucket.open(key, from, end - 1);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (position == end) {
            return -1;
        }
        while (true) {
            try {
                if (in == null) {
                    in = bucket.open(key, position, end - 1);
                }
                int count = in.read(bytes, offset, length);
                if (count < 0) {
                    throw new IOException("the object store ended before the object did");
                }
                position += count;
                return count;
            } catch (IOException e) {
                abort();
                if (++breaks > MOST_BREAKS || e instanceof NoSuchFileException) {
                    throw e;
                }
            }
        }
    }

    /** What is not read to its end is not worth being read for the connection's sake. */
    private void abort() {
        if (in != null) {
            in.abort();
            in = null;
        }
    }

    @Override
    public void close() throws IOException {
        if (position < end) {
            abort();
        } else if (in != null) {
            in.close();
            in = null;
        }
    }
}
