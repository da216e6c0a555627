package io.yardmaster.blobs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.S3Object;

/** One bucket of an object store: objects by their keys, written whole or not at all. */
final class Bucket implements AutoCloseable {

    /** Whoever reads a blob holds one as long as he reads: none has to wait for another. */
    private static final int CONNECTIONS = 2_000;

    private final S3Properties properties;
    private final String name;
    private final S3Client client;
    private final Upload upload;

    Bucket(S3Properties properties) {
        this.properties = properties;
        this.name = properties.bucketName();
        this.client = client(properties);
        this.upload = new Upload(client, name, properties.partSize().toBytes());
    }

    /** An object, as a list shows it. */
    record Item(String key, long size, Instant changed) {}

    private static S3Client client(S3Properties properties) {
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(Apache5HttpClient.builder()
                        .connectionTimeout(properties.connectTimeout())
                        .socketTimeout(properties.readTimeout())
                        .maxConnections(CONNECTIONS))
                .credentialsProvider(credentials(properties))
                .forcePathStyle(properties.isPathStyle())
                // Nobody waits for leave to send; what was sent in vain is sent again.
                .serviceConfiguration(configuration -> configuration.expectContinueEnabled(false))
                // Each request says the MD5 of what it carries, which every store checks; newer sums not every store
                // knows.
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(configuration ->
                        configuration.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(properties.attempts())
                                .build()));
        if (properties.endpoint() != null) {
            builder.endpointOverride(properties.endpoint());
        }
        if (properties.region() != null) {
            builder.region(Region.of(properties.region()));
        } else if (properties.endpoint() != null) {
            builder.region(Region.US_EAST_1);
        }
        try {
            return builder.build();
        } catch (SdkException e) {
            throw new UnusableBlobStoreException(
                    "The object store cannot be used: " + e.getMessage()
                            + " Perhaps yardmaster.blobs.s3.region is missing.",
                    e);
        }
    }

    private static AwsCredentialsProvider credentials(S3Properties properties) {
        String id = properties.accessKeyId();
        String secret = properties.secretAccessKey();
        return id == null || secret == null
                ? DefaultCredentialsProvider.builder().build()
                : StaticCredentialsProvider.create(AwsBasicCredentials.create(id, secret));
    }

    /** Where it is, for people. */
    String place() {
        String where = "s3://" + name + "/" + properties.prefix();
        return properties.endpoint() == null ? where : where + " at " + properties.endpoint();
    }

    /** The objects whose key begins so, in the order of their keys. */
    List<Item> list(String beginning) throws IOException {
        return call(() -> {
            List<Item> items = new ArrayList<>();
            pagesOf(beginning).forEachRemaining(items::addAll);
            return items;
        });
    }

    /**
     * The same, some hundreds at a time.
     *
     * @throws IOException at once; later, while the pages are read, what the SDK throws
     */
    Iterator<List<Item>> pages(String beginning) throws IOException {
        return call(() -> pagesOf(beginning));
    }

    private Iterator<List<Item>> pagesOf(String beginning) {
        return client.listObjectsV2Paginator(request -> request.bucket(name).prefix(key(beginning))).stream()
                .map(this::items)
                .iterator();
    }

    private List<Item> items(ListObjectsV2Response page) {
        return page.contents().stream().map(this::item).toList();
    }

    private Item item(S3Object object) {
        return new Item(object.key().substring(properties.prefix().length()), object.size(), object.lastModified());
    }

    /** Writes an object that is a file. */
    void put(String key, Path file, long size) throws IOException {
        call(() -> {
            upload.put(key(key), file, size);
            return true;
        });
    }

    /** Writes an object that is a short text. */
    void put(String key, String text) throws IOException {
        call(() -> client.putObject(
                request -> request.bucket(name).key(key(key)),
                RequestBody.fromBytes(text.getBytes(StandardCharsets.UTF_8))));
    }

    /** Writes an object that is a copy of another one; the bytes stay in the store. */
    void copy(Item from, String to) throws IOException {
        call(() -> {
            upload.copy(key(from.key()), from.size(), key(to));
            return true;
        });
    }

    /** The same in parts of this size, as it is done where one request cannot copy all. */
    void copyInParts(Item from, String to, long partSize) throws IOException {
        call(() -> {
            upload.copyInParts(key(from.key()), from.size(), key(to), partSize);
            return true;
        });
    }

    /**
     * Reads an object from a byte on.
     *
     * @param to the last byte that is wanted; null: to the end
     * @throws NoSuchFileException where there is none
     */
    ResponseInputStream<GetObjectResponse> open(String key, long from, @Nullable Long to) throws IOException {
        return call(() -> client.getObject(request -> {
            request.bucket(name).key(key(key));
            if (from > 0 || to != null) {
                request.range("bytes=" + from + "-" + (to == null ? "" : to));
            }
        }));
    }

    /** Reads a short text. */
    String read(String key) throws IOException {
        try (InputStream in = open(key, 0, null)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Removes an object, if it is there. */
    void delete(String key) throws IOException {
        call(() -> client.deleteObject(request -> request.bucket(name).key(key(key))));
    }

    /** Gives up uploads that were begun before this and never came to their end. */
    void abandon(String beginning, Instant before) throws IOException {
        Consumer<MultipartUpload> abort = begun -> client.abortMultipartUpload(
                request -> request.bucket(name).key(begun.key()).uploadId(begun.uploadId()));
        call(() -> {
            client
                    .listMultipartUploadsPaginator(
                            request -> request.bucket(name).prefix(key(beginning)))
                    .uploads()
                    .stream()
                    .filter(begun -> begun.initiated().isBefore(before))
                    .forEach(abort);
            return true;
        });
    }

    private String key(String key) {
        return properties.prefix() + key;
    }

    /** Runs what asks the store, and says in one way what went wrong. */
    private <T> T call(Supplier<T> request) throws IOException {
        try {
            return request.get();
        } catch (NoSuchKeyException e) {
            throw new NoSuchFileException("an object", null, "there is no such object");
        } catch (NoSuchBucketException e) {
            throw new IOException("There is no bucket " + name + " at the object store: make it first.", e);
        } catch (SdkException e) {
            throw new IOException("The object store " + place() + " does not do as asked: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
