package io.yardmaster.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ShortenedTest {

    @Test
    void what_fits_stays_as_it_is_and_what_does_not_is_cut_to_the_length() {
        assertThat(Shortened.to(5, "12345")).isEqualTo("12345");
        assertThat(Shortened.to(5, "123456")).isEqualTo("1234…");
    }

    @Test
    void no_character_is_cut_in_half() {
        assertThat(Shortened.to(5, "123\ud83d\ude00567")).isEqualTo("123…");
        assertThat(Shortened.to(6, "123\ud83d\ude00567")).isEqualTo("123\ud83d\ude00…");
    }
}
