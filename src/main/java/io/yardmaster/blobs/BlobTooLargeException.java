package io.yardmaster.blobs;

import java.io.IOException;

/** There was more to store than allowed. */
public final class BlobTooLargeException extends IOException {

    private static final long serialVersionUID = 1L;

    BlobTooLargeException(long maxSize) {
        super("more than " + maxSize + " bytes");
    }
}
