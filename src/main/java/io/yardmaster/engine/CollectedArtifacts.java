package io.yardmaster.engine;

import io.yardmaster.artifacts.Artifact;
import io.yardmaster.artifacts.Artifacts;
import io.yardmaster.executors.ArtifactFile;
import io.yardmaster.jobs.ArtifactRule;
import io.yardmaster.runs.RunLease;
import io.yardmaster.secrets.SecretMask;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.springframework.stereotype.Component;

/** Takes the files that a step leaves behind: those it put into its artifacts folder and those its job declares. */
@Component
class CollectedArtifacts {

    private static final int MAX_FILES = 1_000;

    private final Artifacts artifacts;

    CollectedArtifacts(Artifacts artifacts) {
        this.artifacts = artifacts;
    }

    /** Makes stored artifacts known, in the current transaction. */
    void record(List<Artifact> stored) {
        artifacts.record(stored);
    }

    /**
     * Stores the files of the artifacts folder, under names without secrets.
     *
     * @param stored gets what is stored, also where another one cannot be
     */
    void fromFolder(RunLease lease, String stepId, List<ArtifactFile> files, SecretMask mask, List<Artifact> stored)
            throws IOException {
        for (ArtifactFile file : files) {
            String name = mask.mask(file.name());
            stored.add(artifacts.store(lease.runId(), lease.tenant(), stepId, name, name, file.path()));
        }
    }

    /**
     * Stores the files of the workspace that the job declares, under names without secrets.
     *
     * @param stored gets what is stored, also where another one cannot be
     * @throws ArtifactRuleException where a rule matches nothing, or too much
     */
    void declared(
            RunLease lease,
            String stepId,
            List<ArtifactRule> rules,
            Path workspace,
            SecretMask mask,
            List<Artifact> stored)
            throws IOException {
        for (ArtifactRule rule : rules) {
            List<Path> matches = matches(workspace, rule.path());
            if (matches.isEmpty()) {
                throw new ArtifactRuleException(
                        "No file of the workspace matches the declared artifact " + rule.path() + ".");
            }
            if (matches.size() > MAX_FILES) {
                throw new ArtifactRuleException("More than " + MAX_FILES
                        + " files of the workspace match the declared artifact " + rule.path()
                        + "; pack them into one.");
            }
            for (Path match : matches) {
                String path = mask.mask(workspace.relativize(match).toString());
                String name = rule.name() != null && matches.size() == 1 ? rule.name() : path;
                stored.add(artifacts.store(lease.runId(), lease.tenant(), stepId, name, path, match));
            }
        }
    }

    /** Ordinary files only, without following links: a link could lead to any file the server can read. */
    private static List<Path> matches(Path workspace, String glob) throws IOException {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(workspace, new SimpleFileVisitor<Path>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && matcher.matches(workspace.relativize(file))) {
                    found.add(file);
                }
                return found.size() <= MAX_FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE;
            }
        });
        found.sort(null);
        return found;
    }

    /** A step did not leave what its job declares. */
    static final class ArtifactRuleException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        ArtifactRuleException(String message) {
            super(message);
        }
    }
}
