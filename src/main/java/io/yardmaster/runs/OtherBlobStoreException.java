package io.yardmaster.runs;

import java.nio.file.Path;

/** The other servers of the database keep their bytes elsewhere. */
final class OtherBlobStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    OtherBlobStoreException(Path folder) {
        super("Another server of this database is running, and it keeps job versions and artifacts in another store"
                + " than "
                + folder + ".");
    }
}
