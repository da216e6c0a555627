package io.yardmaster.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What can be said about the Dockerfile without a container engine. */
class DockerfileTest {

    private static final Pattern COPY_FROM = Pattern.compile("--from=(\\S+)");
    private static final Pattern SCRIPT = Pattern.compile("\\bdocker/[a-z-]+");

    private static List<Instruction> instructions = List.of();

    private record Instruction(int stage, String name, String text) {}

    @BeforeAll
    static void parse() throws IOException {
        List<Instruction> found = new ArrayList<>();
        int stage = -1;
        StringBuilder line = new StringBuilder();
        for (String next : Files.readAllLines(Path.of("Dockerfile"))) {
            if (next.isBlank() || next.startsWith("#")) {
                continue;
            }
            boolean goesOn = next.endsWith("\\");
            line.append(goesOn ? next.substring(0, next.length() - 1) : next).append(' ');
            if (!goesOn) {
                String[] parts = line.toString().strip().split("\\s+", 2);
                stage += parts[0].equals("FROM") ? 1 : 0;
                found.add(new Instruction(stage, parts[0], parts[1]));
                line.setLength(0);
            }
        }
        assertThat(line).as("the last line goes on").isEmpty();
        instructions = found;
    }

    @Test
    void every_instruction_is_one_that_exists() {
        assertThat(instructions)
                .extracting(Instruction::name)
                .isSubsetOf(
                        "ARG",
                        "FROM",
                        "RUN",
                        "USER",
                        "WORKDIR",
                        "COPY",
                        "ENV",
                        "VOLUME",
                        "EXPOSE",
                        "STOPSIGNAL",
                        "HEALTHCHECK",
                        "ENTRYPOINT",
                        "CMD",
                        "LABEL");
    }

    @Test
    void base_images_are_named_with_a_tag() {
        assertThat(instructions)
                .filteredOn(instruction -> instruction.stage() == -1)
                .extracting(Instruction::text)
                .isNotEmpty()
                .allMatch(argument -> argument.matches("[A-Z]+=[a-z./-]+:[\\w.-]+"))
                .noneMatch(argument -> argument.endsWith(":latest"));
        assertThat(all("FROM")).extracting(Instruction::text).containsExactly("${BUILDER} AS build", "${BASE}");
    }

    @Test
    void nothing_is_fetched_from_an_address_that_the_build_does_not_check() {
        assertThat(all("RUN"))
                .extracting(Instruction::text)
                .noneMatch(text -> text.matches("(?s).*\\b(curl|wget)\\b.*"));
    }

    @Test
    void the_image_runs_as_a_numbered_user_who_is_not_root() {
        assertThat(last("USER")).isEqualTo("65532:65532");
        assertThat(instructions.stream()
                        .filter(instruction ->
                                instruction.stage() == 0 && instruction.name().equals("USER"))
                        .map(Instruction::text))
                .as("PostgreSQL, which trains the cache, does not run as root")
                .containsExactly("builder");
    }

    @Test
    void the_last_stage_takes_only_the_runtime_and_the_program() {
        assertThat(instructions)
                .filteredOn(instruction ->
                        instruction.stage() == 1 && instruction.name().equals("COPY"))
                .extracting(Instruction::text)
                .containsExactly("--from=build /opt/java /opt/java", "--from=build /opt/yardmaster /opt/yardmaster");
        assertThat(all("COPY"))
                .filteredOn(copy -> copy.text().contains("--from="))
                .allSatisfy(copy -> {
                    Matcher from = COPY_FROM.matcher(copy.text());
                    assertThat(from.find()).isTrue();
                    assertThat(from.group(1)).isEqualTo("build");
                });
    }

    @Test
    void programs_that_are_called_are_there() {
        List<String> called = all("RUN").stream()
                .flatMap(run -> SCRIPT.matcher(run.text()).results())
                .map(match -> match.group())
                .toList();
        assertThat(called)
                .contains("docker/runtime", "docker/extract", "docker/train")
                .allSatisfy(script -> assertThat(Path.of(script)).isExecutable());
        assertThat(last("ENTRYPOINT")).endsWith("\"/opt/yardmaster/start\"]");
        assertThat(last("HEALTHCHECK")).endsWith("CMD [\"/opt/yardmaster/healthy\"]");
        assertThat(Path.of("docker/start")).isExecutable();
        assertThat(Path.of("docker/healthy")).isExecutable();
    }

    @Test
    void the_cache_is_trained_with_the_runtime_and_the_path_that_ship() {
        assertThat(all("RUN"))
                .extracting(Instruction::text)
                .anyMatch(text -> text.contains("RUNTIME=/opt/java") && text.endsWith("docker/train /opt/yardmaster"));
    }

    @Test
    void it_is_stopped_by_a_signal_that_the_server_knows_and_keeps_its_data_in_a_volume() {
        assertThat(last("STOPSIGNAL")).isEqualTo("SIGTERM");
        assertThat(last("VOLUME")).isEqualTo("/var/lib/yardmaster");
        assertThat(last("EXPOSE")).isEqualTo("8080");
        assertThat(last("ENV")).contains("YARDMASTER_DATADIR=/var/lib/yardmaster");
    }

    @Test
    void the_build_sees_only_what_it_reads() throws IOException {
        List<String> lines = Files.readAllLines(Path.of(".dockerignore"));
        assertThat(lines).contains("*", "docker/dev");
        assertThat(lines.stream().filter(line -> line.startsWith("!")).map(line -> line.substring(1)))
                .contains(".mvn", "mvnw", "pom.xml", "src/main", "openapi", "db", "docker")
                .allSatisfy(path -> assertThat(Path.of(path)).exists());
    }

    private static List<Instruction> all(String name) {
        return instructions.stream()
                .filter(instruction -> instruction.name().equals(name))
                .toList();
    }

    private static String last(String name) {
        return all(name).getLast().text();
    }
}
