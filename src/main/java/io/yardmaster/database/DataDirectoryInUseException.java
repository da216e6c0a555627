package io.yardmaster.database;

import java.nio.file.Path;

/** Another server runs on this data directory. */
final class DataDirectoryInUseException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DataDirectoryInUseException(Path path) {
        super("Another Yardmaster server is running on the data directory " + path + ".");
    }
}
