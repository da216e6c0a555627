package io.yardmaster.blobs;

import io.yardmaster.kernel.Sha256;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Reads a blob, and fails at its end where the bytes are not those that its name says. */
final class CheckedStream extends FilterInputStream {

    private static final int BUFFER = 64 * 1024;

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
                throw new DamagedBlobException(expected);
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
