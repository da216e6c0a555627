package io.yardmaster.engine;

import io.yardmaster.jobs.ArtifactKey;
import io.yardmaster.jobs.ExpressionScope;
import io.yardmaster.jobs.StepDefinition;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The keys of a step's artifacts with their templates expanded: by what was known when the attempt began. */
record ArtifactKeyTexts(Map<ArtifactKey, String> texts) {

    static final ArtifactKeyTexts NONE = new ArtifactKeyTexts(Map.of());

    /** @throws io.yardmaster.jobs.ExpressionException where a template has no value */
    static ArtifactKeyTexts of(StepDefinition.Run step, ExpressionScope scope) {
        Map<ArtifactKey, String> texts = new HashMap<>();
        Stream.concat(
                        Stream.ofNullable(step.defaultKey()),
                        step.artifacts().stream().flatMap(rule -> Stream.ofNullable(rule.key())))
                .forEach(key -> texts.computeIfAbsent(key, it -> it.text().expandText(scope)));
        return new ArtifactKeyTexts(texts);
    }

    String of(ArtifactKey key) {
        return Objects.requireNonNull(texts.get(key));
    }
}
