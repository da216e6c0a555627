package io.yardmaster.runs;

import io.yardmaster.kernel.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * The workspace of a run that waits, where any server finds it.
 *
 * @param archive in the blob store; null: there was nothing in it
 */
public record KeptWorkspace(@Nullable Sha256 archive) {

    private static final String EMPTY = "empty";

    /** As it is stored. */
    String text() {
        return archive == null ? EMPTY : archive.hex();
    }

    /** Reads what {@link #text} wrote. */
    static @Nullable KeptWorkspace of(@Nullable String text) {
        return text == null ? null : new KeptWorkspace(text.equals(EMPTY) ? null : new Sha256(text));
    }
}
