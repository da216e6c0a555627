package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import org.springframework.stereotype.Component;

/** Removes the updates of runs that go. */
@Component
class UpdateRemoval implements KeptWithRuns {

    private static final int AT_ONCE = 1_000;

    private final RowsOfRuns rows;

    UpdateRemoval(RowsOfRuns rows) {
        this.rows = rows;
    }

    @Override
    public void remove(RunId first, RunId last) {
        rows.remove("""
            DELETE FROM run_update WHERE update_id IN (
                SELECT update_id FROM run_update WHERE run_id BETWEEN :first AND :last ORDER BY run_id LIMIT :most)
            """, first, last, AT_ONCE);
    }
}
