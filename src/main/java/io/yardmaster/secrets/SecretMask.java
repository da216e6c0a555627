package io.yardmaster.secrets;

import java.util.Collection;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.DoubleNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Replaces a run's secrets in everything its steps write, before it is written anywhere. Safe for several threads. */
public final class SecretMask {

    /** What stands where a secret was. */
    public static final String MASK = "***";

    /**
     * The fewest characters of a secret, without the white space around it. Fewer occur by chance: to mask them would
     * spoil the output and tell that they are the secret.
     */
    public static final int MINIMUM_LENGTH = Needle.PREFIX;

    private static final SecretMask NOTHING = new SecretMask(List.of());

    private final Needles needles;
    private final boolean empty;

    private SecretMask(List<String> secrets) {
        this.empty = secrets.isEmpty();
        this.needles = new Needles(SecretForms.of(secrets));
    }

    /** Masks these values in all their forms; those that are not {@linkplain #isMaskable maskable} are left. */
    public static SecretMask of(Collection<String> secrets) {
        List<String> maskable = secrets.stream().filter(SecretMask::isMaskable).toList();
        return maskable.isEmpty() ? NOTHING : new SecretMask(maskable);
    }

    /** Whether a value is long enough to be masked; a line break counts as one character. */
    public static boolean isMaskable(String secret) {
        return secret.strip().replaceAll("\r+\n", "\n").length() >= MINIMUM_LENGTH;
    }

    /** Whether there is nothing to mask. */
    public boolean isEmpty() {
        return empty;
    }

    /** The text without the secrets. */
    public String mask(String text) {
        if (empty || text.length() < MINIMUM_LENGTH) {
            return text;
        }
        char[] characters = text.toCharArray();
        Findings findings = needles.find(characters, 0, true);
        return findings.isEmpty() ? text : findings.masked(characters, 0, characters.length, MASK);
    }

    /** The beginning of a text that was cut, without the secrets; also without what may be the beginning of one. */
    public String maskBeginning(String text) {
        if (empty) {
            return text;
        }
        char[] characters = text.toCharArray();
        Findings findings = needles.find(characters, 0, false);
        if (findings.decidedUntil() < characters.length) {
            findings.cover(findings.decidedUntil(), characters.length);
        }
        return findings.masked(characters, 0, characters.length, MASK);
    }

    /** The same tree with the secrets replaced in its texts and names; a number that is one becomes a text. */
    public JsonNode mask(JsonNode json) {
        if (empty) {
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
            case DoubleNode none when !Double.isFinite(none.doubleValue()) -> none;
            case JsonNode number
            when number.isNumber() -> {
                String digits = number.decimalValue().toPlainString();
                String masked = mask(digits);
                yield masked.equals(digits) ? number : JsonNodeFactory.instance.stringNode(masked);
            }
            case JsonNode other -> other;
        };
    }

    Findings find(char[] text, int covered, boolean last) {
        return needles.find(text, covered, last);
    }
}
