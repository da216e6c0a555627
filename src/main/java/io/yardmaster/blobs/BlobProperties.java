package io.yardmaster.blobs;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Where job versions and artifacts are kept.
 *
 * @param dir the folder; by default {@code blobs} in the data directory. Several servers on one database need one that
 *     they all share
 */
@ConfigurationProperties("yardmaster.blobs")
record BlobProperties(@Nullable Path dir) {}
