package io.yardmaster.jobs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads which files a step leaves behind, and under which keys they are found. */
final class ArtifactReader {

    private static final String MUTABLE = "mutable";
    private static final List<String> MODES = List.of("immutable", MUTABLE);

    private final @Nullable ArtifactKey defaultKey;
    private final boolean mutableKeys;

    private ArtifactReader(@Nullable ArtifactKey defaultKey, boolean mutableKeys) {
        this.defaultKey = defaultKey;
        this.mutableKeys = mutableKeys;
    }

    /** @param job what it says of the artifacts of all its steps, if anything */
    static ArtifactReader of(ConfigNode job, ExpressionCompiler compiler) {
        if (!job.json().isObject()) {
            return new ArtifactReader(null, false);
        }
        job.allow(Set.of("mode", "default_key_pattern"));
        boolean mutable = MUTABLE.equals(job.at("mode").word(MODES));
        ArtifactKey key = key(job.at("default_key_pattern"), compiler)
                .map(text -> new ArtifactKey(text, mutable))
                .orElse(null);
        if (key != null && !mutable && key.isSameEachTime()) {
            job.at("default_key_pattern")
                    .warning("is the same for each run, and only the first could use it; add {run_id}, or write"
                            + " mode: mutable");
        }
        return new ArtifactReader(key, mutable);
    }

    /** The key of artifacts that name none; null: they have none. */
    @Nullable
    ArtifactKey defaultKey() {
        return defaultKey;
    }

    List<ArtifactRule> read(ConfigNode node, ExpressionCompiler compiler) {
        List<ArtifactRule> rules = new ArrayList<>();
        for (ConfigNode element : node.elements()) {
            element.allow(Set.of("path", "name", "key", "mode"));
            ArtifactKey key = artifactKey(element, compiler);
            ConfigNode pathNode = element.at("path");
            String path = pathNode.plainText(1_000);
            String name = element.at("name").plainText(200);
            if (!pathNode.isPresent() && element.isObject()) {
                element.error("has no path");
            }
            if (name != null && (name.contains("/") || name.startsWith("."))) {
                element.at("name").error("a name holds no '/' and does not begin with '.'");
            }
            if (path == null) {
                continue;
            }
            if (path.startsWith("/") || List.of(path.split("/", -1)).contains("..")) {
                pathNode.error("is beneath the workspace: relative, without '..'");
            } else {
                rules.add(new ArtifactRule(path.startsWith("./") ? path.substring(2) : path, name, key));
            }
        }
        return rules;
    }

    private @Nullable ArtifactKey artifactKey(ConfigNode rule, ExpressionCompiler compiler) {
        String mode = rule.at("mode").word(MODES);
        Template text = key(rule.at("key"), compiler).orElse(null);
        if (text != null) {
            return new ArtifactKey(text, mode == null ? mutableKeys : mode.equals(MUTABLE));
        }
        ArtifactKey otherwise = rule.at("key").isPresent() ? null : defaultKey;
        if (mode != null && otherwise == null && !rule.at("key").isPresent()) {
            rule.at("mode").warning("has no effect without a key");
        }
        return otherwise == null || mode == null ? otherwise : new ArtifactKey(otherwise.text(), mode.equals(MUTABLE));
    }

    private static Optional<Template> key(ConfigNode node, ExpressionCompiler compiler) {
        String text = node.text(500);
        Optional<String> fault = text == null ? Optional.empty() : ArtifactKey.fault(text);
        fault.ifPresent(node::error);
        return text == null || fault.isPresent() ? Optional.empty() : node.template(compiler);
    }
}
