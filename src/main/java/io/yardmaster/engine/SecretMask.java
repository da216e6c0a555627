package io.yardmaster.engine;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Replaces a run's secrets in everything its steps write, before it is written anywhere. */
final class SecretMask {

    private static final String MASK = "***";

    /** Shorter texts occur by chance: to mask them would spoil the output and tell that they are the secret. */
    private static final int MINIMUM_LENGTH = 4;

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final List<String> forms;

    SecretMask(Collection<String> secrets) {
        Set<String> all = new LinkedHashSet<>();
        for (String secret : secrets) {
            addForms(all, secret);
            // Output comes line by line, so a secret of several lines is never seen whole.
            secret.lines().forEach(line -> addForms(all, line.strip()));
        }
        all.removeIf(form -> form.length() < MINIMUM_LENGTH);
        // Longest first: a form may contain another one.
        this.forms = new ArrayList<>(all);
        forms.sort(Comparator.comparingInt(String::length).reversed());
    }

    String mask(String text) {
        String masked = text;
        for (String form : forms) {
            masked = masked.replace(form, MASK);
        }
        return masked;
    }

    /** The same tree with the secrets replaced in its texts and names. */
    JsonNode mask(JsonNode json) {
        if (forms.isEmpty()) {
            return json;
        }
        return switch (json) {
            case ObjectNode object -> {
                ObjectNode masked = JsonNodeFactory.instance.objectNode();
                object.properties().forEach(member -> masked.set(mask(member.getKey()), mask(member.getValue())));
                yield masked;
            }
            case ArrayNode array -> {
                ArrayNode masked = JsonNodeFactory.instance.arrayNode();
                array.forEach(element -> masked.add(mask(element)));
                yield masked;
            }
            case JsonNode text when text.isString() -> JsonNodeFactory.instance.stringNode(mask(text.stringValue()));
            case JsonNode other -> other;
        };
    }

    private static void addForms(Set<String> forms, String secret) {
        forms.add(secret);
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        forms.add(Base64.getEncoder().withoutPadding().encodeToString(bytes));
        forms.add(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        forms.add(URLEncoder.encode(secret, StandardCharsets.UTF_8));
        forms.add(URLEncoder.encode(secret, StandardCharsets.UTF_8).replace("+", "%20"));
        String json = MAPPER.writeValueAsString(secret);
        forms.add(json.substring(1, json.length() - 1));
    }
}
