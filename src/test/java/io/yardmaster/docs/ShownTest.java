package io.yardmaster.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What pages show is held against what is printed neither too strictly nor too loosely. */
class ShownTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        {"a": 1}                                     | {"a":1,"b":2}
        {"a": "…"}                                   | {"a":{"any":"thing"}}
        {"a": "b…d"}                                 | {"a":"b c d"}
        {"a": 1, "…": "…"}                           | {"a":1}
        {"list": ["…", {"a": 2}, "…"]}               | {"list":[{"a":1},{"a":2,"b":0},{"a":3}]}
        {"list": ["…", 2, "…"]}                      | {"list":[1,2,3]}
        {"list": [1, "…"]}                           | {"list":[1]}
        {"at": "2026-03-02T06:00:40.117Z"}           | {"at":"2027-11-12T13:14:15.016Z"}
        {"run_id": "run_01KAMX4Q7J8YV2C3D4E5F6G7H8"} | {"run_id":"run_01M8188SS6E009P1YV31H7H2A8"}
        {"a": 2}                                     | {"a":1}{"a":2}
        """)
    void what_is_the_same_passes(String shown, String printed) {
        assertThat(Shown.difference(block("json", shown), printed)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
        {"a": 1}             | {"a":2}
        {"a": 1}             | {"b":1}
        {"a": 1}             | {"a":"1"}
        {"a": "b"}           | {"a":"b c"}
        {"a": {"b": 1}}      | {"a":{"b":2}}
        {"list": [1, 2]}     | {"list":[1,2,3]}
        {"list": ["…", 4]}   | {"list":[1,2,3]}
        {"id": "plan_01KAMX4Q7J8YV2C3D4E5F6G7H8"} | {"id":"nothing"}
        {"a": 1}             | {"a":1}{"a":2}
        {"a": 1}             | nothing
        """)
    void what_differs_is_told(String shown, String printed) {
        assertThat(Shown.difference(block("json", shown), printed)).isPresent();
    }

    @Test
    void lines_may_be_left_out_of_a_text_where_it_says_so() {
        Block shown = block("text", "first\n…\nlast of run_01KAMX4Q7J8YV2C3D4E5F6G7H8\n");

        assertThat(Shown.difference(shown, "first\nsecond\nthird\nlast of run_01M8188SS6E009P1YV31H7H2A8\n"))
                .isEmpty();
        assertThat(Shown.difference(shown, "first\nlast of run_01M8188SS6E009P1YV31H7H2A8\n"))
                .isEmpty();
        assertThat(Shown.difference(shown, "first\nsecond\nlast of nothing\n")).isPresent();
        assertThat(Shown.difference(block("text", "first\n"), "first\nsecond\n"))
                .isPresent();
    }

    private static Block block(String language, String text) {
        return new Block("page.md", 1, 0, language, List.of(), text);
    }
}
