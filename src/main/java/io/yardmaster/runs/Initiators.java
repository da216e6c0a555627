package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.kernel.RunId;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Who brought a run about: who submitted or planned it, or a run that it repeats. */
@Component
class Initiators {

    private final JdbcClient client;

    Initiators(JdbcClient client) {
        this.client = client;
    }

    /** In the caller's transaction; also those who have resumed it since. */
    Set<String> of(RunId runId) {
        Set<String> all = new TreeSet<>();
        client.sql("SELECT submitted_by, initiators FROM run WHERE run_id = :run")
                .param("run", runId.value())
                .query(row -> {
                    all.add(row.getString("submitted_by"));
                    JsonNode others = Jsonb.readNullable(row.getString("initiators"));
                    if (others != null) {
                        others.forEach(subject -> all.add(subject.asString()));
                    }
                });
        all.addAll(client.sql("SELECT actor FROM run_command WHERE run_id = :run AND type = 'resume'")
                .param("run", runId.value())
                .query(String.class)
                .list());
        return all;
    }
}
