package io.yardmaster.executors;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Lists {@code $YM_ARTIFACTS}: ordinary files beneath it; links and devices are passed over. */
final class StepArtifacts {

    private static final String VARIABLE = "$YM_ARTIFACTS";
    private static final int MAX_FILES = 1_000;

    private StepArtifacts() {}

    static List<ArtifactFile> list(Path folder, List<String> faults) {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                faults.add(VARIABLE + " is not a folder any more.");
            }
            return List.of();
        }
        List<ArtifactFile> files = new ArrayList<>();
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<Path>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (!attributes.isRegularFile()) {
                        return FileVisitResult.CONTINUE;
                    }
                    if (files.size() == MAX_FILES) {
                        faults.add(VARIABLE + " holds more than " + MAX_FILES + " files.");
                        return FileVisitResult.TERMINATE;
                    }
                    files.add(new ArtifactFile(folder.relativize(file).toString(), file, attributes.size()));
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            faults.add(VARIABLE + " cannot be read.");
        }
        files.sort(Comparator.comparing(ArtifactFile::name));
        return files;
    }
}
