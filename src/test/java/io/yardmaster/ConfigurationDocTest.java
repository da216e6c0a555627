package io.yardmaster;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.DefaultValue;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keeps {@code docs/configuration.md} as it follows from the settings' records. Run it with {@code -Ddocs.write=true} to
 * write the page.
 */
class ConfigurationDocTest {

    private static final Path PAGE = Path.of("docs/configuration.md");
    private static final Path METADATA = Path.of("target/classes/META-INF/spring-configuration-metadata.json");
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Pattern GENERIC = Pattern.compile("java\\.util\\.(?:List|Set)<(?<of>.+)>");

    private static List<Setting> settings = List.of();
    private static RecordJavadoc javadoc = new RecordJavadoc(Map.of());

    @BeforeAll
    static void read() throws Exception {
        JsonNode metadata = JsonMapper.shared().readTree(Files.readString(METADATA));
        javadoc = RecordJavadoc.read(
                SOURCES,
                metadata.path("properties")
                        .valueStream()
                        .map(property -> property.path("sourceType").asString())
                        .collect(Collectors.toSet()));
        List<Setting> found = new ArrayList<>();
        for (JsonNode property : metadata.path("properties").values()) {
            Setting setting = Setting.of(property);
            found.add(setting);
            found.addAll(membersOf(setting));
        }
        settings = found;
    }

    @Test
    void the_page_about_settings_says_what_the_code_does() throws Exception {
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(PAGE, page());
        }

