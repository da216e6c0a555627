package io.yardmaster.blobs;

import io.yardmaster.blobs.Bucket.Item;
import io.yardmaster.kernel.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps blobs as objects of a bucket.
 *
 * <p>An object store moves nothing and locks nothing, and a request to delete may arrive long after it was sent. So an object
 * is never the same one twice: its key is the digest and a random part, {@code blobs/<digest>/<copy>}. To set a copy aside
 * is to put an empty object {@code unused/<digest>/<copy>} beside it, of which the time counts. Whoever stores the same
 * bytes relies on a copy that is not set aside, which can be gone no earlier than such a mark has grown old; where there is
 * none, he makes a new copy, which no one can have been about to remove.
 */
final class S3BlobStore implements SweptBlobStore, AutoCloseable {

    private static final String ID = "store.id";
    private static final String BLOBS = "blobs/";
    private static final String UNUSED = "unused/";
    private static final Pattern KEY = Pattern.compile("(?:blobs|unused)/([0-9a-f]{64})/([0-9a-f-]{36})");
    private static final int LOOKS = 5;

    private final Bucket bucket;
    private final Path incoming;
    private final UUID host;

    /**
     * A store in a bucket.
     *
     * @param incoming a folder of this server alone, with room for the blobs that it is about to store
     */
    S3BlobStore(Bucket bucket, Path incoming, UUID host) {
        this.bucket = bucket;
        this.incoming = incoming;
        this.host = host;
    }

    @Override
    public BlobWriter open(long maxSize) throws IOException {
        return new BlobWriter(incoming.resolve(UUID.randomUUID().toString()), maxSize, this::adopt);
    }

    private void adopt(FileChannel channel, Path file, Blob blob) throws IOException {
        channel.close();
        if (!isSafe(blob.sha256())) {
            bucket.put(fresh(blob.sha256()), file, blob.size());
        }
    }

    /** Whether there is a copy that nobody is about to remove. The marks first: a copy goes before its mark does. */
    private boolean isSafe(Sha256 sha256) throws IOException {
        Set<String> marked = marked(sha256);
        return copies(sha256).stream().anyMatch(copy -> !marked.contains(copyOf(copy)));
    }

    private static String fresh(Sha256 sha256) {
        return BLOBS + sha256.hex() + "/" + UUID.randomUUID();
    }

    private List<Item> copies(Sha256 sha256) throws IOException {
        return bucket.list(BLOBS + sha256.hex() + "/");
    }

    private Set<String> marked(Sha256 sha256) throws IOException {
        return bucket.list(UNUSED + sha256.hex() + "/").stream()
                .map(S3BlobStore::copyOf)
                .collect(Collectors.toSet());
    }

    private static String copyOf(Item item) {
        return item.key().substring(item.key().lastIndexOf('/') + 1);
    }

    private Optional<Item> newest(Sha256 sha256) throws IOException {
        return copies(sha256).stream().max(Comparator.comparing(Item::changed));
    }

    @Override
    public InputStream open(Sha256 sha256) throws IOException {
        return open(sha256, 0, null);
    }

    @Override
    public InputStream open(Sha256 sha256, long from, long length) throws IOException {
        return open(sha256, from, Long.valueOf(from + length));
    }

    private InputStream open(Sha256 sha256, long from, @Nullable Long end) throws IOException {
        for (int look = 0; look < LOOKS; look++) {
            Item copy = newest(sha256).orElseThrow(() -> missing(sha256));
            long last = end == null ? copy.size() : end;
            if (from == last) {
                return InputStream.nullInputStream();
            }
            try {
                return new ObjectStream(bucket, copy.key(), from, last);
            } catch (NoSuchFileException e) {
                // Removed just now; there is another copy, or none.
            }
        }
        throw missing(sha256);
    }

    private static NoSuchFileException missing(Sha256 sha256) {
        return new NoSuchFileException(sha256.toString(), null, "there is no such blob");
    }

    @Override
    public Optional<Long> size(Sha256 sha256) throws IOException {
        return newest(sha256).map(Item::size);
    }

    @Override
    public void keep(Collection<Sha256> blobs) throws IOException {
        for (Sha256 blob : blobs) {
            if (!isSafe(blob)) {
                Item copy = newest(blob)
                        .orElseThrow(() ->
                                new NoSuchFileException(blob.toString(), null, "nothing referred to it for too long"));
                bucket.copy(copy, fresh(blob));
            }
        }
    }

    // ---- What nothing refers to

    @Override
    public boolean setAside(Sha256 sha256, Instant now, Duration age) throws IOException {
        Instant named = named();
        Set<String> marked = marked(sha256);
        boolean any = false;
        for (Item copy : copies(sha256)) {
            boolean isFromBefore = named != null && copy.changed().isBefore(named);
            if (!isYounger(copy, now, age) && !isFromBefore && !marked.contains(copyOf(copy))) {
                bucket.put(UNUSED + sha256.hex() + "/" + copyOf(copy), "");
                any = true;
            }
        }
        return any;
    }

    private @Nullable Instant named() throws IOException {
        return bucket.list(ID).stream().map(Item::changed).findFirst().orElse(null);
    }

    private static boolean isYounger(Item item, Instant now, Duration age) {
        return item.changed().plus(age).isAfter(now);
    }

    @Override
    public void putBack(Sha256 sha256) throws IOException {
        for (Item mark : bucket.list(UNUSED + sha256.hex() + "/")) {
            bucket.delete(mark.key());
        }
    }

    @Override
    public List<Sha256> aside(Instant now, Duration age) throws IOException {
        return bucket.list(UNUSED).stream()
                .filter(mark -> !isYounger(mark, now, age))
                .flatMap(mark -> blobOf(mark).stream())
                .distinct()
                .toList();
    }

    @Override
    public void discard(Sha256 sha256, Instant now, Duration age) throws IOException {
        for (Item mark : bucket.list(UNUSED + sha256.hex() + "/")) {
            if (!isYounger(mark, now, age)) {
                bucket.delete(BLOBS + sha256.hex() + "/" + copyOf(mark));
                bucket.delete(mark.key());
            }
        }
    }

    @Override
    public Instant now() throws IOException {
        String probe = "probe/" + host;
        bucket.put(probe, "");
        return bucket.list(probe).stream()
                .map(Item::changed)
                .findFirst()
                .orElseThrow(() -> new IOException("The object store has lost what was stored a moment ago."));
    }

    @Override
    public Iterable<List<Sha256>> all() throws IOException {
        Iterator<List<Item>> pages = bucket.pages(BLOBS);
        return () -> new Iterator<>() {

            @Override
            public boolean hasNext() {
                return pages.hasNext();
            }

            @Override
            public List<Sha256> next() {
                return pages.next().stream()
                        .flatMap(item -> blobOf(item).stream())
                        .distinct()
                        .toList();
            }
        };
    }

    private static Optional<Sha256> blobOf(Item item) {
        Matcher key = KEY.matcher(item.key());
        return key.matches() ? Optional.of(new Sha256(key.group(1))) : Optional.empty();
    }

    @Override
    public void abandonUnfinished(Instant now, Duration age) throws IOException {
        bucket.abandon(BLOBS, now.minus(age));
    }

    // ---- Which store it is

    @Override
    public String place() {
        return bucket.place();
    }

    @Override
    public Optional<UUID> id() throws IOException {
        try {
            return Optional.of(UUID.fromString(bucket.read(ID).strip()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void name(UUID id) throws IOException {
        bucket.put(ID, id + "\n");
    }

    @Override
    public void close() {
        bucket.close();
    }
}
