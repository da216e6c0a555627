package io.yardmaster.blobs;

import io.yardmaster.kernel.Sha256;
import java.util.Collection;
import java.util.Set;

/** Knows of blobs that are needed. Bytes that none of these needs are removed. */
public interface BlobReferences {

    /** Those of these blobs that are needed. */
    Set<Sha256> needed(Collection<Sha256> blobs);
}
