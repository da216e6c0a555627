package io.yardmaster.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.kernel.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

/** What every store of blobs does, whatever it keeps them in. */
abstract class BlobStoreContract {

    /** How long what nothing refers to stays, and then lies aside. */
    private static final Duration KEPT = Duration.ofHours(1);

    /** When the sweeper comes: before anything has grown old, when it has, and when it has lain aside for long too. */
    private static final Duration AT_ONCE = Duration.ZERO;

    private static final Duration LATER = Duration.ofHours(2);
    private static final Duration MUCH_LATER = Duration.ofHours(4);

    private static final byte[] BYTES = "some bytes\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);

    private SweptBlobStore store;

    /** Opens the store of the current test, as one more server does that shares it. */
    abstract SweptBlobStore open() throws IOException;

    @BeforeEach
    void openIt() throws IOException {
        store = open();
    }

    @Test
    void what_was_put_is_read_again_under_its_digest() throws IOException {
        Blob blob = put(BYTES);

        assertThat(blob).isEqualTo(new Blob(Sha256.of(BYTES), BYTES.length));
        assertThat(read(blob)).isEqualTo(BYTES);
        assertThat(store.size(blob.sha256())).contains((long) BYTES.length);
        assertThat(open().size(blob.sha256())).contains((long) BYTES.length);
    }

    @Test
    void a_blob_may_be_empty() throws IOException {
        Blob blob = put(new byte[0]);

        assertThat(read(blob)).isEmpty();
        assertThat(part(blob, 0, 0)).isEmpty();
    }

    @Test
    void any_part_can_be_read() throws IOException {
        Blob blob = put(BYTES);

        assertThat(part(blob, 0, 5)).isEqualTo(Arrays.copyOfRange(BYTES, 0, 5));
        assertThat(part(blob, 123_456, 50_000)).isEqualTo(Arrays.copyOfRange(BYTES, 123_456, 173_456));
        assertThat(part(blob, BYTES.length - 1L, 1)).containsExactly('\n');
        assertThat(part(blob, BYTES.length, 0)).isEmpty();
    }

    @Test
    void a_reader_may_stop_in_the_middle() throws IOException {
        Blob blob = put(BYTES);
        for (int i = 0; i < 20; i++) {
            try (InputStream in = store.open(blob.sha256())) {
                assertThat(in.read()).isEqualTo('s');
            }
        }
        assertThat(read(blob)).isEqualTo(BYTES);
    }

    @Test
    void a_blob_that_was_not_committed_was_never_there() throws IOException {
        try (BlobWriter writer = store.open()) {
            writer.write(BYTES);
        }

        assertThat(store.size(Sha256.of(BYTES))).isEmpty();
    }

    @Test
    void what_is_too_large_is_not_stored() throws IOException {
        assertThatThrownBy(() -> store.put(new ByteArrayInputStream(BYTES), BYTES.length - 1L))
                .isInstanceOf(BlobTooLargeException.class);
        assertThat(store.size(Sha256.of(BYTES))).isEmpty();
        assertThat(store.put(new ByteArrayInputStream(BYTES), BYTES.length).size())
                .isEqualTo(BYTES.length);
    }

