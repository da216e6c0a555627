package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.database.Tenancy;
import io.yardmaster.events.EventType;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.runs.Nodes;
import io.yardmaster.runs.RunLease;
import io.yardmaster.testkit.ApiClient;
import io.yardmaster.testkit.TestServer;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What becomes of commits that fail for other reasons than the database's. */
@Timeout(60)
class JournalTest {

    private final TestServer server = TestServer.shared();
    private final ApiClient api = server.client();
    private final Journal journal = server.bean(Journal.class);
    private RunLease lease = new RunLease(new RunId(new UUID(0, 0)), Tenant.DEFAULT, new UUID(0, 0), 0);

    @BeforeEach
    void ownARunThatNobodyDrives() {
        server.job("journal/idle").config("inline: echo never");
        String runId = api.post("/runs", "{\"job_id\": \"journal/idle\", \"not_before\": \"2099-01-01T00:00:00Z\"}")
                .json()
                .path("run_id")
                .asString();
        RunId id = RunId.parse(runId).orElseThrow();
        long epoch = inTransaction(client -> client.sql(
                        "UPDATE run_live SET owner_node = :node, epoch = epoch + 1 WHERE run_id = :run RETURNING epoch")
                .param("node", server.bean(Nodes.class).self())
                .param("run", id.value())
                .query(Long.class)
                .single());
        lease = new RunLease(id, Tenant.DEFAULT, server.bean(Nodes.class).self(), epoch);
    }

    @AfterEach
    void endIt() {
        int freed = inTransaction(client -> client.sql("UPDATE run_live SET owner_node = NULL WHERE run_id = :run")
                .param("run", lease.runId().value())
                .update());
        assertThat(freed).isEqualTo(1);
        api.post("/runs/" + lease.runId() + "/cancel", "{}");
        api.awaitEnd(lease.runId().toString());
    }

    @Test
    void what_no_database_is_to_blame_for_breaks_its_run_at_once_and_writes_nothing() {
        RunLog log = log();
        Changes changes = changes();
        changes.alongside(() -> {
            throw new IllegalStateException("a fault of the program");
        });
        long before = lastSeq();

        assertThatThrownBy(() -> log.commit(changes, null))
                .isInstanceOf(JournalException.class)
                .hasRootCauseMessage("a fault of the program");

        assertThat(lastSeq()).isEqualTo(before);
        assertThat(log.commit(changes(), null)).isTrue();
        assertThat(lastSeq()).isEqualTo(before + 1);
    }

    @Test
    void a_fault_that_shows_after_the_commit_takes_nothing_back() {
        Changes changes = changes();
        changes.alongside(
                () -> TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                    @Override
                    public void afterCommit() {
                        throw new IllegalStateException("too late to matter");
                    }
                }));
        long before = lastSeq();

        assertThat(log().commit(changes, null)).isTrue();

        assertThat(lastSeq()).isEqualTo(before + 1);
        assertThat(api.events(lease.runId().toString()).getLast().path("type").asString())
                .isEqualTo("run.labelled");
    }

    private RunLog log() {
        return new RunLog(lease, lastSeq(), 0, journal, _ -> {});
    }

    private static Changes changes() {
        Changes changes = new Changes();
        changes.event(EventType.RUN_LABELLED, Instant.now(), null, EventData.none());
        return changes;
    }

    private long lastSeq() {
        return inTransaction(client -> client.sql("SELECT last_seq FROM run_live WHERE run_id = :run")
                .param("run", lease.runId().value())
                .query(Long.class)
                .single());
    }

    private <T> T inTransaction(Function<JdbcClient, T> work) {
        return Objects.requireNonNull(Tenancy.allTenants(
                () -> server.bean(TransactionTemplate.class).execute(_ -> work.apply(server.bean(JdbcClient.class)))));
    }
}
