package io.yardmaster.jobs;

import io.yardmaster.problems.JsonPointers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A place in a {@code config.yaml}, there or not. Reading it as something it is not notes an error and answers as if it
 * were not there.
 */
final class ConfigNode {

    private final ConfigFindings findings;
    private final JsonNode json;
    private final String pointer;

    ConfigNode(ConfigFindings findings, JsonNode json, String pointer) {
        this.findings = findings;
        this.json = json;
        this.pointer = pointer;
    }

    boolean isPresent() {
        return !json.isMissingNode();
    }

    JsonNode json() {
        return json;
    }

    String pointer() {
        return pointer;
    }

    int line() {
        return findings.line(pointer);
    }

    void error(String message) {
        findings.error(pointer, message);
    }

    void warning(String message) {
        findings.warning(pointer, message);
    }

    ConfigNode at(String key) {
        return new ConfigNode(findings, json.path(key), pointer + "/" + JsonPointers.token(key));
    }

    /** Warns of each key that is not among these. */
    ConfigNode allow(Set<String> keys) {
        if (isObject()) {
            json.propertyNames().stream()
                    .filter(key -> !keys.contains(key))
                    .forEach(key -> at(key).warning("unknown key, it has no effect" + Spelling.hint(key, keys)));
        }
        return this;
    }

    /** Whether there is an object here; anything else that is here is an error. */
    boolean isObject() {
        return isPresent() && is(json.isObject(), "an object (key: value)");
    }

    Map<String, ConfigNode> members() {
        Map<String, ConfigNode> members = new LinkedHashMap<>();
        if (isObject()) {
            json.propertyNames().forEach(key -> members.put(key, at(key)));
        }
        return members;
    }

    List<ConfigNode> elements() {
        List<ConfigNode> elements = new ArrayList<>();
        if (isPresent() && is(json.isArray(), "a list")) {
            for (int i = 0; i < json.size(); i++) {
                elements.add(new ConfigNode(findings, json.get(i), pointer + "/" + i));
            }
        }
        return elements;
    }

    /** A text that is not empty and no longer than this. */
    @Nullable
    String text(int maxLength) {
        if (!isPresent() || !is(json.isString(), "text; put quotes around it where it looks like something else")) {
            return null;
        }
        String text = json.stringValue();
        if (text.isBlank() || text.length() > maxLength) {
            error(text.isBlank() ? "is empty" : "is longer than " + maxLength + " characters");
            return null;
        }
        return text;
    }

    /** A text that is taken as it is; a template in it would never be expanded, so it is an error. */
    @Nullable
    String plainText(int maxLength) {
        String text = text(maxLength);
        if (text != null && Template.isIn(text)) {
            error("templates are not expanded here");
            return null;
        }
        return text;
    }

    List<String> texts(int maxLength) {
        List<String> texts = new ArrayList<>();
        for (ConfigNode element : elements()) {
            String text = element.plainText(maxLength);
            if (text != null) {
                texts.add(text);
            }
        }
        return texts;
    }

    boolean truth(boolean otherwise) {
        return (isPresent() && is(json.isBoolean(), "true or false")) ? json.booleanValue() : otherwise;
    }

    int integer(int otherwise, int min, int max) {
        if (!isPresent() || !is(json.isIntegralNumber(), "a whole number")) {
            return otherwise;
        }
        if (!json.canConvertToInt() || json.intValue() < min || json.intValue() > max) {
            error("is not between " + min + " and " + max);
            return otherwise;
        }
        return json.intValue();
    }

    double number(double otherwise, double min, double max) {
        if (!isPresent() || !is(json.isNumber(), "a number")) {
            return otherwise;
        }
        double value = json.doubleValue();
        if (value < min || value > max) {
            error("is not between " + min + " and " + max);
            return otherwise;
        }
        return value;
    }

    @Nullable
    Duration duration(Duration min) {
        if (!isPresent() || !is(json.isString(), "a duration such as 30s, 5m or 1h30m")) {
            return null;
        }
        Optional<Duration> duration = Durations.parse(json.stringValue());
        if (duration.isEmpty() || duration.get().compareTo(min) < 0) {
            error("'" + json.stringValue() + "' is not a duration from " + Durations.format(min)
                    + " to 366d, such as 500ms, 30s or 1h30m");
            return null;
        }
        return duration.get();
    }

    /** One of several words. */
    <T> @Nullable T choice(Function<String, Optional<T>> meaning, List<String> words) {
        String text = plainText(200);
        if (text == null) {
            return null;
        }
        Optional<T> value = meaning.apply(text);
        if (value.isEmpty()) {
            error("'" + text + "' is none of " + words.stream().collect(Collectors.joining(", "))
                    + Spelling.hint(text, words));
        }
        return value.orElse(null);
    }

    /** One of several words, as it is. */
    @Nullable
    String word(List<String> words) {
        return choice(text -> Optional.of(text).filter(words::contains), words);
    }

    /** What is here, with its expressions compiled; empty where nothing is, or an expression has a fault. */
    Optional<Template> template(ExpressionCompiler compiler) {
        if (!isPresent()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Template.compile(json, compiler));
        } catch (ExpressionFault e) {
            error(e.message());
            return Optional.empty();
        }
    }

    private boolean is(boolean asExpected, String expected) {
        if (!asExpected) {
            error("is " + (json.isNull() ? "empty" : "not of the right type") + ", expected " + expected);
        }
        return asExpected;
    }
}