        assertThat(PAGE)
                .as("the page is out of date; ./mvnw -Dtest=ConfigurationDocTest -Ddocs.write=true test writes it")
                .hasContent(page());
    }

    @Test
    void every_setting_is_described() {
        assertThat(settings).isNotEmpty();
        assertThat(settings)
                .filteredOn(setting -> setting.description().isBlank())
                .extracting(Setting::name)
                .as("settings without a @param in their record's Javadoc")
                .isEmpty();
    }

    private static String page() {
        Map<String, List<Setting>> byRecord = settings.stream()
                .sorted(Comparator.comparing((Setting setting) -> setting.depth() > 2)
                        .thenComparing(Setting::name))
                .collect(Collectors.groupingBy(Setting::record, LinkedHashMap::new, Collectors.toList()));
        return INTRODUCTION
                + byRecord.entrySet().stream()
                        .map(entry -> section(javadoc.summary(entry.getKey()), entry.getValue()))
                        .collect(Collectors.joining("\n"));
    }

    private static String section(String title, List<Setting> rows) {
        return """
            ## %s

            | setting | type | default | meaning |
            |---|---|---|---|
            %s\
            """.formatted(title, rows.stream().map(ConfigurationDocTest::row).collect(Collectors.joining()));
    }

    private static String row(Setting setting) {
        return "| `%s` | %s | %s | %s |\n"
                .formatted(
                        setting.name(),
                        typeName(setting.type()),
                        setting.standard().isEmpty() ? "" : "`" + setting.standard() + "`",
                        sentence(setting.description()).replace("|", "\\|"));
    }

    private static String sentence(String text) {
        String begun = text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
        return begun.endsWith(".") ? begun : begun + ".";
    }

    private static String typeName(String type) {
        Matcher generic = GENERIC.matcher(type);
        if (generic.matches()) {
            String element = generic.group("of");
            return recordOf(element).isPresent() ? "list, see below" : "list of " + typeName(element) + "s";
        }
        return switch (type) {
            case "java.lang.String" -> "text";
            case "java.lang.Integer", "java.lang.Long" -> "number";
            case "java.lang.Boolean" -> "`true`, `false`";
            case "java.nio.file.Path" -> "path";
            case "java.time.Duration" -> "duration";
            case "org.springframework.util.unit.DataSize" -> "size";
            default -> "word";
        };
    }

    /** The metadata end where a list of records begins; its members are read from the record itself. */
    private static List<Setting> membersOf(Setting setting) {
        Matcher generic = GENERIC.matcher(setting.type());
        return generic.matches()
                ? recordOf(generic.group("of")).stream()
                        .flatMap(element -> Stream.of(element.getRecordComponents()))
                        .map(component -> memberOf(setting, component))
                        .toList()
                : List.of();
    }

    private static Setting memberOf(Setting list, RecordComponent component) {
        return new Setting(
                list.name() + "[]." + hyphenated(component.getName()),
                component.getGenericType().getTypeName(),
                standard(component),
                javadoc.params(component.getDeclaringRecord().getName()).getOrDefault(component.getName(), ""),
                list.record());
    }

    private static Optional<Class<?>> recordOf(String type) {
        try {
            return Optional.<Class<?>>of(Class.forName(type)).filter(Class::isRecord);
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    /** The annotation is on the parameter of the record's constructor only. */
    private static String standard(RecordComponent component) {
        return Stream.of(component.getDeclaringRecord().getDeclaredConstructors())
                .flatMap(constructor -> Stream.of(constructor.getParameters()))
                .filter(parameter -> parameter.getName().equals(component.getName()))
                .flatMap(parameter -> Stream.ofNullable(parameter.getAnnotation(DefaultValue.class)))
                .map(standard -> String.join(", ", standard.value()))
                .findFirst()
                .orElse("");
    }

    private static String hyphenated(String name) {
        return name.replaceAll("(?<upper>[A-Z])", "-${upper}").toLowerCase(Locale.ROOT);
    }

    /**
     * One setting.
     *
     * @param standard what holds where it is not set; empty where nothing does
     * @param record the record it is bound to
     */
    private record Setting(String name, String type, String standard, String description, String record) {

        static Setting of(JsonNode property) {
            JsonNode standard = property.path("defaultValue");
            return new Setting(
                    property.path("name").asString(),
                    property.path("type").asString(),
                    standard.isArray()
                            ? standard.valueStream().map(JsonNode::asString).collect(Collectors.joining(", "))
                            : standard.asString(""),
                    property.path("description").asString("").replaceAll("\\{@code (?<code>[^}]*)}", "`${code}`"),
                    property.path("sourceType").asString());
        }

        int depth() {
            return name.split("\\.", -1).length;
        }
    }

    private static final String INTRODUCTION = """
        # Configuration

        <!-- Written by ConfigurationDocTest from the code. Change the Javadoc of the settings' records, then run
             ./mvnw -Dtest=ConfigurationDocTest -Ddocs.write=true test -->

        Settings can be given, the first of these winning,

        - as arguments: `java -jar yardmaster.jar --yardmaster.data-dir=/var/lib/yardmaster`
        - as environment variables: upper case, `_` for dots, no hyphens: `YARDMASTER_DATADIR=/var/lib/yardmaster`
        - in `application.yaml`, in the working directory or in `config/` beneath it

        An element of a list has its number: `--yardmaster.sources[0].path=jobs`, `YARDMASTER_SOURCES_0_PATH=jobs`. A list
        that is given replaces the whole list that it would otherwise be. Durations are written `500ms`, `30s`, `15m`, `2h`
        or `1d`, sizes `16KB` or `1MB`. What is not valid is said at the start, and the server does not start.

        Of Spring Boot's own settings these matter most:

        | setting | default | meaning |
        |---|---|---|
        | `spring.profiles.active` | | `dev`: development mode, see [Security](security.md#development-mode). |
        | `server.port` | `8080` | Where the server listens; 0 picks a free port. |
        | `server.address` | all; in `dev` `127.0.0.1` | On which address. |
        | `spring.datasource.url`, `.username`, `.password` | | A [PostgreSQL of your own](operating.md#a-postgresql-of-your-own). Without the URL, one is embedded. |
        | `spring.datasource.hikari.maximum-pool-size` | `16` | How many connections to it there are at most. |
        | `spring.lifecycle.timeout-per-shutdown-phase` | `20s` | How long requests under way may take when the server stops. |
        | `logging.level.<package>` | `info` | How much is logged. |

        """;
}
