package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.events.EventType;
import io.yardmaster.testkit.TestServer;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** What becomes of commits that fail for other reasons than the database's. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JournalTest {

    private final TestServer server = TestServer.shared();

    @BeforeEach
    void writeJob() {
        server.job("journal/idle").config("inline: echo never");
    }

    @Test
    void what_no_database_is_to_blame_for_breaks_its_run_at_once_and_writes_nothing() {
        try (OwnedRun run = new OwnedRun(server, "journal/idle")) {
            RunLog log = log(run);
            Changes changes = changes();
            changes.alongside(() -> {
                throw new IllegalStateException("a fault of the program");
            });
            long before = run.lastSeq();

            assertThatThrownBy(() -> log.commit(changes, null))
                    .isInstanceOf(JournalException.class)
                    .hasRootCauseMessage("a fault of the program");

            assertThat(run.lastSeq()).isEqualTo(before);
            assertThat(log.commit(changes(), null)).isTrue();
            assertThat(run.lastSeq()).isEqualTo(before + 1);
        }
    }

    @Test
    void a_fault_that_shows_after_the_commit_takes_nothing_back() {
        try (OwnedRun run = new OwnedRun(server, "journal/idle")) {
            Changes changes = changes();
            changes.alongside(
                    () -> TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                        @Override
                        public void afterCommit() {
                            throw new IllegalStateException("too late to matter");
                        }
                    }));
            long before = run.lastSeq();

            assertThat(log(run).commit(changes, null)).isTrue();

            assertThat(run.lastSeq()).isEqualTo(before + 1);
            assertThat(server.client()
                            .events(run.lease().runId().toString())
                            .getLast()
                            .path("type")
                            .asString())
                    .isEqualTo("run.labelled");
        }
    }

    private RunLog log(OwnedRun run) {
        return new RunLog(run.lease(), run.lastSeq(), 0, server.bean(Journal.class), _ -> {});
    }

    private static Changes changes() {
        Changes changes = new Changes();
        changes.event(EventType.RUN_LABELLED, Instant.now(), null, EventData.none());
        return changes;
    }
}
