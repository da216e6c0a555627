package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import io.yardmaster.database.SeparateConnection;
import io.yardmaster.testkit.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.dao.DataAccessResourceFailureException;

class BeatTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    private static TestServer server;
    private static DataSource pool;
    /** Of the test: none of the pool. */
    private static Connection aside;

    @BeforeAll
    static void start() throws Exception {
        server = TestServer.start(
                folder.resolve("data"),
                Files.createDirectories(folder.resolve("jobs")),
                "--yardmaster.engine.lease=1s",
                "--yardmaster.engine.orphan-grace=2s");
        pool = server.bean(DataSource.class);
        aside = SeparateConnection.open(pool, "test", PATIENCE);
    }

    @AfterAll
    static void stop() throws Exception {
        aside.close();
        server.close();
    }

    @Test
    void a_server_is_heard_while_there_is_no_connection_in_its_pool_for_longer_than_the_lease() throws Exception {
        UUID node = server.bean(Nodes.class).self();
        List<Connection> all = new ArrayList<>();
        try {
            int places = pool.unwrap(HikariDataSource.class).getMaximumPoolSize();
            while (all.size() < places) {
                all.add(pool.getConnection());
            }
            long before = beat(node);
            // Five are a lease.
            await().atMost(PATIENCE).until(() -> beat(node) >= before + 12);
        } finally {
            for (Connection one : all) {
                one.close();
            }
        }
        assertThat(server.bean(Nodes.class).self()).isEqualTo(node);
    }

    @Test
    void a_beat_that_is_not_answered_in_time_is_given_up_for_one_on_another_connection() throws Exception {
        UUID node = someNode();
        try (BeatConnection beats = new BeatConnection(pool)) {
            assertThat(beats.beat(node, Duration.ofSeconds(1))).isTrue();
            CompletableFuture<Boolean> beat;
            try (Connection holder = SeparateConnection.open(pool, "holder", PATIENCE)) {
                hold(holder, node);
                beat = CompletableFuture.supplyAsync(() -> beats.beat(node, Duration.ofSeconds(1)));
                // The one that was given up still waits; PostgreSQL does not know yet that nobody listens to it.
                await().atMost(PATIENCE)
                        .until(() -> number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                        + " AND application_name = 'yardmaster beat'")
                                == 2);
                holder.rollback();
            }
            assertThat(beat.get(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void where_nothing_answers_a_beat_fails_after_two_attempts_and_not_later() throws Exception {
        UUID node = someNode();
        try (BeatConnection beats = new BeatConnection(pool);
                Connection holder = SeparateConnection.open(pool, "holder", PATIENCE)) {
            assertThat(beats.beat(node, Duration.ofSeconds(1))).isTrue();
            hold(holder, node);
            long begun = System.nanoTime();
            assertThatThrownBy(() -> beats.beat(node, Duration.ofSeconds(1)))
                    .isInstanceOf(DataAccessResourceFailureException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(Duration.ofSeconds(2), PATIENCE);
            holder.rollback();
            assertThat(beats.beat(node, Duration.ofSeconds(1))).isTrue();
        }
    }

    @Test
    void the_beat_of_a_dead_node_says_so() throws Exception {
        UUID node = someNode();
        try (BeatConnection beats = new BeatConnection(pool)) {
            execute("UPDATE node SET state = 'dead' WHERE node_id = '" + node + "'");
            assertThat(beats.beat(node, Duration.ofSeconds(1))).isFalse();
        }
    }

    /** One that nobody beats for but the test; nobody looks, for it is of this host. */
    private static UUID someNode() throws SQLException {
        UUID node = UUID.randomUUID();
        execute("INSERT INTO node (node_id, host_id, version, state) SELECT '" + node
                + "', host_id, 'test', 'alive' FROM host");
        return node;
    }

    private static void hold(Connection holder, UUID node) throws SQLException {
        holder.setAutoCommit(false);
        try (Statement statement = holder.createStatement()) {
            statement.execute("SELECT 1 FROM node WHERE node_id = '" + node + "' FOR UPDATE");
        }
    }

    private static long beat(UUID node) throws SQLException {
        return number("SELECT beat FROM node WHERE node_id = '" + node + "'");
    }

    private static synchronized long number(String sql) throws SQLException {
        try (Statement statement = aside.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }

    private static synchronized void execute(String sql) throws SQLException {
        try (Statement statement = aside.createStatement()) {
            statement.execute(sql);
        }
    }
}
