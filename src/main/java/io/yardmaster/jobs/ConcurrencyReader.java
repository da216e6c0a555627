package io.yardmaster.jobs;

import java.util.Arrays;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads how many runs of a job, or of some jobs, may be under way at once. */
final class ConcurrencyReader {

    private static final Pattern RUN_ID = Pattern.compile("\\brun\\s*(\\.\\s*id\\b|\\[)");

    private ConcurrencyReader() {}

    /** Null where there is nothing of it, or something with errors. */
    static @Nullable Concurrency read(ConfigNode node, ExpressionContext context) {
        if (!node.isObject()) {
            return null;
        }
        node.allow(Set.of("key", "limit", "on_conflict"));
        int limit = node.at("limit").integer(1, 1, 10_000);
        OnConflict onConflict = node.at("on_conflict")
                .choice(
                        OnConflict::of,
                        Arrays.stream(OnConflict.values())
                                .map(OnConflict::label)
                                .toList());
        ConfigNode key = node.at("key");
        if (!key.isPresent()) {
            node.error("has no key");
            return null;
        }
        String text = key.text(1_000);
        if (text == null) {
            return null;
        }
        if (Template.isIn(text) && RUN_ID.matcher(text).find()) {
            key.error("run.id is another one for each run, so that no two would share the key");
            return null;
        }
        return key.template(new ExpressionCompiler(context))
                .map(template -> new Concurrency(template, limit, onConflict == null ? OnConflict.QUEUE : onConflict))
                .orElse(null);
    }
}
