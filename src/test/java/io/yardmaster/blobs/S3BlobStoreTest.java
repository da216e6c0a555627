package io.yardmaster.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.kernel.Sha256;
import io.yardmaster.testkit.S3Server;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class S3BlobStoreTest extends BlobStoreContract {

    private static final int PART = 5 << 20;

    @TempDir
    Path incoming;

    private final S3Server server = S3Server.shared();
    private final String bucket = server.bucket();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    @Override
    SweptBlobStore open() throws IOException {
        return open(S3Server.SECRET_KEY, bucket);
    }

    private SweptBlobStore open(String secret, String name) throws IOException {
        S3BlobStore store = new S3BlobStore(
                bucket(secret, name),
                Files.createDirectories(incoming.resolve(UUID.randomUUID().toString())),
                UUID.randomUUID());
        opened.add(store);
        return store;
    }

    private Bucket bucket(String secret, String name) {
        return new Bucket(
                properties(name, "yard", server.endpoint(), S3Server.ACCESS_KEY, secret, DataSize.ofBytes(PART)));
    }

    private static S3Properties properties(
            @Nullable String bucket,
            String prefix,
            String endpoint,
            @Nullable String accessKey,
            @Nullable String secret,
            DataSize partSize) {
        return new S3Properties(
                bucket,
                prefix,
                URI.create(endpoint),
                null,
                null,
                accessKey,
                secret,
                partSize,
                2,
                Duration.ofSeconds(5),
                Duration.ofSeconds(10));
    }

    @Test
    void what_is_large_goes_in_parts_and_comes_back_whole() throws IOException {
        byte[] bytes = new byte[3 * PART + 17];
        new Random(5).nextBytes(bytes);

        Blob blob = open().put(new ByteArrayInputStream(bytes));

        try (InputStream in = open().openChecked(blob.sha256())) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
        try (InputStream in = open().open(blob.sha256(), 2L * PART - 1, 3)) {
            assertThat(in.readAllBytes()).containsExactly(bytes[2 * PART - 1], bytes[2 * PART], bytes[2 * PART + 1]);
        }
        try (var left = Files.walk(incoming)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void what_is_stored_twice_is_sent_once() throws IOException {
        open().put(new ByteArrayInputStream(new byte[] {1, 2, 3}));
        open().put(new ByteArrayInputStream(new byte[] {1, 2, 3}));

        assertThat(server.files(bucket)).hasSize(1);
    }

    @Test
    void a_wrong_secret_is_told_and_not_shown() throws IOException {
        SweptBlobStore store = open("not-the-secret", bucket);

        assertThatThrownBy(() -> store.put(new ByteArrayInputStream(new byte[10])))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not do as asked")
                .hasMessageNotContaining("not-the-secret");
        assertThat(server.files(bucket)).isEmpty();
    }

    @Test
    void a_bucket_that_is_not_there_is_told() throws IOException {
        SweptBlobStore store = open(S3Server.SECRET_KEY, "no-such-bucket");

        assertThatThrownBy(() -> store.name(UUID.randomUUID()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("There is no bucket no-such-bucket");
    }

    @Test
    void an_upload_in_parts_that_fails_leaves_nothing() throws IOException {
        byte[] bytes = new byte[2 * PART];
        Path file = Files.write(incoming.resolve("file"), bytes);
        try (Bucket bucket = bucket(S3Server.SECRET_KEY, this.bucket)) {
            // It has less than was said, so that the last part cannot be sent.
            assertThatThrownBy(() -> bucket.put("blobs/some", file, bytes.length + 5L))
                    .isInstanceOf(Exception.class);
            assertThat(bucket.list("")).isEmpty();
        }
        assertThat(server.files(bucket)).isEmpty();
    }

    @Test
    void settings_that_cannot_be_are_refused() {
        DataSize size = DataSize.ofMegabytes(16);
        assertThatThrownBy(() -> properties("b", "", "http://h", "key", null, size))
                .hasMessageContaining("go together");
        assertThatThrownBy(() -> properties("b", "", "ftp://h", null, null, size))
                .hasMessageContaining("endpoint");
        assertThatThrownBy(() -> properties("b", "", "http://h", null, null, DataSize.ofMegabytes(1)))
                .hasMessageContaining("part-size");
        assertThatThrownBy(
                        () -> properties(null, "", "http://h", null, null, size).bucketName())
                .hasMessageContaining("yardmaster.blobs.s3.bucket is not set");
        assertThat(properties("b", "p", "http://h", "the-key", "the-secret", size))
                .asString()
                .doesNotContain("the-key", "the-secret");
        assertThat(properties("b", "p", "http://h", null, null, size).prefix()).isEqualTo("p/");
    }

    @Test
    void what_is_copied_in_parts_is_the_same() throws IOException {
        byte[] bytes = new byte[2 * PART + 3];
        new Random(6).nextBytes(bytes);
        Blob blob = open().put(new ByteArrayInputStream(bytes));
        try (Bucket bucket = bucket(S3Server.SECRET_KEY, this.bucket)) {
            Bucket.Item one = bucket.list("blobs/").getFirst();
            bucket.copyInParts(one, "blobs/" + blob.sha256().hex() + "/" + UUID.randomUUID(), PART);
            bucket.delete(one.key());
        }

        try (InputStream in = open().openChecked(Sha256.of(bytes))) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
    }
}
