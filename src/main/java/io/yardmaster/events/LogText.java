package io.yardmaster.events;

import io.yardmaster.kernel.RunId;
import java.util.Objects;
import java.util.OptionalLong;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** A run's lines as one text, of which the length is known and any part can be read without what is before it. */
@Component
public class LogText {

    private final JdbcClient client;
    private final TransactionTemplate transactions;

    LogText(JdbcClient client, TransactionTemplate transactions) {
        this.client = client;
        this.transactions = transactions;
    }

    /** How many bytes the answer has; empty where that cannot be told without reading all lines. */
    public OptionalLong size(LogRequest request) {
        if (request.format() != StreamFormat.TEXT
                || request.afterSeq() != 0
                || request.tail() != null
                || request.limit() != null
                || request.until() == null
                || request.filter().lines().decidesByLine()) {
            return OptionalLong.empty();
        }
        if (!request.filter().wantsLines()) {
            return OptionalLong.of(0);
        }
        return Objects.requireNonNull(transactions.execute(transaction -> select("""
            SELECT coalesce(sum(text_bytes), 0) AS size, count(*) FILTER (WHERE text_bytes IS NULL) AS uncounted
            FROM log_chunk WHERE run_id = :run AND last_seq <= :end %s
            """, request)
                .query((row, n) ->
                        row.getLong("uncounted") > 0 ? OptionalLong.empty() : OptionalLong.of(row.getLong("size")))
                .single()));
    }

    /** The same request for some of its bytes, beginning with the chunk that holds the first of them. */
    public LogRequest part(LogRequest request, long from, long length) {
        return Objects.requireNonNull(transactions.execute(transaction -> select("""
            SELECT first_seq, upto - text_bytes AS before FROM (
                SELECT first_seq, text_bytes, sum(text_bytes) OVER (ORDER BY last_seq) AS upto
                FROM log_chunk WHERE run_id = :run AND last_seq <= :end %s) counted
            WHERE upto > :from ORDER BY upto LIMIT 1
            """, request)
                .param("from", from)
                .query((row, n) -> request.slice(
                        row.getLong("first_seq") - 1, new LogRequest.Slice(from - row.getLong("before"), length)))
                .single()));
    }

    private JdbcClient.StatementSpec select(String sql, LogRequest request) {
        LineFilter filter = request.filter().lines();
        RunId runId = request.runId();
        return filter.bind(client.sql(sql.formatted(filter.conditions()))
                .param("run", runId.value())
                .param("end", request.until()));
    }
}
