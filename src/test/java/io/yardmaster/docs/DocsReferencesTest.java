package io.yardmaster.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.contract.BundledContract;
import io.yardmaster.contract.BundledContract.Operation;
import io.yardmaster.docs.Page.Mention;
import io.yardmaster.problems.ProblemType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * What a page names exists: files and headings that it leads to, settings, operations, problems, scopes, tests. A line
 * that says "not there yet" may name what is not there, and only that.
 */
class DocsReferencesTest {

    private static final List<Operation> OPERATIONS = BundledContract.load().operations();
    private static final String NOT_YET = "not there yet";

    private static final Pattern OPERATION =
            Pattern.compile("(?<method>GET|POST|PUT|PATCH|DELETE|HEAD) (?<path>/[^\\s`,;)…]*)");
    private static final Pattern CALLED =
            Pattern.compile("(?:\\$api|(?:127\\.0\\.0\\.1|localhost):8080)(?<path>/[^\\s\"'`?)>]*)");
    private static final Pattern SETTING =
            Pattern.compile("(?<![\\w./-])(?:--)?(?<key>yardmaster\\.[a-z][a-z0-9.\\[\\]-]*)");
    private static final Pattern VARIABLE = Pattern.compile("\\bYARDMASTER_[A-Z0-9_]+");
    private static final Pattern SLUG = Pattern.compile("(?:\\b[45][0-9]{2} `|/problems/)(?<slug>[a-z]+(-[a-z]+)*)`?");
    private static final Pattern SCOPE = Pattern.compile("[a-z-]+:(read|write|admin)");
    private static final Pattern TEST = Pattern.compile("-Dtest='?(?<names>[\\w,#*]+)");
    private static final Pattern TEST_SETTING = Pattern.compile("-D(?<name>[a-z]+\\.[a-z.-]+)=");

    /** What begins like a setting and is none: files, and what tests are told. */
    private static final Pattern OTHER_NAMES = Pattern.compile("yardmaster\\.(jar|ya?ml|json|log|service|test\\..*)");

    /** What the server has beside the contract. */
    private static final Set<String> OTHER_PATHS = Set.of(
            "/openapi.yaml", "/openapi.json", "/swagger-ui.html", "/metrics", "/problems", "/schemas/job-config.json");

    private final List<Page> pages = Page.all();

    @Test
    void every_link_leads_somewhere() {
        assertThat(faults(Page::links, (page, link) -> leadsSomewhere(page, link.text())))
                .isEmpty();
    }

    @Test
    void every_setting_exists() {
        KnownSettings settings = KnownSettings.read();
        assertThat(settings.keys()).hasSizeGreaterThan(20);
        assertThat(faults(
                        page -> isDecision(page) ? List.of() : page.everywhere(SETTING),
                        (page, mention) -> isSetting(settings, mention.text())))
                .as("settings that are not in docs/configuration.md, which ConfigurationDocTest writes")
                .isEmpty();
        assertThat(faults(
                        page -> page.everywhere(VARIABLE),
                        (page, mention) -> settings.hasVariable(mention.text().replaceFirst("_$", ""))))
                .isEmpty();
    }

    @Test
    void every_operation_exists() {
        assertThat(faults(DocsReferencesTest::operations, (page, mention) -> {
                    Matcher operation = OPERATION.matcher(mention.text());
                    boolean there = operation.matches()
                            ? exists(operation.group("method"), operation.group("path"))
                            : exists("", mention.text());
                    return there != page.line(mention.line()).contains(NOT_YET);
                }))
                .as("operations that the contract does not have, or that a line says are %s though they are", NOT_YET)
                .isEmpty();
    }

    @Test
    void every_problem_exists() {
        assertThat(faults(page -> page.everywhere(SLUG), (page, mention) -> {
                    Matcher slug = SLUG.matcher(mention.text());
                    return slug.matches()
                            && ProblemType.ofSlug(slug.group("slug")).isPresent();
                }))
                .isEmpty();
    }

    @Test
    void every_scope_exists() throws IOException {
        Set<String> scopes = OPERATIONS.stream()
                .flatMap(operation -> operation.node().path("x-required-scope").valueStream())
                .map(JsonNode::asString)
                .collect(Collectors.toSet());
        Pattern.compile("\"(?<scope>" + SCOPE.pattern() + ")\"")
                .matcher(Files.readString(Path.of("src/main/java/io/yardmaster/security/DevSettings.java")))
                .results()
                .forEach(granted -> scopes.add(granted.group("scope")));
        assertThat(scopes).contains("runs:write", "keys:admin");
        assertThat(faults(
                        page -> page.code().stream()
                                .filter(code -> isOurs(page, code))
                                .filter(code -> SCOPE.matcher(code.text()).matches())
                                .toList(),
                        (page, mention) -> scopes.contains(mention.text())))
                .isEmpty();
    }