    @Test
    void what_is_not_there_cannot_be_read() {
        assertThatThrownBy(() -> store.open(Sha256.of(BYTES))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> store.open(Sha256.of(BYTES), 5, 5)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void a_store_is_known_by_the_id_that_it_was_given() throws IOException {
        assertThat(store.id()).isEmpty();
        UUID id = UUID.randomUUID();
        store.name(id);

        assertThat(store.id()).contains(id);
        assertThat(open().id()).contains(id);
    }

    @Test
    void what_nothing_refers_to_goes_in_two_steps_and_only_when_it_has_grown_old_twice() throws IOException {
        Blob blob = put(BYTES);

        sweeper(Set.of(), AT_ONCE).sweep();
        assertThat(aside()).isEmpty();
        sweeper(Set.of(), LATER).sweep();
        assertThat(aside()).containsExactly(blob.sha256());

        sweeper(Set.of(), AT_ONCE).removeSetAside();
        assertThat(aside()).containsExactly(blob.sha256());
        sweeper(Set.of(), MUCH_LATER).removeSetAside();
        assertThat(aside()).isEmpty();
        assertThat(store.size(blob.sha256())).isEmpty();
    }

    @Test
    void what_lies_aside_can_be_read() throws IOException {
        Blob blob = put(BYTES);
        sweeper(Set.of(), LATER).sweep();

        assertThat(read(blob)).isEqualTo(BYTES);
    }

    @Test
    void what_is_stored_again_after_it_was_set_aside_stays() throws IOException {
        Blob blob = put(BYTES);
        sweeper(Set.of(), LATER).sweep();

        open().put(new ByteArrayInputStream(BYTES));
        sweeper(Set.of(), MUCH_LATER).removeSetAside();

        assertThat(read(blob)).isEqualTo(BYTES);
    }

    @Test
    void what_somebody_is_about_to_refer_to_after_it_was_set_aside_stays() throws IOException {
        Blob blob = put(BYTES);
        sweeper(Set.of(), LATER).sweep();

        open().keep(List.of(blob.sha256()));
        sweeper(Set.of(), MUCH_LATER).removeSetAside();

        assertThat(read(blob)).isEqualTo(BYTES);
    }

    @Test
    void who_comes_too_late_to_refer_to_bytes_is_told() throws IOException {
        Blob blob = put(BYTES);
        sweeper(Set.of(), LATER).sweep();
        sweeper(Set.of(), MUCH_LATER).removeSetAside();

        assertThatThrownBy(() -> store.keep(List.of(blob.sha256()))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void what_was_set_aside_by_mistake_comes_back() throws IOException {
        Blob blob = put(BYTES);
        sweeper(Set.of(), LATER).sweep();

        sweeper(Set.of(blob.sha256()), MUCH_LATER).removeSetAside();

        assertThat(aside()).isEmpty();
        assertThat(read(blob)).isEqualTo(BYTES);
    }

    @Test
    void what_was_there_before_the_store_was_given_to_a_database_stays() throws IOException {
        Blob before = put(BYTES);
        // Some stores know seconds only.
        Instant next = store.now().plusMillis(1_100);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(100))
                .until(() -> store.now().isAfter(next));
        store.name(UUID.randomUUID());
        Awaitility.await()
                .pollInterval(Duration.ofMillis(100))
                .until(() -> store.now().isAfter(next.plusMillis(1_100)));
        Blob after = put("others".getBytes(StandardCharsets.UTF_8));

        sweeper(Set.of(), LATER).sweep();

        assertThat(aside()).containsExactly(after.sha256());
        assertThat(read(before)).isEqualTo(BYTES);
    }

    @Test
    void a_sweep_leaves_what_is_referred_to() throws IOException {
        Blob needed = put(BYTES);
        List<Sha256> unused = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            unused.add(put(("unused " + i).getBytes(StandardCharsets.UTF_8)).sha256());
        }

        sweeper(Set.of(needed.sha256()), LATER).sweep();

        assertThat(aside()).containsExactlyInAnyOrderElementsOf(unused);
        sweeper(Set.of(needed.sha256()), MUCH_LATER).removeSetAside();
        assertThat(read(needed)).isEqualTo(BYTES);
        assertThat(aside()).isEmpty();
    }

    @Test
    void servers_that_store_and_sweep_at_the_same_time_lose_nothing_that_was_stored() throws Exception {
        SweptBlobStore other = open();
        AtomicBoolean enough = new AtomicBoolean();
        Blob blob = put(BYTES);
        // It takes everything for old and unused; what lies aside it removes only when that has grown old, too.
        Thread sweeping = Thread.ofPlatform().start(() -> {
            while (!enough.get()) {
                sweeper(other, Set.of(), LATER).sweep();
                sweeper(other, Set.of(), AT_ONCE).removeSetAside();
            }
        });
        try {
            for (int i = 0; i < 30; i++) {
                put(BYTES);
                assertThat(store.size(blob.sha256())).contains((long) BYTES.length);
                store.keep(List.of(blob.sha256()));
            }
        } finally {
            enough.set(true);
            sweeping.join();
        }
        assertThat(read(blob)).isEqualTo(BYTES);
    }

    private List<Sha256> aside() throws IOException {
        return store.aside(store.now().plus(MUCH_LATER), KEPT);
    }

    private UnusedBlobs sweeper(Set<Sha256> needed, Duration from) {
        return sweeper(store, needed, from);
    }

    /** One for whom it is that much later. */
    private static UnusedBlobs sweeper(SweptBlobStore store, Set<Sha256> needed, Duration from) {
        StaticListableBeanFactory beans = new StaticListableBeanFactory();
        beans.addBean("references", (BlobReferences) _ -> needed);
        return new UnusedBlobs(
                later(store, from),
                beans.getBeanProvider(BlobReferences.class),
                new BlobProperties(BlobProperties.Store.FILE, null, KEPT, Duration.ofDays(1)));
    }

    private static SweptBlobStore later(SweptBlobStore store, Duration from) {
        return (SweptBlobStore) Proxy.newProxyInstance(
                SweptBlobStore.class.getClassLoader(),
                new Class<?>[] {SweptBlobStore.class},
                (_, method, arguments) -> {
                    try {
                        Object answer = method.invoke(store, arguments);
                        return method.getName().equals("now") ? ((Instant) answer).plus(from) : answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private Blob put(byte[] bytes) throws IOException {
        return store.put(new ByteArrayInputStream(bytes));
    }

    private byte[] read(Blob blob) throws IOException {
        try (InputStream in = store.openChecked(blob.sha256())) {
            return in.readAllBytes();
        }
    }

    private byte[] part(Blob blob, long from, long length) throws IOException {
        try (InputStream in = store.open(blob.sha256(), from, length)) {
            return in.readAllBytes();
        }
    }
}
