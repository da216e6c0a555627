package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.math.BigDecimal;
import java.util.Optional;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The attributes that steps set of their own run. */
@Component
public class RunAttributes {

    private final Labelling labelling;

    RunAttributes(Labelling labelling) {
        this.labelling = labelling;
    }

    /** Reads a value as a step writes it, which is as a filter writes it; empty where an attribute cannot have it. */
    public static Optional<JsonNode> read(String written) {
        return AttributeValue.ofFilter(written).map(RunAttributes::json);
    }

    /** Sets them in the transaction of the run's owner. A run has at most 64; new ones beyond that are left out. */
    public void set(RunId runId, Tenant tenant, ObjectNode attributes) {
        labelling.set(runId, tenant, attributes);
    }

    private static JsonNode json(AttributeValue value) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        return switch (value) {
            case AttributeValue.Numeric number ->
                json.numberNode(BigDecimal.valueOf(number.value()).stripTrailingZeros());
            case AttributeValue.Text text -> json.stringNode(text.value());
            case AttributeValue.Truth truth -> json.booleanNode(truth.value());
            case AttributeValue.Time time -> json.stringNode(time.value().toString());
        };
    }
}
