package io.yardmaster.runs;

import io.yardmaster.database.Jsonb;
import io.yardmaster.jobs.CalledJob;
import java.sql.Types;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Writes down what new runs have to do with others. Apart from their rows, for few have. */
@Component
class KinWriter {

    private final JdbcClient client;

    KinWriter(JdbcClient client) {
        this.client = client;
    }

    /** In the transaction that has inserted the runs. */
    void store(List<NewRun> runs) {
        runs.stream().filter(run -> !run.kin().isAlone()).forEach(this::store);
    }

    private void store(NewRun run) {
        ParentStep parent = run.kin().parent();
        client.sql("""
            UPDATE run SET parent_run_id = :parent, parent_step_id = :step, called_jobs = :called
            WHERE run_id = :run
            """)
                .param("parent", parent == null ? null : parent.runId().value(), Types.OTHER)
                .param("step", parent == null ? null : parent.stepId())
                .param("called", Jsonb.parameter(CalledJob.json(run.kin().calledJobs())))
                .param("run", run.view().runId().value())
                .update();
    }
}
