package io.yardmaster.blobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a server writes bytes before they are a blob. */
final class IncomingFiles {

    private IncomingFiles() {}

    /** Makes the folder, and removes what its owner left half written when it was killed. */
    static Path folder(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (var leftovers = Files.list(folder)) {
            for (Path leftover : leftovers.toList()) {
                Files.deleteIfExists(leftover);
            }
        }
        return folder;
    }
}
