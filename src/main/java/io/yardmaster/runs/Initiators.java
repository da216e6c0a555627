package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.kernel.RunId;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/** Who brought a run about: who submitted or planned it, a run that it repeats, or one that has started it. */
@Component
class Initiators {

    private final JdbcClient client;

    Initiators(JdbcClient client) {
        this.client = client;
    }

    /** In the caller's transaction; also those who have resumed it since. */
    Set<String> of(RunId runId) {
        Set<String> all = new TreeSet<>();
        // Who resumes a run has a part in what it has started.
        client.sql("""
            WITH RECURSIVE line AS (
                SELECT run_id, parent_run_id, submitted_by, initiators FROM run WHERE run_id = :run
                UNION ALL
                SELECT r.run_id, r.parent_run_id, r.submitted_by, r.initiators
                FROM run r JOIN line ON r.run_id = line.parent_run_id
            )
            SELECT submitted_by, initiators,
                   (SELECT jsonb_agg(actor) FROM run_command c
                    WHERE c.run_id = line.run_id AND c.type = 'resume') AS resumed
            FROM line
            """).param("run", runId.value()).query(row -> {
            all.add(row.getString("submitted_by"));
            for (String others : List.of("initiators", "resumed")) {
                JsonNode subjects = Jsonb.readNullable(row.getString(others));
                if (subjects != null) {
                    subjects.forEach(subject -> all.add(subject.asString()));
                }
            }
        });
        return all;
    }
}
