package io.yardmaster.events;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The newest pieces of one run's log, held in memory while somebody reads along. A reader who is close to the end takes
 * them from here; one who is not, reads the stored log until he is.
 */
final class RunFeed {

    private static final int CAPACITY = 2048;
    private static final long MAX_WEIGHT = 8_000_000;

    /** Pieces a reader takes at once. */
    private static final int A_BATCH = 256;

    private final Bell bell = new Bell();
    private final ArrayDeque<Piece> newest = new ArrayDeque<>();
    private long end;
    private long weight;

    /** Rings when something was published, or when all readers should look up for another reason. */
    Bell bell() {
        return bell;
    }

    void publish(List<LogEntry> committed) {
        synchronized (newest) {
            for (LogEntry entry : committed) {
                if (entry.firstSeq() > end) {
                    if (entry.firstSeq() != end + 1) {
                        // Something was committed that nobody told us: readers find it in the stored log.
                        newest.clear();
                        weight = 0;
                    }
                    Piece piece = Piece.forAll(entry);
                    newest.add(piece);
                    weight += piece.weight();
                    end = entry.lastSeq();
                }
            }
            while (newest.size() > CAPACITY || (weight > MAX_WEIGHT && newest.size() > 1)) {
                weight -= newest.removeFirst().weight();
            }
        }
        bell.ring();
    }

    /** What follows {@code seq} here; empty where the reader has to look into the stored log. */
    Optional<Batch> after(long seq) {
        synchronized (newest) {
            if (end <= seq) {
                return Optional.of(new Batch(List.of(), seq));
            }
            if (newest.getFirst().entry().firstSeq() > seq + 1) {
                return Optional.empty();
            }
            List<Piece> found = new ArrayList<>();
            for (Piece piece : newest) {
                if (piece.entry().lastSeq() > seq && found.size() < A_BATCH) {
                    found.add(piece);
                }
            }
            return Optional.of(new Batch(found, found.getLast().entry().lastSeq()));
        }
    }
}
