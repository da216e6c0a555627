package io.yardmaster.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.kernel.OutputLine;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineCodecTest {

    private static final Instant NOW = Instant.parse("2026-03-02T06:00:40.121Z");

    @Test
    void what_was_encoded_is_decoded() {
        for (long seed = 0; seed < 300; seed++) {
            List<OutputLine> lines = lines(new Random(seed));
            assertThat(LineCodec.decode(LineCodec.encode(lines), lines.size()))
                    .as("seed %d", seed)
                    .isEqualTo(lines);
        }
    }

    @Test
    void lines_without_text_and_times_that_go_back_are_kept() {
        List<OutputLine> lines = List.of(
                new OutputLine(NOW, ""),
                new OutputLine(NOW.minusSeconds(86_400), ""),
                new OutputLine(NOW.plusSeconds(86_400 * 365L), "late"),
                new OutputLine(Instant.EPOCH, "epoch"),
                new OutputLine(Instant.ofEpochMilli(-1), "before it"),
                new OutputLine(NOW, "x".repeat(64 * 1024)));

        assertThat(LineCodec.decode(LineCodec.encode(lines), lines.size())).isEqualTo(lines);
    }

    @Test
    void lines_that_resemble_each_other_take_little_room() {
        List<OutputLine> lines = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            lines.add(new OutputLine(NOW.plusMillis(i), "copied /srv/data/photos/" + i + ".jpg"));
        }
        assertThat(LineCodec.encode(lines).length).isLessThan(4000 * 12);
    }

    @Test
    void a_chunk_of_another_form_is_refused_and_not_guessed_at() {
        byte[] bytes = LineCodec.encode(List.of(new OutputLine(NOW, "text")));
        bytes[0] = 9;

        assertThatThrownBy(() -> LineCodec.decode(bytes, 1)).isInstanceOf(IllegalStateException.class);
    }

    private static List<OutputLine> lines(Random random) {
        List<OutputLine> lines = new ArrayList<>();
        long at = NOW.toEpochMilli();
        int count = 1 + random.nextInt(200);
        for (int i = 0; i < count; i++) {
            at += switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> random.nextInt(5);
                case 2 -> -random.nextInt(10_000);
                default -> random.nextInt(100_000_000);
            };
            lines.add(new OutputLine(Instant.ofEpochMilli(at), text(random)));
        }
        return lines;
    }

    /** Any text that UTF-8 can hold: no surrogate stands alone. */
    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(4) == 0 ? 0 : random.nextInt(200);
        while (text.length() < length) {
            int bound = switch (random.nextInt(3)) {
                case 0 -> 0x80;
                case 1 -> 0x3000;
                default -> Character.MAX_CODE_POINT + 1;
            };
            int point = random.nextInt(bound);
            if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
                text.appendCodePoint(point);
            }
        }
        return text.toString();
    }
}
