package io.yardmaster.engine;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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

    /** A shorter piece of an encoded secret occurs by chance, too, and gives little away. */
    private static final int MINIMUM_PIECE = 8;

    /** Where tools break lines of Base64: as PEM does, and as MIME does. */
    private static final int[] COLUMNS = {64, 76};

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
        addBase64(forms, Base64.getEncoder().withoutPadding(), bytes);
        addBase64(forms, Base64.getUrlEncoder().withoutPadding(), bytes);
        String form = URLEncoder.encode(secret, StandardCharsets.UTF_8);
        forms.add(form);
        String spaced = form.replace("+", "%20");
        forms.add(spaced);
        // What RFC 3986 asks for, and what leaves the parts of a path apart.
        String strict = spaced.replace("*", "%2A").replace("%7E", "~");
        forms.add(strict);
        forms.add(strict.replace("%2F", "/"));
        String json = MAPPER.writeValueAsString(secret);
        forms.add(json.substring(1, json.length() - 1));
    }

    private static void addBase64(Set<String> forms, Base64.Encoder encoder, byte[] bytes) {
        String whole = encoder.encodeToString(bytes);
        forms.add(whole);
        for (int columns : COLUMNS) {
            for (int start = 0; start + MINIMUM_PIECE <= whole.length() && whole.length() > columns; start += columns) {
                forms.add(whole.substring(start, Math.min(start + columns, whole.length())));
            }
        }
        // After other text, as in "user:secret", the groups of three bytes begin elsewhere.
        for (int skipped = 1; skipped <= 2; skipped++) {
            int length = (bytes.length - skipped) / 3 * 3;
            if (length / 3 * 4 >= MINIMUM_PIECE) {
                forms.add(encoder.encodeToString(Arrays.copyOfRange(bytes, skipped, skipped + length)));
            }
        }
    }
}
