package io.yardmaster.problems;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class PageTokenTest {

    @Test
    void a_token_gives_its_position_to_the_list_it_was_written_for() {
        String token = PageToken.write("runs of one job", "42");

        assertThat(PageToken.<Integer>position(token, "runs of one job", Integer::valueOf))
                .isEqualTo(42);
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> PageToken.position(token, "runs of another job", Integer::valueOf));
    }

    @Test
    void a_well_made_token_with_a_position_that_is_none_is_refused_as_any_other() {
        String token = PageToken.write("runs of one job", "not a number");

        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> PageToken.position(token, "runs of one job", Integer::valueOf));
    }
}