    @Test
    void every_test_exists() throws IOException {
        Set<String> tests;
        StringBuilder code = new StringBuilder();
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            List<Path> all =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            tests = all.stream()
                    .map(file -> file.getFileName().toString().replace(".java", ""))
                    .collect(Collectors.toSet());
            for (Path file : all) {
                code.append(Files.readString(file));
            }
        }
        assertThat(faults(page -> page.everywhere(TEST), (page, mention) -> {
                    Matcher named = TEST.matcher(mention.text());
                    return named.matches()
                            && Stream.of(named.group("names").split(",", -1))
                                    .map(name -> name.split("#", -1)[0])
                                    .allMatch(name -> name.contains("*") || tests.contains(name));
                }))
                .isEmpty();
        assertThat(faults(page -> page.everywhere(TEST_SETTING), (page, mention) -> {
                    Matcher named = TEST_SETTING.matcher(mention.text());
                    return named.matches() && code.indexOf("\"" + named.group("name") + "\"") >= 0;
                }))
                .isEmpty();
    }

    /** Decisions tell of their time, and are not rewritten. */
    private static boolean isDecision(Page page) {
        return page.path().startsWith("docs/adr");
    }

    private interface Check {
        boolean passes(Page page, Mention mention);
    }

    private interface Finder {
        List<Mention> in(Page page);
    }

    private List<Mention> faults(Finder finder, Check check) {
        List<Mention> faults = new ArrayList<>();
        int found = 0;
        for (Page page : pages) {
            for (Mention mention : finder.in(page)) {
                found++;
                if (!check.passes(page, mention)) {
                    faults.add(mention);
                }
            }
        }
        assertThat(found).as("what the pages name").isPositive();
        return faults;
    }

    private boolean leadsSomewhere(Page page, String target) {
        int hash = target.indexOf('#');
        String file = hash < 0 ? target : target.substring(0, hash);
        Path folder = page.path().resolveSibling("").normalize();
        Path path = file.isEmpty() ? page.path() : folder.resolve(file).normalize();
        if (!Files.exists(path)) {
            return false;
        }
        return hash < 0
                || pages.stream()
                        .filter(other -> other.path().equals(path))
                        .anyMatch(other -> other.anchors().contains(target.substring(hash + 1)));
    }

    private static boolean isSetting(KnownSettings settings, String text) {
        String key = text.replaceFirst("^--", "").replaceAll("\\[[0-9]+]", "[]").replaceFirst("[.-]$", "");
        return OTHER_NAMES.matcher(key).matches() || settings.hasBeginning(key);
    }

    private static List<Mention> operations(Page page) {
        List<Mention> found = new ArrayList<>();
        page.code().stream()
                .filter(code -> OPERATION.matcher(code.text()).matches())
                .filter(code -> isOurs(page, code))
                .forEach(found::add);
        for (Mention call : page.everywhere(CALLED)) {
            Matcher path = CALLED.matcher(call.text());
            if (path.matches() && !path.group("path").matches("/|/api/v1")) {
                String prefix = call.text().startsWith("$api") ? "/api/v1" : "";
                found.add(new Mention(call.page(), call.line(), prefix + path.group("path")));
            }
        }
        return found;
    }

    /** In tables of what other systems have, the first column is theirs. */
    private static boolean isOurs(Page page, Mention mention) {
        String line = page.line(mention.line());
        return !page.path().getFileName().toString().startsWith("from-")
                || !line.startsWith("|")
                || !line.split("(?<!\\\\)\\|", -1)[1].contains(mention.text());
    }

    /** Any method where none is given. */
    private static boolean exists(String method, String path) {
        String wanted =
                path.replaceFirst("\\?.*", "").replaceFirst("(?<=.)[/.]$", "").replaceFirst("^/api/v1(?=/)", "");
        return OTHER_PATHS.contains(wanted)
                || wanted.startsWith("/problems/")
                || OPERATIONS.stream().anyMatch(operation -> isFor(operation, method, wanted));
    }

    private static boolean isFor(Operation operation, String method, String path) {
        String pattern = operation.path().replaceAll("\\{[a-z_]+}", "[^/]+");
        return (method.isEmpty() || method.equalsIgnoreCase(operation.method()))
                && (path.matches(pattern) || path.equals(operation.path()));
    }
}
