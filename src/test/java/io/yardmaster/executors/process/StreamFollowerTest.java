package io.yardmaster.executors.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.kernel.OutputPart;
import io.yardmaster.kernel.OutputStreamName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StreamFollowerTest {

    private static final int LIMIT = StreamFollower.MAX_LINE_BYTES;

    @TempDir
    Path folder;

    private final List<String> lines = new ArrayList<>();
    private final List<Integer> batches = new ArrayList<>();
    private final List<OutputPart> parts = new ArrayList<>();
    private long offset;

    @Test
    void lines_end_with_LF_or_CRLF_and_a_line_is_given_when_it_is_complete() throws IOException {
        StreamFollower follower = follower(0);
        append("one\r\ntw");
        follow(follower);
        assertThat(lines).containsExactly("one");
        assertThat(offset).isEqualTo(5);

        append("o\r");
        follow(follower);
        append("\n\n\rx\n");
        follow(follower);
        assertThat(lines).containsExactly("one", "two", "", "\rx");

        append("rest");
        follow(follower);
        assertThat(lines).hasSize(4);
        follower.finish();
        assertThat(lines).endsWith("\rx", "rest");
        assertThat(offset).isEqualTo(Files.size(file()));
    }

    @Test
    void a_file_that_is_not_there_yet_is_empty() {
        follow(follower(0));

        assertThat(lines).isEmpty();
    }

    @Test
    void malformed_bytes_are_replaced() throws IOException {
        Files.write(file(), new byte[] {'a', (byte) 0xC3, 'b', (byte) 0xFF, '\n', (byte) 0xE2, (byte) 0x82, '\n'});

        follow(follower(0));

        assertThat(lines).containsExactly("a\uFFFDb\uFFFD", "\uFFFD");
    }

    @Test
    void a_line_that_is_too_long_is_cut_between_code_points() throws IOException {
        String euros = "€".repeat(LIMIT);
        StreamFollower follower = follower(0);
        append(euros);
        follow(follower);
        assertThat(lines).isNotEmpty().allMatch(line -> line.getBytes(StandardCharsets.UTF_8).length <= LIMIT);
        append("\nnext\n");
        follow(follower);

        assertThat(String.join("", lines)).isEqualTo(euros + "next");
        assertThat(lines).endsWith("next").allMatch(line -> line.indexOf('\uFFFD') < 0);
    }

    @Test
    void a_line_that_just_fits_stays_whole() throws IOException {
        append("x".repeat(LIMIT) + "\r\n" + "y".repeat(LIMIT) + "\n" + "z".repeat(LIMIT + 1) + "\n");

        follow(follower(0));

        assertThat(lines).extracting(String::length).containsExactly(LIMIT, LIMIT, LIMIT, 1);
        assertThat(parts).extracting(OutputPart::endsLine).containsExactly(true, true, false, true);
    }

    @Test
    void batches_are_bounded_and_each_offset_is_a_place_to_go_on_from() throws IOException {
        Random random = new Random(7);
        List<String> expected = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 40_000; i++) {
            String line = i + "ß".repeat(random.nextInt(60));
            expected.add(line);
            text.append(line).append(i % 3 == 0 ? "\r\n" : "\n");
        }
        append(text.toString());

        // A server that ends after any line, and a successor that goes on there.
        follow(follower(0));
        byte[] whole = Files.readAllBytes(file());
        List<OutputPart> all = List.copyOf(parts);
        for (int i = 0; i < all.size(); i += 997) {
            int end = (int) all.get(i).endOffset();
            assertThat(new String(whole, 0, end, StandardCharsets.UTF_8).lines())
                    .hasSize(i + 1);
            assertThat(whole[end - 1]).isEqualTo((byte) '\n');
        }
        lines.clear();
        offset = 0;

        // A server that ends after each batch, and its successor that knows the offset of the last one only.
        int before;
        do {
            before = lines.size();
            StreamFollower follower = follower(offset);
            var _ = follower.follow();
        } while (lines.size() > before);

        assertThat(lines).isEqualTo(expected);
        assertThat(batches).allMatch(size -> size <= 16_000).hasSizeGreaterThan(5);
        assertThat(offset).isEqualTo(Files.size(file()));
    }

    private StreamFollower follower(long from) {
        return new StreamFollower(
                OutputStreamName.STDOUT,
                file(),
                (stream, given) -> {
                    given.stream().map(part -> part.line().text()).forEach(lines::add);
                    batches.add(given.size());
                    parts.addAll(given);
                    offset = given.getLast().endOffset();
                },
                from);
    }

    private static void follow(StreamFollower follower) {
        while (follower.follow()) {
            // To the end of what is there.
        }
    }

    private void append(String text) throws IOException {
        Files.writeString(file(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private Path file() {
        return folder.resolve("out");
    }
}
