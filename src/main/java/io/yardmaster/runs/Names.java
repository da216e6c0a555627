package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.problems.ProblemException;
import io.yardmaster.problems.ProblemException.Fault;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a caller finds a run by: its labels, each a text, and its attributes, each an {@link AttributeValue}. */
public record Names(JsonNode labels, JsonNode attributes) {

    /** So many labels, and so many attributes. */
    static final int AT_MOST = 64;

    /** The names of a run. */
    public static Names of(RunView run) {
        return new Names(run.labels(), run.attributes());
    }

    /**
     * What a merge patch makes of them. Its form has been checked.
     *
     * @throws ProblemException {@code validation-error} where it would be too many, or what is no attribute
     */
    Names patched(ObjectNode patch) {
        List<Fault> faults = new ArrayList<>();
        patch.path("labels").properties().forEach(label -> {
            if (!label.getValue().isNull() && !label.getValue().isString()) {
                String pointer = "/labels/" + label.getKey();
                faults.add(new Fault(pointer, pointer + " must be text or null.", "type"));
            }
        });
        patch.path("attributes").properties().forEach(attribute -> {
            if (!attribute.getValue().isNull()
                    && AttributeValue.of(attribute.getValue()).isEmpty()) {
                String pointer = "/attributes/" + attribute.getKey();
                faults.add(new Fault(pointer, pointer + " must be a number, text, true, false or null.", "type"));
            }
        });
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
        Names after = new Names(merged(labels, patch.get("labels")), merged(attributes, patch.get("attributes")));
        if (after.labels.size() > AT_MOST) {
            faults.add(tooMany("labels"));
        }
        if (after.attributes.size() > AT_MOST) {
            faults.add(tooMany("attributes"));
        }
        if (!faults.isEmpty()) {
            throw ProblemException.validation(faults);
        }
        return after;
    }

    /** With attributes that a step has set; of those that are new, only as many as there is room for. */
    Names with(ObjectNode set) {
        ObjectNode more = (ObjectNode) attributes.deepCopy();
        set.properties().forEach(attribute -> {
            if (more.has(attribute.getKey()) || more.size() < AT_MOST) {
                more.set(attribute.getKey(), attribute.getValue());
            }
        });
        return new Names(labels, Jsonb.stored(more));
    }

    private static Fault tooMany(String what) {
        return new Fault(
                "/" + what, "The run would have more than " + AT_MOST + " " + what + ". Take some away.", "max-items");
    }

    private static JsonNode merged(JsonNode before, @Nullable JsonNode patch) {
        if (patch == null) {
            return before;
        }
        ObjectNode after = (ObjectNode) before.deepCopy();
        patch.properties().forEach(change -> {
            if (change.getValue().isNull()) {
                after.remove(change.getKey());
            } else {
                after.set(change.getKey(), change.getValue());
            }
        });
        return Jsonb.stored(after);
    }
}
