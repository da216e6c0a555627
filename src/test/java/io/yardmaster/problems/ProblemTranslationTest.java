package io.yardmaster.problems;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.orm.jpa.JpaSystemException;

class ProblemTranslationTest {

    @ParameterizedTest
    @ValueSource(strings = {"57P01", "53300", "08006", "25P03", "25P04", "57P05"})
    void a_session_that_the_database_has_ended_is_no_fault_of_the_server(String sqlState) {
        JpaSystemException thrown = new JpaSystemException(
                new IllegalStateException("Unable to commit", new SQLException("terminating connection", sqlState)));

        assertThat(ProblemTranslation.of(thrown).type()).isEqualTo(ProblemType.SERVICE_UNAVAILABLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "42601"})
    void a_statement_that_was_wrong_is_one(String sqlState) {
        JpaSystemException thrown = new JpaSystemException(
                new IllegalStateException("Unable to commit", new SQLException("no such column", sqlState)));

        assertThat(ProblemTranslation.of(thrown).type()).isEqualTo(ProblemType.INTERNAL_ERROR);
    }
}
