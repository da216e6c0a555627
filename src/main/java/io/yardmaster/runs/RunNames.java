package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.ObjectNode;

/** Writes what callers find runs by, in the transaction of the caller. */
@Component
class RunNames {

    private final JdbcClient client;

    RunNames(JdbcClient client) {
        this.client = client;
    }

    /** Makes a new run findable by its labels and attributes. */
    void store(RunId runId, Tenant tenant, Map<String, String> labels, ObjectNode attributes) {
        if (!labels.isEmpty()) {
            client.sql("INSERT INTO run_label (run_id, tenant, label) SELECT :run, :tenant, unnest(:labels)")
                    .param("run", runId.value())
                    .param("tenant", tenant.name())
                    .param(
                            "labels",
                            labels.entrySet().stream()
                                    .map(label -> label.getKey() + "=" + label.getValue())
                                    .toArray(String[]::new))
                    .update();
        }
        if (!attributes.isEmpty()) {
            storeAttributes(runId, tenant, attributes);
        }
    }

    private void storeAttributes(RunId runId, Tenant tenant, ObjectNode attributes) {
        List<String> keys = new ArrayList<>();
        List<@Nullable Double> numbers = new ArrayList<>();
        List<@Nullable String> texts = new ArrayList<>();
        List<@Nullable Boolean> truths = new ArrayList<>();
        List<@Nullable String> times = new ArrayList<>();
        attributes.properties().forEach(attribute -> {
            AttributeValue value = AttributeValue.of(attribute.getValue()).orElseThrow();
            keys.add(attribute.getKey());
            numbers.add(value instanceof AttributeValue.Numeric number ? number.value() : null);
            texts.add(value instanceof AttributeValue.Text text ? text.value() : null);
            truths.add(value instanceof AttributeValue.Truth truth ? truth.value() : null);
            times.add(
                    value instanceof AttributeValue.Time time
                            ? time.value().atOffset(ZoneOffset.UTC).toString()
                            : null);
        });
        client.sql("""
            INSERT INTO run_attribute (run_id, tenant, key, number, text, truth, time)
            SELECT :run, :tenant, * FROM unnest(:keys::text[], :numbers::double precision[], :texts::text[],
                                                :truths::boolean[], :times::timestamptz[])
            """)
                .param("run", runId.value())
                .param("tenant", tenant.name())
                .param("keys", keys.toArray(String[]::new))
                .param("numbers", numbers.toArray(Double[]::new))
                .param("texts", texts.toArray(String[]::new))
                .param("truths", truths.toArray(Boolean[]::new))
                .param("times", times.toArray(String[]::new))
                .update();
    }
}
