package io.yardmaster.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of the proof by breaking. */
@Tag("breaking")
class ChaosTest {

    @TempDir
    private Path folder;

    @Test
    void servers_that_are_broken_at_random_under_load_keep_every_promise() throws IOException, InterruptedException {
        File output = folder.resolve("output").toFile();
        ProcessBuilder chaos = new ProcessBuilder("bench/chaos", "--for", "20", "--servers", "2", "--rate", "60")
                .redirectErrorStream(true)
                .redirectOutput(output);
        chaos.environment().put("JAVA_HOME", System.getProperty("java.home"));
        chaos.environment().put("BENCH_CLASSPATH", classPathOfTheServer());
        Process process = chaos.start();
        try {
            assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroy();
        }

        assertThat(Files.readString(output.toPath())).contains("all guarantees hold");
        assertThat(process.exitValue()).isZero();
    }

    private static String classPathOfTheServer() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.replaceAll("/+$", "").endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
