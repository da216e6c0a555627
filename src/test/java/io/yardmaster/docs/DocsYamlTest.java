package io.yardmaster.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.testkit.JobFolder;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The YAML of a page is a server's settings, which exist, or a job's {@code config.yaml}, which the server can read. The
 * blocks under one heading make up one job; what such a part leaves open, as a step that another one needs, is added.
 */
class DocsYamlTest {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Set<String> OF_SETTINGS = Set.of("yardmaster", "spring", "server", "logging", "management");
    private static final Pattern ARGUMENT = Pattern.compile("\\bargs\\.(?<name>[a-z][a-z0-9_]*)");
    private static final Pattern OTHER_FILE =
            Pattern.compile("# (?!config\\.yaml|application\\.yaml)[\\w./-]+\\.ya?ml\\b.*");
    private static final String STEPS = "steps";

    /** The blocks under one heading of a page that are parts of a job. */
    record Part(List<Block> blocks) {

        @Override
        public String toString() {
            return blocks.getFirst().toString();
        }
    }

    @ParameterizedTest
    @MethodSource("parts")
    void each_job_of_a_page_can_be_read_without_warnings(Part part) {
        ObjectNode job = job(part);
        String id = "docs-pages/" + part.toString().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        JobFolder folder = TestServer.shared().job(id);
        for (String file : files(job)) {
            folder.file(file, "true\n");
        }
        folder.config(job.toString());

        var answer = TestServer.shared().client().get("/jobs/" + id);

        assertThat(answer.status()).as("%s: %s\n%s", part, answer.body(), job).isEqualTo(200);
        assertThat(answer.json().path("warnings")).as("%s", part).isEmpty();
        folder.delete();
    }

    @Test
    void each_setting_of_a_page_exists() {
        KnownSettings known = KnownSettings.read();
        List<String> unknown = new ArrayList<>();
        for (Page page : Page.all()) {
            for (Block block : page.blocks()) {
                if (block.language().equals("yaml") && isSettings(yaml(block))) {
                    keys("yardmaster", yaml(block).path("yardmaster"))
                            .filter(key -> !known.has(key))
                            .forEach(key -> unknown.add(block + ": " + key));
                }
            }
        }
        assertThat(unknown).isEmpty();
    }

    @Test
    void all_yaml_is_a_job_or_settings_unless_it_says_otherwise() {
        Set<String> ofJobs = keysOfJobs();
        List<Block> unknown = new ArrayList<>();
        for (Page page : Page.all()) {
            for (Block block : page.blocks()) {
                if (block.language().equals("yaml")
                        && !isOfAnother(block)
                        && !isSettings(yaml(block))
                        && !isPartOfAJob(yaml(block), ofJobs)) {
                    unknown.add(block);
                }
            }
        }
        assertThat(unknown).isEmpty();
    }

    @Test
    void all_json_can_be_read() {
        for (Page page : Page.all()) {
            for (Block block : page.blocks()) {
                if (block.language().equals("json")) {
                    assertThat(JSON.readTree(block.text()).isMissingNode())
                            .as("%s", block)
                            .isFalse();
                }
            }
        }
    }

    static List<Part> parts() {
        Set<String> ofJobs = keysOfJobs();
        Map<String, List<Block>> parts = new LinkedHashMap<>();
        for (Page page : Page.all()) {
            for (Block block : page.blocks()) {
                if (block.language().equals("yaml") && !isOfAnother(block) && isPartOfAJob(yaml(block), ofJobs)) {
                    parts.computeIfAbsent(page + "#" + block.section(), section -> new ArrayList<>())
                            .add(block);
                }
            }
        }
        return parts.values().stream().map(Part::new).toList();
    }

    private static ObjectNode job(Part part) {
        ObjectNode job = JSON.createObjectNode();
        ArrayNode steps = JSON.createArrayNode();
        for (Block block : part.blocks()) {
            JsonNode yaml = yaml(block);
            if (yaml.isArray()) {
                yaml.forEach(steps::add);
            } else {
                yaml.properties().stream()
                        .filter(member -> !member.getKey().equals(STEPS))
                        .forEach(member -> job.set(member.getKey(), member.getValue()));
                yaml.path(STEPS).forEach(steps::add);
            }
        }
        Set<String> known = new LinkedHashSet<>();
        steps.forEach(step -> known.add(step.path("id").asString()));
        for (JsonNode step : List.copyOf(steps.valueStream().toList())) {
            for (JsonNode need : step.path("needs")) {
                if (known.add(need.asString())) {
                    steps.addObject().put("id", need.asString()).put("inline", "true");
                }
            }
        }
        if (!steps.isEmpty()) {
            job.put("composition", STEPS);
            job.set(STEPS, steps);
        } else if (!job.has("command") && !job.has("script") && !job.has("inline")) {
            job.put("command", "./run.sh");
        }
        addArguments(job);
        return job;
    }

    private static void addArguments(ObjectNode job) {
        Set<String> used = ARGUMENT.matcher(job.toString())
                .results()
                .map(match -> match.group("name"))
                .collect(Collectors.toSet());
        if (!used.isEmpty()) {
            ObjectNode properties =
                    job.withObject("argspec").put("type", "object").withObject("properties");
            for (String name : used) {
                if (!properties.has(name)) {
                    properties.putObject(name).put("type", "string");
                }
            }
        }
    }

    private static List<String> files(ObjectNode job) {
        List<String> files = new ArrayList<>();
        for (String key : List.of("script", "command")) {
            for (JsonNode value : job.findValues(key)) {
                String file = value.isArray() ? value.path(0).asString() : value.asString();
                if (key.equals("script") || file.startsWith("./")) {
                    files.add(file);
                }
            }
        }
        return files;
    }

    /** It says so, or names another program's file in its first line. */
    private static boolean isOfAnother(Block block) {
        return block.mark("not checked").isPresent()
                || OTHER_FILE
                        .matcher(block.text().lines().findFirst().orElse(""))
                        .matches();
    }

    private static boolean isSettings(JsonNode yaml) {
        return yaml.isObject() && yaml.propertyStream().allMatch(member -> OF_SETTINGS.contains(member.getKey()));
    }

    private static boolean isPartOfAJob(JsonNode yaml, Set<String> keys) {
        return yaml.isArray()
                ? yaml.valueStream().allMatch(step -> step.has("id"))
                : yaml.isNull() || yaml.propertyStream().allMatch(member -> keys.contains(member.getKey()));
    }

    private static Set<String> keysOfJobs() {
        try (var schema = DocsYamlTest.class.getResourceAsStream("/schemas/job-config.json")) {
            return JSON.readTree(Objects.requireNonNull(schema))
                    .path("properties")
                    .propertyStream()
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> keys(String prefix, JsonNode node) {
        if (node.isObject()) {
            return node.propertyStream().flatMap(member -> keys(prefix + "." + member.getKey(), member.getValue()));
        }
        return node.isArray() ? node.valueStream().flatMap(item -> keys(prefix + "[]", item)) : Stream.of(prefix);
    }

    private static JsonNode yaml(Block block) {
        try {
            return JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(block.text()));
        } catch (RuntimeException e) {
            throw new AssertionError(block + " is not YAML", e);
        }
    }
}
