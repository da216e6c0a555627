package io.yardmaster.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.kernel.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobStoreTest {

    private static final byte[] BYTES = "some bytes\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path root;

    private BlobStore store;

    @BeforeEach
    void open() throws IOException {
        store = new BlobStore(root, UUID.randomUUID());
    }

    @Test
    void what_was_put_is_read_again_under_its_digest() throws IOException {
        Blob blob = put(BYTES);

        assertThat(blob).isEqualTo(new Blob(Sha256.of(BYTES), BYTES.length));
        assertThat(read(blob.sha256())).isEqualTo(BYTES);
        assertThat(store.size(blob.sha256())).contains((long) BYTES.length);
        assertThat(store.path(blob.sha256()))
                .hasValueSatisfying(path -> assertThat(path).hasBinaryContent(BYTES));
    }

    @Test
    void equal_bytes_are_stored_once_and_nothing_else_is_left() throws IOException {
        put(BYTES);
        put(BYTES);

        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(1);
        }
    }

    @Test
    void a_blob_that_was_not_committed_was_never_there() throws IOException {
        try (BlobStore.BlobWriter writer = store.open()) {
            writer.write(BYTES);
        }

        assertThat(store.path(Sha256.of(BYTES))).isEmpty();
        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void what_is_too_large_is_not_stored() {
        assertThatThrownBy(() -> store.put(new ByteArrayInputStream(BYTES), BYTES.length - 1L))
                .isInstanceOf(BlobTooLargeException.class);
        assertThat(store.path(Sha256.of(BYTES))).isEmpty();
    }

    @Test
    void a_damaged_blob_is_noticed_when_it_is_read_with_a_check() throws IOException {
        Blob blob = put(BYTES);
        Path file = store.path(blob.sha256()).orElseThrow();
        byte[] damaged = BYTES.clone();
        damaged[100] ^= 1;
        Files.write(file, damaged);

        assertThatThrownBy(() -> {
                    try (InputStream in = store.openChecked(blob.sha256())) {
                        in.readAllBytes();
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void a_deleted_blob_is_gone() throws IOException {
        Blob blob = put(BYTES);
        store.delete(blob.sha256());

        assertThat(store.size(blob.sha256())).isEmpty();
        assertThatThrownBy(() -> store.open(blob.sha256())).isInstanceOf(NoSuchFileException.class);
    }

    private Blob put(byte[] bytes) throws IOException {
        return store.put(new ByteArrayInputStream(bytes));
    }

    private byte[] read(Sha256 sha256) throws IOException {
        try (InputStream in = store.openChecked(sha256)) {
            return in.readAllBytes();
        }
    }
}
