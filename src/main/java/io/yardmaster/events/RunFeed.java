package io.yardmaster.events;

import io.yardmaster.kernel.RunId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The newest pieces of one run's log, held in memory while somebody reads along. A reader who is close to the end takes
 * them from here; one who is not, reads the stored log until he is. What other servers append is read from the stored log
 * once, for all readers.
 */
final class RunFeed {

    private static final int CAPACITY = 2048;
    private static final long MAX_WEIGHT = 8_000_000;

    /** Pieces a reader takes at once. */
    private static final int A_BATCH = 256;

    private final RunId runId;
    private final Consumer<RunFeed> catchUp;
    private final Bell bell = new Bell();
    private final ArrayDeque<Piece> newest = new ArrayDeque<>();
    private long end;

    /** Whether the stored log has grown behind {@code end}, or may have. */
    private boolean behind;

    private boolean catchingUp;

    /** Whether the stored log has been removed. */
    private boolean removed;

    /**
     * Knows nothing of the run's log yet.
     *
     * @param catchUp has this feed brought up to date from the stored log, on another thread
     */
    RunFeed(RunId runId, Consumer<RunFeed> catchUp) {
        this.runId = runId;
        this.catchUp = catchUp;
    }

    RunId runId() {
        return runId;
    }

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
                    }
                    newest.add(Piece.forAll(entry));
                    end = entry.lastSeq();
                }
            }
            dropOldest();
        }
        bell.ring();
    }

    /** What has been read meanwhile takes more memory than what has not; it is also older, and goes first. */
    private void dropOldest() {
        long weight = 0;
        int kept = 0;
        for (Iterator<Piece> latest = newest.descendingIterator(); latest.hasNext() && kept < CAPACITY; kept++) {
            weight += latest.next().weight();
            if (weight > MAX_WEIGHT && kept > 0) {
                break;
            }
        }
        while (newest.size() > kept) {
            newest.removeFirst();
        }
    }

    /** A reader has read the stored log up to its end: from here on he relies on what comes in here. */
    void reached(long seq) {
        synchronized (newest) {
            if (end == 0) {
                end = seq;
            }
        }
        catchUpIfBehind();
    }

    /** Another server has appended to the log, or may have. */
    void grownElsewhere() {
        synchronized (newest) {
            behind = true;
        }
        catchUpIfBehind();
    }

    /** Where the log ends as far as it is known here; 0 where nobody has come so far. */
    long end() {
        synchronized (newest) {
            return end;
        }
    }

    /** From where to bring this feed up to date. */
    long beginCatchingUp() {
        synchronized (newest) {
            behind = false;
            return end;
        }
    }

    /** The stored log has gone: readers look there, and learn it. */
    void removed() {
        synchronized (newest) {
            removed = true;
            newest.clear();
        }
        bell.ring();
    }

    /** It is brought up to date, or could not be and is at the next occasion. */
    void endCatchingUp() {
        synchronized (newest) {
            catchingUp = false;
        }
        catchUpIfBehind();
    }

    private void catchUpIfBehind() {
        synchronized (newest) {
            // Before a reader has reached the end, each reads the stored log anyway.
            if (!behind || catchingUp || end == 0) {
                return;
            }
            catchingUp = true;
        }
        catchUp.accept(this);
    }

    /** What follows {@code seq} here; empty where the reader has to look into the stored log. */
    Optional<Batch> after(long seq) {
        synchronized (newest) {
            if (end <= seq && !removed) {
                return Optional.of(new Batch(List.of(), seq));
            }
            if (newest.isEmpty() || newest.getFirst().entry().firstSeq() > seq + 1) {
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
