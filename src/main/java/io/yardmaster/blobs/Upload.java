package io.yardmaster.blobs;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Brings files into a bucket: small ones at once, large ones in parts, of which each can be sent again. Whatever goes wrong,
 * the store keeps nothing of it.
 */
final class Upload {

    private static final Logger log = LoggerFactory.getLogger(Upload.class);
    private static final int PARTS_AT_ONCE = 4;
    private static final int MOST_PARTS = 10_000;
    private static final int BUFFER = 64 * 1024;
    private static final long LARGEST_COPY = 5L << 30;
    private static final String TYPE = "application/octet-stream";

    private final S3Client client;
    private final String bucket;
    private final long partSize;

    Upload(S3Client client, String bucket, long partSize) {
        this.client = client;
        this.bucket = bucket;
        this.partSize = partSize;
    }

    void put(String key, Path file, long size) {
        if (size <= partSize) {
            client.putObject(
                    request -> request.bucket(bucket).key(key).contentType(TYPE).contentMD5(md5(file, 0, size)),
                    body(file, 0, size));
            return;
        }
        inParts(key, size, partSize(size, partSize), (id, part) -> {
            String sum = md5(file, part.from(), part.length());
            String tag = client.uploadPart(
                            request -> request.bucket(bucket)
                                    .key(key)
                                    .uploadId(id)
                                    .partNumber(part.number())
                                    .contentLength(part.length())
                                    .contentMD5(sum),
                            body(file, part.from(), part.length()))
                    .eTag();
            return CompletedPart.builder().partNumber(part.number()).eTag(tag).build();
        });
    }

    void copy(String from, long size, String to) {
        if (size <= LARGEST_COPY) {
            client.copyObject(request -> request.sourceBucket(bucket)
                    .sourceKey(from)
                    .destinationBucket(bucket)
                    .destinationKey(to));
            return;
        }
        copyInParts(from, size, to, LARGEST_COPY / 5);
    }

    void copyInParts(String from, long size, String to, long each) {
        inParts(to, size, partSize(size, each), (id, part) -> {
            String tag = client.uploadPartCopy(request -> request.sourceBucket(bucket)
                            .sourceKey(from)
                            .copySourceRange("bytes=" + part.from() + "-" + (part.from() + part.length() - 1))
                            .destinationBucket(bucket)
                            .destinationKey(to)
                            .uploadId(id)
                            .partNumber(part.number()))
                    .copyPartResult()
                    .eTag();
            return CompletedPart.builder().partNumber(part.number()).eTag(tag).build();
        });
    }

    private static long partSize(long size, long wanted) {
        return Math.max(wanted, (size + MOST_PARTS - 1) / MOST_PARTS);
    }

    private record Part(int number, long from, long length) {}

    private interface Sending {

        CompletedPart send(String id, Part part);
    }

    private void inParts(String key, long size, long each, Sending sending) {
        String id = client.createMultipartUpload(
                        request -> request.bucket(bucket).key(key).contentType(TYPE))
                .uploadId();
        try {
            IntFunction<Part> part = n -> new Part(n + 1, n * each, Math.min(each, size - n * each));
            int count = Math.toIntExact((size + each - 1) / each);
            List<CompletedPart> sent = sendAll(count, n -> sending.send(id, part.apply(n)));
            complete(key, size, id, sent);
        } catch (RuntimeException | Error e) {
            abort(key, id);
            throw e;
        }
    }

    /** It can take the store long to put the parts together, and whoever asks again may be told that there are none. */
    private void complete(String key, long size, String id, List<CompletedPart> sent) {
        try {
            client.completeMultipartUpload(request ->
                    request.bucket(bucket).key(key).uploadId(id).multipartUpload(parts -> parts.parts(sent)));
        } catch (SdkException e) {
            if (!isThere(key, size)) {
                throw e;
            }
        }
    }

    private boolean isThere(String key, long size) {
        try {
            return client.headObject(request -> request.bucket(bucket).key(key)).contentLength() == size;
        } catch (SdkException e) {
            return false;
        }
    }

    private static List<CompletedPart> sendAll(int count, IntFunction<CompletedPart> one) {
        List<Future<CompletedPart>> sending = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(
                PARTS_AT_ONCE, Thread.ofVirtual().name("upload ", 0).factory())) {
            for (int n = 0; n < count; n++) {
                int number = n;
                sending.add(threads.submit(() -> one.apply(number)));
            }
            List<CompletedPart> sent = new ArrayList<>();
            try {
                for (Future<CompletedPart> part : sending) {
                    sent.add(part.get());
                }
            } catch (ExecutionException | InterruptedException | CancellationException e) {
                threads.shutdownNow();
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                throw e.getCause() instanceof SdkException known
                        ? known
                        : SdkClientException.create("a part could not be sent: " + e.getMessage(), e);
            }
            return sent;
        }
    }

    private void abort(String key, String id) {
        try {
            client.abortMultipartUpload(
                    request -> request.bucket(bucket).key(key).uploadId(id));
        } catch (SdkException e) {
            // The sweep does it later.
            log.warn("An upload that failed could not be taken back: {}", e.getMessage());
        }
    }

    /** Read anew for each try. */
    private static RequestBody body(Path file, long from, long length) {
        return RequestBody.fromContentProvider(() -> open(file, from, length), length, TYPE);
    }

    private static InputStream open(Path file, long from, long length) {
        try {
            InputStream in = Files.newInputStream(file);
            in.skipNBytes(from);
            return new BufferedInputStream(new PartOfStream(in, length), BUFFER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Not against anybody: so that the store notices bytes that changed on the way. */
    private static String md5(Path file, long from, long length) {
        try (InputStream in = open(file, from, length)) {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            byte[] buffer = new byte[BUFFER];
            long left = length;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                left -= n;
            }
            if (left > 0) {
                throw new EOFException("the file is shorter than it was");
            }
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }
}
