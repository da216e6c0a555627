package io.yardmaster.secrets;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.kernel.OutputLine;
import io.yardmaster.kernel.OutputPart;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class MaskedStreamTest {

    private final MaskedStream stream =
            new MaskedStream(SecretMask.of(List.of("ab\ncd\n\nef", "p4ssword", "12345678")));

    @Test
    void each_line_of_a_secret_becomes_a_mask_in_its_place() {
        assertThat(add("before ab", "cd", "", "ef after", "more"))
                .containsExactly("before ***", "***", "***", "*** after", "more");
    }

    @Test
    void only_a_line_that_may_begin_a_secret_waits() {
        assertThat(add("nothing", "p4sswor")).containsExactly("nothing", "p4sswor");
        assertThat(add("ab")).isEmpty();
        assertThat(stream.isHolding()).isTrue();
        assertThat(add("cd")).isEmpty();
        assertThat(add("no")).containsExactly("ab", "cd", "no");
        assertThat(stream.isHolding()).isFalse();
    }

    @Test
    void a_secret_with_line_ends_of_windows_is_found_however_many_returns_were_lost_on_the_way() {
        MaskedStream windows = new MaskedStream(SecretMask.of(List.of("ab\r\ncd\r\r\r\nef")));
        for (String returns : List.of("\r\r", "\r", "")) {
            assertThat(texts(windows.add(List.of(part("ab", true), part("cd" + returns, true), part("ef.", true)))))
                    .containsExactly("***", "***", "***.");
        }
    }

    @Test
    void white_space_at_the_ends_of_a_secret_may_be_lost() {
        MaskedStream spaced = new MaskedStream(SecretMask.of(List.of("\ufeff\u00a0 hunter2 \u2028\u0085\n")));
        assertThat(texts(spaced.add(List.of(part("it is hunter2.", true))))).containsExactly("it is ***.");
    }

    @Test
    void what_waits_is_given_when_the_stream_ends() {
        assertThat(add("it is ab")).isEmpty();
        assertThat(texts(stream.finish())).containsExactly("it is ab");
    }

    @Test
    void what_has_waited_long_enough_is_given_once_and_the_rest_of_the_secret_stays_masked() {
        assertThat(add("it is ab")).isEmpty();
        assertThat(texts(stream.release())).containsExactly("it is ab");
        assertThat(stream.isHolding()).isFalse();
        assertThat(add("cd")).isEmpty();
        assertThat(texts(stream.release())).containsExactly("***");
        assertThat(add("", "ef", "end")).containsExactly("***", "***", "end");
    }

    @Test
    void a_cut_in_a_line_does_not_part_a_secret() {
        assertThat(texts(stream.add(List.of(part("x p4ss", false))))).isEmpty();
        assertThat(texts(stream.add(List.of(part("word y", true))))).containsExactly("x ***", "*** y");
    }

    @Test
    void empty_lines_after_the_beginning_of_base64_are_not_held_without_end() {
        String secret = "a secret of some length";
        String begun = Base64.getEncoder()
                .encodeToString(secret.getBytes(StandardCharsets.UTF_8))
                .substring(0, 8);
        MaskedStream endless = new MaskedStream(SecretMask.of(List.of(secret)));

        assertThat(texts(endless.add(List.of(part(begun, true))))).isEmpty();
        assertThat(texts(endless.add(List.of(part("", true), part("", true))))).contains(begun);
        assertThat(endless.isHolding()).isFalse();
    }

    @Test
    void text_that_repeats_a_secret_without_end_is_not_held_without_end() {
        MaskedStream endless = new MaskedStream(SecretMask.of(List.of("abab")));
        List<OutputPart> piece = List.of(part("ab".repeat(30_000), false));
        int shown = 0;
        for (int i = 0; i < 100; i++) {
            List<OutputPart> given = endless.add(piece);
            assertThat(given).allMatch(part -> part.line().text().equals("***"));
            shown += given.size();
        }
        assertThat(shown).isGreaterThan(60);
        assertThat(texts(endless.finish())).allMatch("***"::equals).hasSize(100 - shown);
    }

    @Test
    void texts_names_and_numbers_of_a_tree_are_masked() {
        var json = JsonMapper.shared().readTree("""
            {"a p4ssword": ["p4ssword!", 12345678, 1.5, true, null], "pin": 12345678.0}
            """);

        assertThat(SecretMask.of(List.of("p4ssword", "12345678")).mask(json))
                .isEqualTo(JsonMapper.shared().readTree("""
                    {"a ***": ["***!", "***", 1.5, true, null], "pin": "***"}
                    """));
    }

    @Test
    void of_a_text_that_was_cut_the_beginning_of_a_secret_is_masked() {
        SecretMask mask = SecretMask.of(List.of("p4ssword"));

        assertThat(mask.maskBeginning("p4ssword and p4ssw")).isEqualTo("*** and ***");
        assertThat(mask.maskBeginning("p4ssword and nothing")).isEqualTo("*** and nothing");
        assertThat(mask.mask("p4ssword and p4ssw")).isEqualTo("*** and p4ssw");
    }

    private List<String> add(String... lines) {
        return texts(stream.add(Stream.of(lines).map(line -> part(line, true)).toList()));
    }

    private static List<String> texts(List<OutputPart> parts) {
        return parts.stream().map(part -> part.line().text()).toList();
    }

    private static OutputPart part(String text, boolean endsLine) {
        return new OutputPart(new OutputLine(Instant.EPOCH, text), endsLine, 0);
    }
}
