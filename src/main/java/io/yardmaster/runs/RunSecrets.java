package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import io.yardmaster.secrets.SecretBox;
import io.yardmaster.secrets.SecretMask;
import io.yardmaster.secrets.SecretUnreadableException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The secret arguments of runs: sealed in the database while the run lives, and only there. */
@Component
class RunSecrets {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final SecretBox box;
    private final JdbcClient client;

    RunSecrets(SecretBox box, JdbcClient client) {
        this.box = box;
        this.client = client;
    }

    /** As they are stored; null where there are none. */
    byte @Nullable [] seal(RunId runId, Map<String, String> secrets) {
        if (secrets.isEmpty()) {
            return null;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        secrets.forEach(json::put);
        return box.seal(json.toString().getBytes(StandardCharsets.UTF_8), runId.toString());
    }

    void store(List<NewRun> runs) {
        List<NewRun> withSecrets =
                runs.stream().filter(run -> run.sealedSecrets() != null).toList();
        if (withSecrets.isEmpty()) {
            return;
        }
        client.sql("""
            INSERT INTO run_secret (run_id, tenant, sealed)
            SELECT * FROM unnest(:runs::uuid[], :tenants::text[], :sealed::bytea[])
            """)
                .param(
                        "runs",
                        withSecrets.stream()
                                .map(run -> run.view().runId().value())
                                .toArray(UUID[]::new))
                .param(
                        "tenants",
                        withSecrets.stream().map(run -> run.tenant().name()).toArray(String[]::new))
                .param("sealed", withSecrets.stream().map(NewRun::sealedSecrets).toArray(byte[][]::new))
                .update();
    }

    /** A text of a caller without the run's secrets, in the current transaction. */
    String masked(RunId runId, String text) {
        return mask(runId).map(mask -> mask.mask(text)).orElse(SecretMask.MASK);
    }

    /** What a caller sent without the run's secrets, in the current transaction. */
    JsonNode masked(RunId runId, JsonNode json) {
        return mask(runId).map(mask -> mask.mask(json)).orElseGet(JsonNodeFactory.instance::objectNode);
    }

    /** What hides the run's secrets; empty where they cannot be read. In the current transaction. */
    Optional<SecretMask> mask(RunId runId) {
        byte[] sealed = client.sql("SELECT sealed FROM run_secret WHERE run_id = :run")
                .param("run", runId.value())
                .query((row, n) -> row.getBytes("sealed"))
                .optional()
                .orElse(null);
        try {
            return Optional.of(SecretMask.of(open(runId, sealed).values()));
        } catch (SecretUnreadableException e) {
            return Optional.empty();
        }
    }

    Map<String, String> open(RunId runId, byte @Nullable [] sealed) {
        if (sealed == null) {
            return Map.of();
        }
        Map<String, String> secrets = new LinkedHashMap<>();
        MAPPER.readTree(new String(box.open(sealed, runId.toString()), StandardCharsets.UTF_8))
                .properties()
                .forEach(
                        secret -> secrets.put(secret.getKey(), secret.getValue().asString()));
        return secrets;
    }
}
