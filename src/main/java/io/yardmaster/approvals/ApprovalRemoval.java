package io.yardmaster.approvals;

import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.KeptWithRuns;
import io.yardmaster.runs.RowsOfRuns;
import org.springframework.stereotype.Component;

/** Removes the approvals of runs that go, with their votes. */
@Component
class ApprovalRemoval implements KeptWithRuns {

    private static final int AT_ONCE = 500;

    private final RowsOfRuns rows;

    ApprovalRemoval(RowsOfRuns rows) {
        this.rows = rows;
    }

    @Override
    public void remove(RunId first, RunId last) {
        rows.remove("""
            DELETE FROM approval WHERE approval_id IN (
                SELECT approval_id FROM approval WHERE run_id BETWEEN :first AND :last ORDER BY run_id LIMIT :most)
            """, first, last, AT_ONCE);
    }
}
