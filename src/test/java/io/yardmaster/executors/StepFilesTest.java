package io.yardmaster.executors;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepFilesTest {

    @TempDir
    Path folder;

    @Test
    void nothing_left_behind_is_no_fault() {
        StepFiles files = StepFiles.read(folder);

        assertThat(files.faults()).isEmpty();
        assertThat(files.outputs()).isEmpty();
        assertThat(files.result()).isEmpty();
        assertThat(files.summary()).isEmpty();
        assertThat(files.artifacts()).isEmpty();
    }

    @Test
    void outputs_are_single_lines_or_blocks() throws IOException {
        write("output", "a=1\n\nb=x=y<<z\nc<<END\nline 1\nEND \n\nEND\na=2\nempty=\nd<<E\nE\nlast= no newline ");

        StepFiles files = StepFiles.read(folder);

        assertThat(files.faults()).isEmpty();
        assertThat(files.outputs())
                .isEqualTo(Map.of(
                        "a", "2", "b", "x=y<<z", "c", "line 1\nEND \n", "empty", "", "d", "", "last", " no newline "));
    }

    @Test
    void each_fault_of_the_outputs_says_where_it_is() throws IOException {
        assertThat(faultOfOutput("fine=1\nnot an entry\n")).contains("line 2", "expected key=value");
        assertThat(faultOfOutput("Upper=1\n")).contains("line 1");
        assertThat(faultOfOutput("k".repeat(64) + "=1\n")).contains("line 1");
        assertThat(faultOfOutput("a<<END\nnever closed\n")).contains("line 1", "value of a", "no end line");
        assertThat(faultOfOutput("a<<\nx\n")).contains("line 1", "marker");
        assertThat(faultOfOutput("a=" + "x".repeat(65 * 1024))).contains("line 1", "64 KiB");
        assertThat(faultOfOutput("x=" + "y\n".repeat(1024 * 1024))).contains("1 MiB");
        assertThat(faultOfOutput("a=x\0y")).contains("NUL");
        StringBuilder many = new StringBuilder();
        IntStream.range(0, 257).forEach(i -> many.append("k").append(i).append("=1\n"));
        assertThat(faultOfOutput(many.toString())).contains("line 257", "256 keys");
        Files.write(folder.resolve("output"), new byte[] {'a', '=', (byte) 0xFF});
        assertThat(StepFiles.read(folder).faults()).containsExactly("$YM_OUTPUT is not UTF-8 text.");
    }

    @Test
    void a_fault_does_not_hide_what_came_before_it() throws IOException {
        write("output", "good=1\nbad\n");

        assertThat(StepFiles.read(folder).outputs()).isEqualTo(Map.of("good", "1"));
    }

    @Test
    void the_result_is_one_json_value() throws IOException {
        write("result", " [1, 0.10, \"x\"]\n");
        assertThat(StepFiles.read(folder).result().orElseThrow().toString()).isEqualTo("[1,0.10,\"x\"]");
        write("result", "  \n");
        assertThat(StepFiles.read(folder).result()).isEmpty();
    }

    @Test
    void a_result_that_is_none_is_a_fault() throws IOException {
        for (String text : new String[] {
            "{", "1 2", "{\"a\": 1, \"a\": 2}", "nothing", "\"\\u0000\"", "\"\\udead\"", "[".repeat(5_000)
        }) {
            write("result", text);
            StepFiles files = StepFiles.read(folder);
            assertThat(files.faults()).as(text).singleElement().asString().startsWith("$YM_RESULT");
            assertThat(files.result()).isEmpty();
        }
        write("result", "\"" + "x".repeat(1024 * 1024) + "\"");
        assertThat(StepFiles.read(folder).faults()).containsExactly("$YM_RESULT is larger than 1 MiB.");
    }

    @Test
    void a_long_summary_is_cut() throws IOException {
        write("summary", "€".repeat(400_000));

        StepFiles files = StepFiles.read(folder);

        assertThat(files.faults()).isEmpty();
        assertThat(files.summary().orElseThrow()).startsWith("€€").endsWith("€\n\n(cut at 1 MiB)\n");
    }

    @Test
    void something_else_in_the_place_of_a_file_is_a_fault_and_never_followed() throws IOException {
        write("elsewhere", "a=1");
        Files.createSymbolicLink(folder.resolve("output"), folder.resolve("elsewhere"));
        Files.createDirectory(folder.resolve("result"));
        write("artifacts", "not a folder");

        StepFiles files = StepFiles.read(folder);

        assertThat(files.outputs()).isEmpty();
        assertThat(files.faults())
                .containsExactly(
                        "$YM_OUTPUT is not an ordinary file any more.",
                        "$YM_RESULT is not an ordinary file any more.",
                        "$YM_ARTIFACTS is not a folder any more.");
    }

    @Test
    void artifacts_are_the_ordinary_files_beneath_the_folder() throws IOException {
        Path artifacts = Files.createDirectories(folder.resolve("artifacts"));
        write("secret", "outside");
        write("artifacts/b.txt", "12345");
        Files.createDirectories(artifacts.resolve("a/c"));
        write("artifacts/a/c/d.txt", "");
        Files.createSymbolicLink(artifacts.resolve("link"), folder.resolve("secret"));
        Files.createSymbolicLink(artifacts.resolve("up"), folder);

        StepFiles files = StepFiles.read(folder);

        assertThat(files.artifacts()).extracting(ArtifactFile::name).containsExactly("a/c/d.txt", "b.txt");
        assertThat(files.artifacts()).extracting(ArtifactFile::size).containsExactly(0L, 5L);
        assertThat(files.faults()).isEmpty();
    }

    @Test
    void too_many_artifacts_are_a_fault() throws IOException {
        Files.createDirectories(folder.resolve("artifacts"));
        for (int i = 0; i < 1_001; i++) {
            write("artifacts/" + i, "");
        }

        StepFiles files = StepFiles.read(folder);

        assertThat(files.artifacts()).hasSize(1_000);
        assertThat(files.faults()).containsExactly("$YM_ARTIFACTS holds more than 1000 files.");
    }

    private String faultOfOutput(String text) throws IOException {
        write("output", text);
        assertThat(StepFiles.read(folder).faults())
                .as(text.substring(0, Math.min(20, text.length())))
                .hasSize(1);
        return StepFiles.read(folder).faults().getFirst();
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
