package io.yardmaster.runs;

import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Writes what callers find runs by, in the transaction of the caller. */
@Component
class RunNames {

    private final JdbcClient client;

    RunNames(JdbcClient client) {
        this.client = client;
    }

    /** Makes new runs findable by their labels and attributes. */
    void store(List<NewRun> runs) {
        List<UUID> ids = new ArrayList<>();
        List<String> tenants = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (NewRun run : runs) {
            run.labels().forEach((key, value) -> {
                ids.add(run.view().runId().value());
                tenants.add(run.tenant().name());
                labels.add(key + "=" + value);
            });
        }
        if (!ids.isEmpty()) {
            client.sql("""
                INSERT INTO run_label (run_id, tenant, label)
                SELECT * FROM unnest(:runs::uuid[], :tenants::text[], :labels::text[])
                """)
                    .param("runs", ids.toArray(UUID[]::new))
                    .param("tenants", tenants.toArray(String[]::new))
                    .param("labels", labels.toArray(String[]::new))
                    .update();
        }
        storeAttributes(runs);
    }

    private void storeAttributes(List<NewRun> runs) {
        List<UUID> ids = new ArrayList<>();
        List<String> tenants = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        List<@Nullable Double> numbers = new ArrayList<>();
        List<@Nullable String> texts = new ArrayList<>();
        List<@Nullable Boolean> truths = new ArrayList<>();
        List<@Nullable String> times = new ArrayList<>();
        for (NewRun run : runs) {
            run.attributes().properties().forEach(attribute -> {
                AttributeValue value = AttributeValue.of(attribute.getValue()).orElseThrow();
                ids.add(run.view().runId().value());
                tenants.add(run.tenant().name());
                keys.add(attribute.getKey());
                numbers.add(value instanceof AttributeValue.Numeric number ? number.value() : null);
                texts.add(value instanceof AttributeValue.Text text ? text.value() : null);
                truths.add(value instanceof AttributeValue.Truth truth ? truth.value() : null);
                times.add(
                        value instanceof AttributeValue.Time time
                                ? time.value().atOffset(ZoneOffset.UTC).toString()
                                : null);
            });
        }
        if (ids.isEmpty()) {
            return;
        }
        client.sql("""
            INSERT INTO run_attribute (run_id, tenant, key, number, text, truth, time)
            SELECT * FROM unnest(:runs::uuid[], :tenants::text[], :keys::text[], :numbers::double precision[],
                                 :texts::text[], :truths::boolean[], :times::timestamptz[])
            """)
                .param("runs", ids.toArray(UUID[]::new))
                .param("tenants", tenants.toArray(String[]::new))
                .param("keys", keys.toArray(String[]::new))
                .param("numbers", numbers.toArray(Double[]::new))
                .param("texts", texts.toArray(String[]::new))
                .param("truths", truths.toArray(Boolean[]::new))
                .param("times", times.toArray(String[]::new))
                .update();
    }
}
