package io.yardmaster.events;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * A position in the stream of all runs: the last entry read.
 *
 * @param system the PostgreSQL the numbers belong to; another one counts transactions differently
 * @param transaction the transaction that committed the entry
 */
public record AllRunsCursor(long system, long transaction, UUID run, long seq) {

    private static final UUID BEFORE_ALL = new UUID(0, 0);

    /** The position before everything that {@code transaction} and later ones commit. */
    static AllRunsCursor before(long system, long transaction) {
        return new AllRunsCursor(system, transaction, BEFORE_ALL, 0);
    }

    /** Reads what {@link #toString} wrote; empty for anything else. */
    public static Optional<AllRunsCursor> parse(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            if (bytes.remaining() != 40) {
                return Optional.empty();
            }
            return Optional.of(new AllRunsCursor(
                    bytes.getLong(), bytes.getLong(), new UUID(bytes.getLong(), bytes.getLong()), bytes.getLong()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Opaque to readers. */
    @Override
    public String toString() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(ByteBuffer.allocate(40)
                        .putLong(system)
                        .putLong(transaction)
                        .putLong(run.getMostSignificantBits())
                        .putLong(run.getLeastSignificantBits())
                        .putLong(seq)
                        .array());
    }
}
