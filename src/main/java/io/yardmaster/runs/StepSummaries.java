package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import java.util.Objects;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What steps left for people to read, in Markdown, which can be long: with a run only its beginning is read. */
@Component
public class StepSummaries {

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    StepSummaries(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    /** Stores what the newest attempt of a step left, without secrets, in the current transaction. */
    public void write(RunId runId, String stepId, String markdown) {
        client.sql("UPDATE step SET summary = :summary WHERE run_id = :run AND step_id = :step")
                .param("summary", markdown)
                .param("run", runId.value())
                .param("step", stepId)
                .update();
    }

    /** What a step left; empty where it left nothing. */
    public Optional<String> of(RunId runId, String stepId) {
        return Objects.requireNonNull(transactions.execute(transaction -> client.sql("""
            SELECT summary FROM step WHERE run_id = :run AND step_id = :step AND summary IS NOT NULL
            """)
                .param("run", runId.value())
                .param("step", stepId)
                .query(String.class)
                .optional()));
    }
}
