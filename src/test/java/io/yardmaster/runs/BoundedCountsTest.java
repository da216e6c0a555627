package io.yardmaster.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.database.Tenancy;
import io.yardmaster.testkit.TestServer;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

class BoundedCountsTest {

    private static final TestServer SERVER = TestServer.shared();

    private final JdbcTemplate jdbc = SERVER.bean(JdbcTemplate.class);
    private final BoundedCounts counts = new BoundedCounts(jdbc, new ListsProperties(Duration.ofMinutes(1)));

    @Test
    void what_takes_too_long_is_given_up_and_the_transaction_goes_on_without_a_bound() {
        BoundedCounts counts = new BoundedCounts(jdbc, new ListsProperties(Duration.ofMillis(50)));
        boolean bound = inTransaction(() -> {
            long before = bound();
            assertThat(counts.count(() -> ask("SELECT count(pg_sleep(60))"))).isEmpty();
            return bound() != before;
        });
        assertThat(bound).isFalse();
    }

    @Test
    void what_is_counted_in_time_is_told_and_leaves_no_bound() {
        boolean bound = inTransaction(() -> {
            long before = bound();
            assertThat(counts.count(() -> ask("SELECT 5"))).hasValue(5L);
            return bound() != before;
        });
        assertThat(bound).isFalse();
    }

    @Test
    void what_fails_otherwise_is_told() {
        assertThatThrownBy(() -> inTransaction(() -> counts.count(() -> ask("SELECT 1 / 0"))))
                .isInstanceOf(DataAccessException.class);
    }

    @Test
    void a_total_that_is_not_exact_says_of_no_less_than_was_seen() {
        assertThat(new Total(3, false).atLeast(51)).isEqualTo(new Total(51, false));
        assertThat(new Total(100, false).atLeast(51)).isEqualTo(new Total(100, false));
        assertThat(Total.exactly(60).atLeast(51)).isEqualTo(Total.exactly(60));
        assertThat(Total.upTo(1000, 1001)).isEqualTo(new Total(1000, false));
        for (Total total : new Total[] {Total.exactly(0), new Total(51, false)}) {
            assertThat(Total.read(total.text())).isEqualTo(total);
        }
    }

    private long bound() {
        return ask("SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'");
    }

    private Long ask(String sql) {
        return Objects.requireNonNull(jdbc.queryForObject(sql, Long.class));
    }

    private static <T> T inTransaction(Supplier<T> work) {
        return Tenancy.allTenants(() -> SERVER.bean(TransactionTemplate.class).execute(transaction -> work.get()));
    }
}
