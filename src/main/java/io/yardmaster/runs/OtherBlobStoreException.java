package io.yardmaster.runs;

/** The other servers of the database keep their bytes elsewhere. */
final class OtherBlobStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    OtherBlobStoreException(String place) {
        super("Another server of this database is running, and it keeps job versions and artifacts in another store"
                + " than "
                + place + ".");
    }
}
