package io.yardmaster.blobs;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where job versions and artifacts are kept, and how long bytes stay that nothing refers to.
 *
 * @param store {@code file}: in a folder; {@code s3}: in a bucket of an object store that speaks S3
 * @param dir the folder; by default {@code blobs} in the data directory. Several servers on one database need one that
 *     they all share
 * @param keepUnused bytes that were stored within this time stay, for whoever stored them may be about to refer to them;
 *     the others are set aside for as long again before they are removed. Five minutes at least
 * @param sweep how often all bytes are looked at
 */
@ConfigurationProperties("yardmaster.blobs")
record BlobProperties(
        @DefaultValue("file") Store store,
        @Nullable Path dir,
        @DefaultValue("1h") Duration keepUnused,
        @DefaultValue("1d") Duration sweep) {

    private static final Duration SHORTEST = Duration.ofMinutes(5);

    BlobProperties {
        if (store == Store.S3 && dir != null) {
            throw new IllegalArgumentException(
                    "yardmaster.blobs.dir is set, but yardmaster.blobs.store is s3: leave one of them out");
        }
        if (keepUnused.compareTo(SHORTEST) < 0) {
            throw new IllegalArgumentException("yardmaster.blobs.keep-unused must be 5m at least, or bytes would be"
                    + " removed before anything refers to them; 1h is what it is by default");
        }
        if (!sweep.isPositive()) {
            throw new IllegalArgumentException(
                    "yardmaster.blobs.sweep has to be positive: 1d is what it is by default");
        }
    }

    /** Who refers to bytes that were stored longer ago than this says first that they are to stay. */
    Duration referWithin() {
        return keepUnused.dividedBy(5);
    }

    /** What keeps the bytes. */
    enum Store {
        FILE,
        S3
    }
}
