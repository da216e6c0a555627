package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.blobs.BlobStore;
import io.yardmaster.database.DataDirectory;
import io.yardmaster.testkit.TestServer;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

class OneBlobStoreTest {

    private final TestServer server = TestServer.shared();
    private final JdbcClient client = server.bean(JdbcClient.class);
    private final UUID host = UUID.randomUUID();
    private UUID agreed = UUID.randomUUID();

    @BeforeEach
    void another_server_of_the_database_uses_another_store() {
        agreed = stored();
        client.sql("UPDATE blob_store SET store_id = ?")
                .param(UUID.randomUUID())
                .update();
        client.sql("INSERT INTO host (host_id, hostname, gone) VALUES (?, 'other', true)")
                .param(host)
                .update();
        client.sql("INSERT INTO node (node_id, host_id, version, state, lease_ms) VALUES (?, ?, 'any', 'alive', 2000)")
                .params(UUID.randomUUID(), host)
                .update();
    }

    @AfterEach
    void there_is_none() {
        client.sql("DELETE FROM node WHERE host_id = ?").param(host).update();
        client.sql("DELETE FROM host WHERE host_id = ?").param(host).update();
        client.sql("UPDATE blob_store SET store_id = ?").param(agreed).update();
    }

    @Test
    void a_server_with_a_store_of_its_own_is_refused_while_another_one_lives() {
        try (ScheduledExecutorService other = Executors.newSingleThreadScheduledExecutor()) {
            var beats = other.scheduleAtFixedRate(
                    () -> client.sql("UPDATE node SET beat = beat + 1 WHERE host_id = ?")
                            .param(host)
                            .update(),
                    0,
                    100,
                    TimeUnit.MILLISECONDS);

            assertThatThrownBy(this::start)
                    .isInstanceOf(OtherBlobStoreException.class)
                    .hasMessageContaining(server.bean(BlobStore.class).place());
            beats.cancel(false);
        }
    }

    @Test
    void a_server_that_is_the_only_one_makes_its_store_the_one_of_all() {
        assertThatCode(this::start).doesNotThrowAnyException();

        assertThat(stored()).isEqualTo(agreed);
    }

    private void start() {
        new OneBlobStore(
                server.bean(BlobStore.class),
                client,
                server.bean(TransactionTemplate.class),
                server.bean(DataDirectory.class));
    }

    private UUID stored() {
        return client.sql("SELECT store_id FROM blob_store").query(UUID.class).single();
    }
}
