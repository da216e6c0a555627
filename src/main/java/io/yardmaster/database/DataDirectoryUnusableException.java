package io.yardmaster.database;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** The data directory cannot be made, read or written. */
final class DataDirectoryUnusableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DataDirectoryUnusableException(Path path, IOException cause) {
        super("The data directory " + path + " cannot be used: " + reason(cause) + ".", cause);
    }

    private static String reason(IOException cause) {
        if (cause instanceof AccessDeniedException denied) {
            return "no permission for " + denied.getFile();
        }
        if (cause instanceof FileSystemException failed && failed.getReason() != null) {
            return failed.getFile() + ": " + failed.getReason();
        }
        return String.valueOf(cause.getMessage());
    }
}
