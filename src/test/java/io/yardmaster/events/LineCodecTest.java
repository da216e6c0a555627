package io.yardmaster.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.yardmaster.kernel.OutputLine;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LineCodecTest {

    private static final Instant NOW = Instant.parse("2026-03-02T06:00:40.121Z");

    @Test
    void what_was_encoded_is_decoded() {
        for (long seed = 0; seed < 300; seed++) {
            List<OutputLine> lines = lines(new Random(seed));
            assertThat(storedAndRead(lines)).as("seed %d", seed).isEqualTo(lines);
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

        assertThat(storedAndRead(lines)).isEqualTo(lines);
        assertThat(LineBlock.of(lines).toList()).isEqualTo(lines);
    }

    @Test
    void lines_that_resemble_each_other_take_little_room() {
        List<OutputLine> lines = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            lines.add(new OutputLine(NOW.plusMillis(i), "copied /srv/data/photos/" + i + ".jpg"));
        }
        assertThat(LineBlock.of(lines).packed().length).isLessThan(4000 * 12);
    }

    @Test
    void a_chunk_of_another_form_is_refused_and_not_guessed_at() {
        byte[] bytes = LineBlock.of(List.of(new OutputLine(NOW, "text"))).packed();
        bytes[0] = 9;

        assertThatThrownBy(() -> LineCodec.unpack(bytes)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_chunk_that_breaks_off_or_was_damaged_is_refused() {
        byte[] bytes =
                LineBlock.of(List.of(new OutputLine(NOW, "text".repeat(100)))).packed();
        for (int length = 1; length < bytes.length; length++) {
            byte[] part = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> LineCodec.unpack(part)).isInstanceOf(IllegalStateException.class);
        }
        bytes[bytes.length - 1]++;
        assertThatThrownBy(() -> LineCodec.unpack(bytes)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_block_knows_its_times_and_its_size_as_text() {
        LineBlock block = LineBlock.of(List.of(
                new OutputLine(NOW, "eins"),
                new OutputLine(NOW.minusSeconds(5), "zw\u00f6lf"),
                new OutputLine(NOW.plusMillis(1), "")));

        assertThat(block.firstAt()).isEqualTo(NOW.minusSeconds(5));
        assertThat(block.lastAt()).isEqualTo(NOW.plusMillis(1));
        assertThat(block.textBytes()).isEqualTo("eins\nzw\u00f6lf\n\n".getBytes(StandardCharsets.UTF_8).length);
    }

    private static List<OutputLine> storedAndRead(List<OutputLine> lines) {
        LineBlock block = LineBlock.of(lines);
        return LineBlock.stored(block.packed(), lines.size(), block.firstAt(), block.lastAt())
                .toList();
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
