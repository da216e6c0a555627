package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import org.springframework.stereotype.Component;

/** The callers' own names for runs: free again when the runs go. */
@Component
class ExternalIds implements KeptWithRuns {

    private static final int AT_ONCE = 5_000;

    private final RowsOfRuns rows;

    ExternalIds(RowsOfRuns rows) {
        this.rows = rows;
    }

    @Override
    public void remove(RunId first, RunId last) {
        rows.remove("""
            DELETE FROM run_external_id WHERE (tenant, external_id) IN (
                SELECT tenant, external_id FROM run_external_id WHERE run_id BETWEEN :first AND :last
                ORDER BY run_id LIMIT :most)
            """, first, last, AT_ONCE);
    }
}
