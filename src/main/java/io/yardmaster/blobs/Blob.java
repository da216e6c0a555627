package io.yardmaster.blobs;

import io.yardmaster.kernel.Sha256;

/**
 * Bytes in the store.
 *
 * @param sha256 names them
 * @param size how many there are
 */
public record Blob(Sha256 sha256, long size) {}
