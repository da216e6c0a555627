package io.yardmaster.jobs;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What artifacts are known by beyond their run. Besides templates the text may hold {@code {run_id}}, {@code {job_id}},
 * {@code {step_id}} and {@code {name}}, which is the artifact's own.
 *
 * @param mutable whether a second use moves the key on, instead of being refused
 */
public record ArtifactKey(Template text, boolean mutable) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}");
    private static final Pattern TEMPLATE = Pattern.compile("\\$\\{\\{.*?}}", Pattern.DOTALL);
    private static final Set<String> PLACEHOLDERS = new TreeSet<>(Set.of("run_id", "job_id", "step_id", "name"));

    /** What is wrong with such a text; empty where nothing is. */
    static Optional<String> fault(String text) {
        Matcher placeholders = PLACEHOLDER.matcher(TEMPLATE.matcher(text).replaceAll(""));
        while (placeholders.find()) {
            if (!PLACEHOLDERS.contains(placeholders.group(1))) {
                return Optional.of("'" + placeholders.group() + "' is none of {" + String.join("}, {", PLACEHOLDERS)
                        + "} and no template, which is written ${{ … }}");
            }
        }
        return Optional.empty();
    }

    /** Whether each run gets the same key for all that it leaves. */
    boolean isSameEachTime() {
        return text.isConstant()
                && !PLACEHOLDER.matcher(text.source().asString()).find();
    }

    /**
     * The key once its templates were expanded.
     *
     * @param values of the placeholders
     */
    public static String filled(String expanded, Map<String, String> values) {
        return PLACEHOLDER
                .matcher(expanded)
                .replaceAll(found -> Matcher.quoteReplacement(values.getOrDefault(found.group(1), found.group())));
    }
}
