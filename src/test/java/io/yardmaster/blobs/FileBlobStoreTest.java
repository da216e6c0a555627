package io.yardmaster.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.yardmaster.kernel.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

class FileBlobStoreTest extends BlobStoreContract {

    private static final byte[] BYTES = "some bytes\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path root;

    private SweptBlobStore store;

    @BeforeEach
    void openStore() throws IOException {
        store = open();
    }

    @Override
    SweptBlobStore open() throws IOException {
        return new FileBlobStore(root, UUID.randomUUID());
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
    void a_file_that_was_not_committed_does_not_stay() throws IOException {
        try (BlobWriter writer = store.open()) {
            writer.write(BYTES);
        }

        assertThat(store.size(Sha256.of(BYTES))).isEmpty();
        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void a_damaged_blob_is_noticed_when_it_is_read_with_a_check() throws IOException {
        Blob blob = put(BYTES);
        Path file = file(blob);
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
    void an_old_file_is_moved_aside_before_it_is_removed() throws IOException {
        Blob blob = put(BYTES);
        UnusedBlobs sweeper = sweeper(store, Set.of());

        sweeper.sweep();
        assertThat(aside(blob)).doesNotExist();
        grow(file(blob));
        sweeper.sweep();
        assertThat(file(blob)).doesNotExist();
        assertThat(aside(blob)).exists();

        sweeper.removeSetAside();
        assertThat(aside(blob)).exists();
        grow(aside(blob));
        sweeper.removeSetAside();
        assertThat(aside(blob)).doesNotExist();
        assertThat(store.size(blob.sha256())).isEmpty();
    }

    @Test
    void a_file_that_is_older_than_the_name_of_the_store_stays() throws IOException {
        Blob before = put(BYTES);
        grow(file(before));
        store.name(UUID.randomUUID());
        Blob after = put("others".getBytes(StandardCharsets.UTF_8));
        grow(root.resolve("store.id"));
        grow(file(before));
        grow(file(after));

        sweeper(store, Set.of()).sweep();

        assertThat(file(before)).exists();
        assertThat(file(after)).doesNotExist();
    }

    @Test
    void what_another_server_has_stored_again_a_moment_ago_stays() throws IOException {
        Blob blob = put(BYTES);
        grow(file(blob));
        SweptBlobStore other = new FileBlobStore(root, UUID.randomUUID());
        other.put(new ByteArrayInputStream(BYTES));

        sweeper(store, Set.of()).sweep();

        assertThat(file(blob)).exists();
        // Also where it comes between two looks of the one who removes.
        grow(file(blob));
        sweeper(store, blobs -> {
                    uncheckedPut(other);
                    return Set.of();
                })
                .sweep();
        assertThat(file(blob)).hasBinaryContent(BYTES);
        assertThat(aside(blob)).doesNotExist();
    }

    @Test
    void what_somebody_is_about_to_refer_to_long_after_it_was_stored_stays() throws IOException {
        Blob blob = put(BYTES);
        grow(file(blob));
        SweptBlobStore other = new FileBlobStore(root, UUID.randomUUID());
        other.keep(List.of(blob.sha256()));
        sweeper(store, Set.of()).sweep();
        assertThat(file(blob)).exists();

        // It was set aside already.
        grow(file(blob));
        sweeper(store, Set.of()).sweep();
        assertThat(file(blob)).doesNotExist();
        other.keep(List.of(blob.sha256()));
        sweeper(store, Set.of()).sweep();
        assertThat(file(blob)).exists();

        // It is gone: he must know.
        grow(file(blob));
        sweeper(store, Set.of()).sweep();
        grow(aside(blob));
        sweeper(store, Set.of()).removeSetAside();
        assertThatThrownBy(() -> other.keep(List.of(blob.sha256()))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void what_was_set_aside_by_mistake_is_found_and_comes_back() throws IOException {
        Blob read = put(BYTES);
        Blob referred = put("another\n".getBytes(StandardCharsets.UTF_8));
        grow(file(read));
        grow(file(referred));
        sweeper(store, Set.of()).sweep();
        assertThat(file(read)).doesNotExist();

        assertThat(new FileBlobStore(root, UUID.randomUUID()).size(read.sha256()))
                .contains((long) BYTES.length);
        assertThat(file(read)).exists();
        grow(aside(referred));
        sweeper(store, Set.of(referred.sha256())).removeSetAside();
        assertThat(file(referred)).exists();
    }

    @Test
    void servers_that_store_and_remove_at_the_same_time_lose_nothing_that_is_referred_to() throws Exception {
        SweptBlobStore other = new FileBlobStore(root, UUID.randomUUID());
        Blob blob = put(BYTES);
        AtomicBoolean referred = new AtomicBoolean();
        AtomicBoolean enough = new AtomicBoolean();
        AtomicInteger discarded = new AtomicInteger();
        // An hour does not go by between that somebody stores the bytes and that he refers to them.
        ReentrantReadWriteLock hour = new ReentrantReadWriteLock();
        UnusedBlobs sweeper = sweeper(other, blobs -> referred.get() ? Set.of(blob.sha256()) : Set.of());
        Thread sweeping = Thread.ofPlatform().start(() -> {
            while (!enough.get()) {
                hour.writeLock().lock();
                try {
                    growIfThere(file(blob));
                    growIfThere(aside(blob));
                } finally {
                    hour.writeLock().unlock();
                }
                sweeper.sweep();
                sweeper.removeSetAside();
                if (Files.notExists(file(blob)) && Files.notExists(aside(blob))) {
                    discarded.incrementAndGet();
                }
            }
        });
        try {
            for (int i = 0; i < 300; i++) {
                hour.readLock().lock();
                try {
                    storeOrKeep(blob, i % 3 == 0);
                    referred.set(true);
                } finally {
                    hour.readLock().unlock();
                }
                assertThat(store.size(blob.sha256())).contains((long) BYTES.length);
                assertThat(read(blob.sha256())).isEqualTo(BYTES);
                int before = discarded.get();
                referred.set(false);
                if (i % 10 == 0) {
                    await().until(() -> discarded.get() > before);
                }
            }
        } finally {
            enough.set(true);
            sweeping.join();
        }
    }

    @Test
    void bytes_stay_for_longer_than_whoever_stored_them_may_take_to_refer_to_them() {
        assertThatThrownBy(() -> new BlobProperties(
                        BlobProperties.Store.FILE, null, Duration.ofSeconds(299), Duration.ofDays(1)))
                .hasMessageContaining("yardmaster.blobs.keep-unused must be 5m at least");
        assertThat(new BlobProperties(BlobProperties.Store.FILE, null, Duration.ofMinutes(5), Duration.ofDays(1))
                        .referWithin())
                .isEqualTo(Duration.ofMinutes(1));
        assertThat(new BlobProperties(BlobProperties.Store.FILE, null, Duration.ofHours(10), Duration.ofDays(1))
                        .referWithin())
                .isEqualTo(Duration.ofHours(2));
    }

    @Test
    void a_sweep_leaves_what_is_referred_to_and_what_is_no_blob() throws IOException {
        Blob needed = put(BYTES);
        List<Blob> unused = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            unused.add(put(("unused " + i).getBytes(StandardCharsets.UTF_8)));
        }
        Path stranger =
                Files.writeString(Files.createDirectories(root.resolve("ab")).resolve("not-a-blob"), "x");
        grow(file(needed));
        grow(stranger);
        for (Blob blob : unused) {
            grow(file(blob));
        }

        sweeper(store, Set.of(needed.sha256())).sweep();

        assertThat(read(needed.sha256())).isEqualTo(BYTES);
        assertThat(unused).allSatisfy(blob -> assertThat(file(blob)).doesNotExist());
        assertThat(stranger).exists();
    }

    private static UnusedBlobs sweeper(SweptBlobStore store, Set<Sha256> needed) {
        return sweeper(store, blobs -> needed);
    }

    private static UnusedBlobs sweeper(SweptBlobStore store, BlobReferences references) {
        StaticListableBeanFactory beans = new StaticListableBeanFactory();
        beans.addBean("references", references);
        return new UnusedBlobs(
                store,
                beans.getBeanProvider(BlobReferences.class),
                new BlobProperties(BlobProperties.Store.FILE, null, Duration.ofHours(1), Duration.ofDays(1)));
    }

    private static void uncheckedPut(BlobStore store) {
        try {
            store.put(new ByteArrayInputStream(BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a file as if an hour had gone by, and a little more. */
    private static void grow(Path file) throws IOException {
        Files.setLastModifiedTime(
                file, FileTime.from(Files.getLastModifiedTime(file).toInstant().minusSeconds(3_660)));
    }

    private void storeOrKeep(Blob blob, boolean keep) throws IOException {
        if (keep) {
            try {
                store.keep(List.of(blob.sha256()));
                return;
            } catch (NoSuchFileException e) {
                // It is gone, and has to be stored again.
            }
        }
        put(BYTES);
    }

    private static void growIfThere(Path file) {
        try {
            grow(file);
        } catch (IOException e) {
            // It is not there.
        }
    }

    private Path file(Blob blob) {
        String hex = blob.sha256().hex();
        return root.resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    private Path aside(Blob blob) {
        return root.resolve("unused").resolve(blob.sha256().hex());
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
