package io.yardmaster.blobs;

import org.jspecify.annotations.Nullable;

/** The store cannot be used as it is set up, which its server says before it does anything else. */
public final class UnusableBlobStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Of which the message says all that whoever set it up needs to know. */
    public UnusableBlobStoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
