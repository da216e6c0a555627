package io.yardmaster.blobs;

import io.yardmaster.kernel.Sha256;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A store that gets rid of what nothing refers to.
 *
 * <p>Any server may be about to refer to bytes that it has stored, or that were there already, and no lock of one server
 * tells another. So age decides, by the clock of the store, which is one for all: what is old and unused is set aside
 * first, where it is still found by whoever asks for it, and removed when it has lain aside for as long again. Whoever
 * stores the same bytes meanwhile, or says that they are to be kept, is safe from that on.
 */
interface SweptBlobStore extends BlobStore {

    /** What time it is for the store; its clock need not be that of any server. */
    Instant now() throws IOException;

    /** All blobs, some hundreds of them at a time. */
    Iterable<List<Sha256>> all() throws IOException;

    /**
     * Sets a blob aside, unless it was there before the servers of this database came.
     *
     * @param age what is younger stays
     * @return whether it was set aside
     */
    boolean setAside(Sha256 sha256, Instant now, Duration age) throws IOException;

    /** The blobs that lie aside for so long. */
    List<Sha256> aside(Instant now, Duration age) throws IOException;

    /** Takes a blob back that was set aside. */
    void putBack(Sha256 sha256) throws IOException;

    /** Removes a blob that lies aside for so long. Between the look and the end it can be brought back, or not. */
    void discard(Sha256 sha256, Instant now, Duration age) throws IOException;

    /** Removes what was begun so long ago and never finished, by a server that is gone. */
    void abandonUnfinished(Instant now, Duration age) throws IOException;
}
