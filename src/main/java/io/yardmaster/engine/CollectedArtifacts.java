package io.yardmaster.engine;

import io.yardmaster.artifacts.Artifact;
import io.yardmaster.artifacts.Artifacts;
import io.yardmaster.artifacts.KeyMode;
import io.yardmaster.executors.ArtifactFile;
import io.yardmaster.jobs.ArtifactKey;
import io.yardmaster.jobs.ArtifactRule;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.problems.ProblemType;
import io.yardmaster.runs.RunLease;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Takes the files that a step leaves behind: those it put into its artifacts folder and those its job declares. */
@Component
class CollectedArtifacts {

    private static final int MAX_FILES = 1_000;
    private static final String MISSING = "artifact-missing";

    private final Artifacts artifacts;

    CollectedArtifacts(Artifacts artifacts) {
        this.artifacts = artifacts;
    }

    /** Makes stored artifacts known, in the current transaction. */
    void record(List<Artifact> stored) {
        artifacts.record(stored);
    }

    /**
     * Collects what one attempt leaves.
     *
     * @param stored gets what is stored, also where another one cannot be
     */
    Collecting collecting(RunContext context, StepDefinition.Run step, ArtifactKeyTexts keys, List<Artifact> stored) {
        return new Collecting(context, step, keys, stored);
    }

    /** Stores the files of one attempt, under names and keys without secrets. */
    final class Collecting {

        private final RunContext context;
        private final StepDefinition.Run step;
        private final ArtifactKeyTexts texts;
        private final List<Artifact> stored;
        private final Set<String> keys = new HashSet<>();

        private Collecting(RunContext context, StepDefinition.Run step, ArtifactKeyTexts texts, List<Artifact> stored) {
            this.context = context;
            this.step = step;
            this.texts = texts;
            this.stored = stored;
        }

        /**
         * Stores the files of the artifacts folder.
         *
         * @throws ArtifactRuleException where one would get a key that is none, or is another's
         */
        void fromFolder(List<ArtifactFile> files) throws IOException {
            for (ArtifactFile file : files) {
                String name = context.mask().mask(file.name());
                store(name, name, step.defaultKey(), file.path());
            }
        }

        /**
         * Stores the files of the workspace that the job declares.
         *
         * @throws ArtifactRuleException where a rule matches nothing, or too much
         */
        void declared(Path workspace) throws IOException {
            for (ArtifactRule rule : step.artifacts()) {
                List<Path> matches = matches(workspace, rule.path());
                if (matches.isEmpty()) {
                    throw new ArtifactRuleException(
                            MISSING, "No file of the workspace matches the declared artifact " + rule.path() + ".");
                }
                if (matches.size() > MAX_FILES) {
                    throw new ArtifactRuleException(
                            MISSING,
                            "More than " + MAX_FILES + " files of the workspace match the declared artifact "
                                    + rule.path() + "; pack them into one.");
                }
                for (Path match : matches) {
                    String path =
                            context.mask().mask(workspace.relativize(match).toString());
                    String name = rule.name() != null && matches.size() == 1 ? rule.name() : path;
                    store(name, path, rule.key(), match);
                }
            }
        }

        private void store(String name, String path, @Nullable ArtifactKey key, Path file) throws IOException {
            RunLease lease = context.run().lease();
            stored.add(artifacts.store(
                    lease.runId(),
                    lease.tenant(),
                    step.id(),
                    name,
                    path,
                    key == null ? null : key(name, key),
                    key == null ? null : key.mutable() ? KeyMode.MUTABLE : KeyMode.IMMUTABLE,
                    file));
        }

        private String key(String name, ArtifactKey key) {
            String text = context.mask()
                    .mask(ArtifactKey.filled(
                            texts.of(key),
                            Map.of(
                                    "run_id", context.runId().toString(),
                                    "job_id", context.run().jobId().toString(),
                                    "step_id", step.id(),
                                    "name", name)));
            Artifacts.faultOfKey(text).ifPresent(fault -> {
                throw new ArtifactRuleException(
                        "artifact-key-invalid", "The key of the artifact " + name + " " + fault + ".");
            });
            if (!keys.add(text) && !key.mutable()) {
                throw new ArtifactRuleException(
                        ProblemType.ARTIFACT_KEY_TAKEN.slug(),
                        "The step left two artifacts for the immutable key " + text
                                + "; write {name} into the key, or leave one.");
            }
            return text;
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

    /** A step did not leave what its job declares, or not as it does. */
    static final class ArtifactRuleException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final String code;

        ArtifactRuleException(String code, String message) {
            super(message);
            this.code = code;
        }

        String code() {
            return code;
        }
    }
}
