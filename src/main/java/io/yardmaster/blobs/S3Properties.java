package io.yardmaster.blobs;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The object store, where {@code yardmaster.blobs.store} is {@code s3}.
 *
 * @param bucket the bucket, which has to exist
 * @param prefix what all keys begin with, such as {@code yardmaster/}; several databases need several prefixes
 * @param endpoint where an object store other than Amazon's is, such as {@code https://s3.example.org}
 * @param region the region; by default what the environment says, or {@code us-east-1} where there is an endpoint
 * @param pathStyle whether the bucket is a part of the path and not of the host's name; by default where there is an
 *     endpoint
 * @param accessKeyId the access key; without it, the environment, the profile or the machine's role are asked for one, as
 *     by every program that uses the SDK of AWS
 * @param secretAccessKey the secret to it
 * @param partSize what is larger is sent in parts of this size, several at a time; at least 5MB
 * @param attempts how often a request is tried
 * @param connectTimeout how long a connection may take
 * @param readTimeout how long the store may say nothing when an answer is due; it needs some time to put the parts of
 *     something large together
 */
@ConfigurationProperties("yardmaster.blobs.s3")
record S3Properties(
        @Nullable String bucket,
        @DefaultValue("") String prefix,
        @Nullable URI endpoint,
        @Nullable String region,
        @Nullable Boolean pathStyle,
        @Nullable String accessKeyId,
        @Nullable String secretAccessKey,
        @DefaultValue("16MB") DataSize partSize,
        @DefaultValue("4") int attempts,
        @DefaultValue("5s") Duration connectTimeout,
        @DefaultValue("2m") Duration readTimeout) {

    private static final DataSize LEAST = DataSize.ofMegabytes(5);
    private static final DataSize MOST = DataSize.ofGigabytes(5);

    S3Properties {
        if (prefix.startsWith("/")) {
            throw new IllegalArgumentException("yardmaster.blobs.s3.prefix begins with a slash: leave it out");
        }
        if (!prefix.isEmpty() && !prefix.endsWith("/")) {
            prefix += "/";
        }
        if (endpoint != null && (endpoint.getHost() == null || !isHttp(endpoint))) {
            throw new IllegalArgumentException("yardmaster.blobs.s3.endpoint is no address of a server, such as"
                    + " https://s3.example.org: " + endpoint);
        }
        if ((accessKeyId == null) != (secretAccessKey == null)) {
            throw new IllegalArgumentException("yardmaster.blobs.s3.access-key-id and secret-access-key go together:"
                    + " set both, or none and let the environment say them");
        }
        if (partSize.compareTo(LEAST) < 0 || partSize.compareTo(MOST) > 0) {
            throw new IllegalArgumentException(
                    "yardmaster.blobs.s3.part-size has to be between 5MB and 5GB: 16MB is what it is by default");
        }
        if (attempts < 1) {
            throw new IllegalArgumentException("yardmaster.blobs.s3.attempts has to be at least 1");
        }
        if (!connectTimeout.isPositive() || !readTimeout.isPositive()) {
            throw new IllegalArgumentException(
                    "yardmaster.blobs.s3: connect-timeout and read-timeout have to be" + " positive");
        }
    }

    private static boolean isHttp(URI endpoint) {
        return "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
    }

    String bucketName() {
        if (bucket == null || bucket.isBlank()) {
            throw new UnusableBlobStoreException(
                    "yardmaster.blobs.store is s3, but yardmaster.blobs.s3.bucket is not set: name the bucket", null);
        }
        return bucket;
    }

    boolean isPathStyle() {
        return pathStyle == null ? endpoint != null : pathStyle;
    }

    /** Without what nobody may read in a log. */
    @Override
    public String toString() {
        return "S3Properties[bucket=" + bucket + ", prefix=" + prefix + ", endpoint=" + endpoint + "]";
    }
}
