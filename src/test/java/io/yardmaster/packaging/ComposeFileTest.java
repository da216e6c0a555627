package io.yardmaster.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Compose file, checked against the Compose specification as far as it uses it. */
class ComposeFileTest {

    /** The elements of the specification that the file uses. A misspelt one would be ignored or refused. */
    private static final Set<String> SERVICE = Set.of(
            "build",
            "cap_drop",
            "configs",
            "depends_on",
            "environment",
            "healthcheck",
            "image",
            "mem_limit",
            "pids_limit",
            "ports",
            "read_only",
            "restart",
            "secrets",
            "security_opt",
            "shm_size",
            "stop_grace_period",
            "tmpfs",
            "user",
            "volumes");

    private static Map<String, Object> file = Map.of();
    private static Map<String, Object> services = Map.of();

    @BeforeAll
    static void read() throws IOException {
        file = Yaml.read(Files.readString(Path.of("docker-compose.yml")));
        services = Yaml.map(file, "services");
    }

    @Test
    void it_uses_elements_that_exist() {
        assertThat(file).containsOnlyKeys("name", "services", "volumes", "configs", "secrets");
        assertThat(services)
                .containsOnlyKeys("server", "database")
                .allSatisfy((name, service) ->
                        assertThat(Yaml.map(service).keySet()).isSubsetOf(SERVICE));
        assertThat(Yaml.map(services, "database", "healthcheck").keySet())
                .isSubsetOf("test", "interval", "timeout", "start_period", "retries");
    }

    @Test
    void every_container_is_confined() {
        assertThat(services)
                .allSatisfy((name, service) -> assertThat(Yaml.map(service))
                        .containsEntry("read_only", true)
                        .containsEntry("cap_drop", List.of("ALL"))
                        .containsEntry("security_opt", List.of("no-new-privileges:true"))
                        .doesNotContainKeys("privileged", "cap_add", "network_mode", "pid", "ipc"));
        assertThat(Yaml.map(services, "database")).containsEntry("user", "postgres");
    }

    @Test
    void volumes_configs_and_secrets_are_declared_and_used() {
        for (String kind : List.of("configs", "secrets")) {
            List<String> used = services.values().stream()
                    .flatMap(service -> Yaml.list(service, kind).stream())
                    .map(use -> use instanceof String name
                            ? name
                            : (String) Yaml.map(use).get("source"))
                    .toList();
            assertThat(Yaml.map(file, kind).keySet()).containsAll(used);
            assertThat(used).containsAll(Yaml.map(file, kind).keySet());
        }
        List<String> volumes = services.values().stream()
                .flatMap(service -> Yaml.<String>list(service, "volumes").stream())
                .map(mount -> mount.split(":")[0])
                .filter(source -> !source.startsWith("."))
                .toList();
        assertThat(Yaml.map(file, "volumes").keySet()).containsExactlyInAnyOrderElementsOf(volumes);
    }

    @Test
    void folders_and_files_of_the_repository_are_there() {
        services.values().stream()
                .flatMap(service -> Yaml.<String>list(service, "volumes").stream())
                .map(mount -> mount.split(":")[0])
                .filter(source -> source.startsWith("."))
                .forEach(source -> assertThat(Path.of(source)).isDirectory());
        for (String kind : List.of("configs", "secrets")) {
            assertThat(Yaml.map(file, kind)).allSatisfy((name, entry) -> {
                Path source = Path.of((String) Yaml.map(entry).get("file"));
                if (!source.startsWith("docker/dev")) {
                    assertThat(source).exists();
                }
            });
        }
    }

    @Test
    void the_server_waits_for_a_database_that_says_it_is_healthy() {
        Map<String, Object> dependencies = Yaml.map(services, "server", "depends_on");
        assertThat(dependencies).isEqualTo(Map.of("database", Map.of("condition", "service_healthy")));
        assertThat(Yaml.map(services, "database", "healthcheck")).containsKey("test");
    }

    @Test
    void what_it_tells_the_server_are_settings_that_the_server_has() throws IOException {
        KnownSettings known = KnownSettings.load();

        assertThat(Yaml.map(services, "server", "environment").keySet())
                .allSatisfy(name -> assertThat(known.containsEnvironment(name))
                        .as("the setting %s", name)
                        .isTrue());
        assertThat(Yaml.list(Yaml.map(services, "server"), "secrets"))
                .map(secret -> (String) Yaml.map(secret).get("target"))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(known.contains(name))
                        .as("the setting %s", name)
                        .isTrue());
    }

    @Test
    void no_secret_is_written_in_it() {
        assertThat(services.values().stream().flatMap(service -> Yaml.map(service, "environment").keySet().stream()))
                .noneMatch(name -> name.endsWith("PASSWORD") || name.endsWith("KEYS"));
    }

    @Test
    void it_says_what_the_floor_is_and_is_reached_from_this_machine_only() {
        assertThat(Yaml.map(services, "server", "environment")).containsEntry("YARDMASTER_POLICY_FLOOR", "permissive");
        assertThat(Yaml.<String>list(Yaml.map(services, "server"), "ports")).containsExactly("127.0.0.1:8080:8080");
        assertThat(Yaml.map(services, "database")).doesNotContainKey("ports");
    }
}
