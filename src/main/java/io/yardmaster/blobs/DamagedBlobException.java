package io.yardmaster.blobs;

import io.yardmaster.kernel.Sha256;
import java.io.IOException;

/** The bytes of a blob are not those that were stored. Reading it again does not help. */
public final class DamagedBlobException extends IOException {

    private static final long serialVersionUID = 1L;

    DamagedBlobException(Sha256 expected) {
        super("the blob " + expected + " was damaged in its store");
    }
}
