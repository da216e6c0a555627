package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.Nodes;
import io.yardmaster.runs.RunLease;
import io.yardmaster.testkit.TestServer;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** A run that a server owns and nobody drives: it is for the test to do so. */
final class OwnedRun implements AutoCloseable {

    private final TestServer server;
    private final RunLease lease;

    /** Submits a run of a job, and takes it before it can begin. */
    OwnedRun(TestServer server, String jobId) {
        this.server = server;
        String runId = server.client()
                .post("/runs", "{\"job_id\": \"" + jobId + "\", \"not_before\": \"2099-01-01T00:00:00Z\"}")
                .json()
                .path("run_id")
                .asString();
        RunId id = RunId.parse(runId).orElseThrow();
        UUID node = server.bean(Nodes.class).self();
        long epoch = inTransaction(client -> client.sql(
                        "UPDATE run_live SET owner_node = :node, epoch = epoch + 1 WHERE run_id = :run RETURNING epoch")
                .param("node", node)
                .param("run", id.value())
                .query(Long.class)
                .single());
        this.lease = new RunLease(id, Tenant.DEFAULT, node, epoch);
    }

    RunLease lease() {
        return lease;
    }

    long lastSeq() {
        return inTransaction(client -> client.sql("SELECT last_seq FROM run_live WHERE run_id = :run")
                .param("run", lease.runId().value())
                .query(Long.class)
                .single());
    }

    /** Ends it. */
    @Override
    public void close() {
        int freed = inTransaction(client -> client.sql("UPDATE run_live SET owner_node = NULL WHERE run_id = :run")
                .param("run", lease.runId().value())
                .update());
        assertThat(freed).isEqualTo(1);
        server.client().post("/runs/" + lease.runId() + "/cancel", "{}");
        server.client().awaitEnd(lease.runId().toString());
    }

    private <T> T inTransaction(Function<JdbcClient, T> work) {
        return Objects.requireNonNull(Tenancy.allTenants(
                () -> server.bean(TransactionTemplate.class).execute(_ -> work.apply(server.bean(JdbcClient.class)))));
    }
}
