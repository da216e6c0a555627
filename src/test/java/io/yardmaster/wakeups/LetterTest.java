package io.yardmaster.wakeups;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.kernel.RunId;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LetterTest {

    private static final int PAYLOAD_LIMIT = 8_000;

    @Test
    void what_is_written_is_read() {
        Random random = new Random(4);
        for (int i = 0; i < 200; i++) {
            Set<RunId> grown = runs(random, random.nextInt(100));
            Set<RunId> ended = grown.stream().filter(r -> random.nextBoolean()).collect(Collectors.toSet());
            Set<RunId> commanded = new HashSet<>(runs(random, random.nextInt(50)));
            grown.stream().limit(2).forEach(commanded::add);
            Letter letter = new Letter(
                    "AAECAwQFBgc",
                    random.nextBoolean() ? OptionalLong.of(random.nextInt(1_000_000)) : OptionalLong.empty(),
                    new News(grown, ended, commanded, random.nextBoolean(), false));

            assertThat(Letter.read(letter.write())).contains(letter);
        }
    }

    @Test
    void a_full_letter_fits_and_one_run_more_means_everything() {
        Random random = new Random(5);
        Set<RunId> most = runs(random, Letter.MAX_RUNS);
        String full = letter(new News(most, most, Set.of(), true, false)).write();
        assertThat(full.getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(PAYLOAD_LIMIT);
        assertThat(Letter.read(full).orElseThrow().news().grown()).isEqualTo(most);

        String tooMuch = letter(new News(runs(random, Letter.MAX_RUNS + 1), Set.of(), Set.of(), false, false))
                .write();
        assertThat(tooMuch).hasSizeLessThan(100);
        assertThat(Letter.read(tooMuch).orElseThrow().news()).isEqualTo(News.ofAnything());
    }

    @Test
    void a_letter_of_a_later_version_means_everything() {
        assertThat(Letter.read("2 AAECAwQFBgc whatever else").orElseThrow().news())
                .isEqualTo(News.ofAnything());
    }

    @Test
    void what_is_no_letter_is_none() {
        for (String text :
                new String[] {"", "hello", "1", "1 a", "1 a - -", "1 a x - ", "1 a - - 1short", "1 a - - !?"}) {
            assertThat(Letter.read(text)).as(text).isEmpty();
        }
    }

    private static Letter letter(News news) {
        return new Letter("AAECAwQFBgc", OptionalLong.of(Long.MAX_VALUE), news);
    }

    private static Set<RunId> runs(Random random, int count) {
        return Stream.generate(() -> new RunId(new UUID(random.nextLong(), random.nextLong())))
                .limit(count)
                .collect(Collectors.toSet());
    }
}
