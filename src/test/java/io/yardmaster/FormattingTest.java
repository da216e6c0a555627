package io.yardmaster;

import static org.assertj.core.api.Assertions.assertThat;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.ImportOrderer;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.JavaFormatterOptions.Style;
import com.palantir.javaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The formatter as a test, because it needs the JDK whose language it formats and Maven itself may run on an older one.
 * {@code -Dformat.write=true} formats instead of complaining.
 */
class FormattingTest {

    private final Formatter formatter = Formatter.createFormatter(
            JavaFormatterOptions.builder().style(Style.PALANTIR).build());

    @Test
    void every_file_is_formatted() throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(Path.of("src"))) {
            files = walk.filter(file -> file.toString().endsWith(".java")).toList();
        }
        assertThat(files).hasSizeGreaterThan(50);
        files.parallelStream().forEach(this::requireFormatted);
    }

    private void requireFormatted(Path file) {
        try {
            String source = Files.readString(file);
            String formatted = formatter.formatSource(
                    ImportOrderer.reorderImports(RemoveUnusedImports.removeUnusedImports(source), Style.PALANTIR));
            if (Boolean.getBoolean("format.write") && !formatted.equals(source)) {
                Files.writeString(file, formatted);
            } else {
                assertThat(source)
                        .as("%s is not formatted; ./mvnw test -Dtest=FormattingTest -Dformat.write=true", file)
                        .isEqualTo(formatted);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (FormatterException e) {
            throw new AssertionError(file + " cannot be formatted", e);
        }
    }
}
