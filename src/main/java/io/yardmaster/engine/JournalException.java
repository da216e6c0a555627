package io.yardmaster.engine;

/** What a run did could not be stored, though the database answers. */
final class JournalException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    JournalException(Throwable cause) {
        super(cause);
    }
}
