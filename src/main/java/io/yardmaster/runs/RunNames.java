package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Writes what callers find runs by, in the transaction of the caller. */
@Component
class RunNames {

    private final JdbcClient client;

    RunNames(JdbcClient client) {
        this.client = client;
    }

    /** Makes new runs findable by their labels and attributes. */
    void store(List<NewRun> runs) {
        List<Label> labels = new ArrayList<>();
        List<Attribute> attributes = new ArrayList<>();
        for (NewRun run : runs) {
            UUID id = run.view().runId().value();
            String tenant = run.tenant().name();
            run.labels().forEach((key, value) -> labels.add(new Label(id, tenant, key, value)));
            run.attributes()
                    .properties()
                    .forEach(one -> attributes.add(new Attribute(id, tenant, one.getKey(), value(one.getValue()))));
        }
        insertLabels(labels);
        insertAttributes(attributes);
    }

    /** Makes a run findable by what its labels and attributes have become, and no longer by what they were. */
    void change(RunId runId, Tenant tenant, Names before, Names after) {
        UUID id = runId.value();
        List<String> gone = new ArrayList<>();
        before.labels().properties().forEach(label -> {
            if (!label.getValue().equals(after.labels().get(label.getKey()))) {
                gone.add(label.getKey() + "=" + label.getValue().asString());
            }
        });
        if (!gone.isEmpty()) {
            client.sql("DELETE FROM run_label WHERE run_id = :run AND tenant = :tenant AND label = ANY (:labels)")
                    .param("run", id)
                    .param("tenant", tenant.name())
                    .param("labels", gone.toArray(String[]::new))
                    .update();
        }
        List<String> changed = new ArrayList<>();
        before.attributes().properties().forEach(attribute -> {
            if (!attribute.getValue().equals(after.attributes().get(attribute.getKey()))) {
                changed.add(attribute.getKey());
            }
        });
        if (!changed.isEmpty()) {
            client.sql("DELETE FROM run_attribute WHERE run_id = :run AND tenant = :tenant AND key = ANY (:keys)")
                    .param("run", id)
                    .param("tenant", tenant.name())
                    .param("keys", changed.toArray(String[]::new))
                    .update();
        }
        insertLabels(after.labels().properties().stream()
                .filter(label -> !label.getValue().equals(before.labels().get(label.getKey())))
                .map(label -> new Label(
                        id, tenant.name(), label.getKey(), label.getValue().asString()))
                .toList());
        insertAttributes(after.attributes().properties().stream()
                .filter(one -> !one.getValue().equals(before.attributes().get(one.getKey())))
                .map(one -> new Attribute(id, tenant.name(), one.getKey(), value(one.getValue())))
                .toList());
    }

    private void insertLabels(List<Label> labels) {
        if (labels.isEmpty()) {
            return;
        }
        client.sql("""
            INSERT INTO run_label (run_id, tenant, label)
            SELECT * FROM unnest(:runs::uuid[], :tenants::text[], :labels::text[])
            """)
                .param("runs", labels.stream().map(Label::run).toArray(UUID[]::new))
                .param("tenants", labels.stream().map(Label::tenant).toArray(String[]::new))
                .param(
                        "labels",
                        labels.stream()
                                .map(label -> label.key() + "=" + label.value())
                                .toArray(String[]::new))
                .update();
    }

    private void insertAttributes(List<Attribute> attributes) {
        if (attributes.isEmpty()) {
            return;
        }
        List<@Nullable Double> numbers = new ArrayList<>();
        List<@Nullable String> texts = new ArrayList<>();
        List<@Nullable Boolean> truths = new ArrayList<>();
        List<@Nullable String> times = new ArrayList<>();
        for (Attribute attribute : attributes) {
            AttributeValue value = attribute.value();
            numbers.add(value instanceof AttributeValue.Numeric number ? number.value() : null);
            texts.add(value instanceof AttributeValue.Text text ? text.value() : null);
            truths.add(value instanceof AttributeValue.Truth truth ? truth.value() : null);
            times.add(
                    value instanceof AttributeValue.Time time
                            ? time.value().atOffset(ZoneOffset.UTC).toString()
                            : null);
        }
        client.sql("""
            INSERT INTO run_attribute (run_id, tenant, key, number, text, truth, time)
            SELECT * FROM unnest(:runs::uuid[], :tenants::text[], :keys::text[], :numbers::double precision[],
                                 :texts::text[], :truths::boolean[], :times::timestamptz[])
            """)
                .param("runs", attributes.stream().map(Attribute::run).toArray(UUID[]::new))
                .param("tenants", attributes.stream().map(Attribute::tenant).toArray(String[]::new))
                .param("keys", attributes.stream().map(Attribute::key).toArray(String[]::new))
                .param("numbers", numbers.toArray(Double[]::new))
                .param("texts", texts.toArray(String[]::new))
                .param("truths", truths.toArray(Boolean[]::new))
                .param("times", times.toArray(String[]::new))
                .update();
    }

    private static AttributeValue value(JsonNode json) {
        return AttributeValue.of(json).orElseThrow();
    }

    private record Label(UUID run, String tenant, String key, String value) {}

    private record Attribute(UUID run, String tenant, String key, AttributeValue value) {}
}
