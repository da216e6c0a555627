package io.yardmaster.artifacts;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.f4b6a3.uuid.UuidCreator;
import io.yardmaster.database.Tenancy;
import io.yardmaster.kernel.ArtifactId;
import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Sha256;
import io.yardmaster.kernel.Tenant;
import io.yardmaster.testkit.TestServer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/** Keys that are given free and used at the same moment. */
class ArtifactKeysTest {

    private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

    private final TestServer server = TestServer.shared();
    private final Artifacts artifacts = server.bean(Artifacts.class);
    private final ArtifactKeys keys = server.bean(ArtifactKeys.class);
    private final String key = "race/" + UUID.randomUUID();

    @Test
    void a_key_that_is_used_while_its_last_artifact_is_deleted_stays_used() throws Exception {
        Artifact first = artifact();
        inTransaction(() -> use(first));
        Artifact second = artifact();
        CountDownLatch used = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        var using = CompletableFuture.runAsync(
                () -> inTransaction(() -> {
                    use(second);
                    used.countDown();
                    await(goOn);
                    return true;
                }),
                THREADS);
        await(used);

        var deleting = CompletableFuture.runAsync(
                () -> Tenancy.call(Tenant.DEFAULT, () -> artifacts.delete(first.id())), THREADS);
        Awaitility.await("the deletion to wait for the key")
                .until(() -> 0
                        < number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                + " AND query LIKE '%artifact_key%' AND pid <> pg_backend_pid()"));
        goOn.countDown();
        using.get(60, TimeUnit.SECONDS);
        deleting.get(60, TimeUnit.SECONDS);

        assertThat(number("SELECT count(*) FROM artifact_key WHERE key = '" + key + "'"))
                .isEqualTo(1);
        Tenancy.call(Tenant.DEFAULT, () -> artifacts.delete(second.id()));
        assertThat(number("SELECT count(*) FROM artifact_key WHERE key = '" + key + "'"))
                .isZero();
    }

    private boolean use(Artifact artifact) {
        keys.use(Tenant.DEFAULT, key, KeyMode.MUTABLE, artifact.runId(), null);
        artifacts.record(List.of(artifact));
        return true;
    }

    private Artifact artifact() {
        return new Artifact(
                new ArtifactId(UuidCreator.getTimeOrderedEpoch()),
                Tenant.DEFAULT,
                new RunId(UuidCreator.getTimeOrderedEpoch()),
                null,
                "it",
                "it",
                "text/plain",
                0,
                Sha256.of(new byte[0]),
                key,
                KeyMode.MUTABLE,
                Instant.now().truncatedTo(ChronoUnit.MILLIS));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private long number(String sql) {
        return Objects.requireNonNull(Tenancy.allTenants(() -> server.bean(TransactionTemplate.class)
                .execute(_ ->
                        server.bean(JdbcClient.class).sql(sql).query(Long.class).single())));
    }

    private void inTransaction(Supplier<Boolean> work) {
        Tenancy.call(
                Tenant.DEFAULT, () -> server.bean(TransactionTemplate.class).execute(_ -> work.get()));
    }
}
