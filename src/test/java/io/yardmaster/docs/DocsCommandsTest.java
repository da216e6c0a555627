package io.yardmaster.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import io.yardmaster.docs.Terminal.Typed;
import io.yardmaster.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.util.FileSystemUtils;

/**
 * Types every command of every page, in order, into a shell whose folder has the repository's examples, against a server
 * in development mode that offers these examples. A command that fails, a request that is refused, and an answer other
 * than the page shows are faults of the page.
 *
 * <p>A comment right before a block says what is special about it:
 *
 * <ul>
 *   <li>{@code <!-- not run: why -->}: it cannot run here.
 *   <li>{@code <!-- needs: openssl -->}: it runs where this program is.
 *   <li>{@code <!-- answers: 409 -->}: its requests are refused like this, and are meant to be; those that are not may be
 *       listed too, as in {@code 201, 409}.
 *   <li>{@code <!-- until Ctrl-C -->}: what it reads has no end.
 *   <li>{@code <!-- runs: python3 -->}: it is a program in another language.
 *   <li>{@code <!-- output -->}: it is no command but what the one before prints; see {@link Shown}.
 * </ul>
 */
class DocsCommandsTest {

    private static final Pattern MARK =
            Pattern.compile("(not run|not checked|needs|answers|runs): .+|until Ctrl-C|output");
    private static final Map<String, String> PROGRAMS = Terminal.programs();

    @TempDir
    private static Path root;

    private static TestServer server;
    private static long started;
    private static final List<Block> ran = new ArrayList<>();
    private static final Map<String, List<Block>> notRun = new TreeMap<>();

    @BeforeAll
    static void start() throws IOException {
        assumeTrue(PROGRAMS.containsKey("curl"), "not run: there is no curl on this machine");
        issueKeys();
        Path examples = root.resolve("examples");
        FileSystemUtils.copyRecursively(Path.of("examples"), examples);
        server = TestServer.start(
                root.resolve("data"),
                examples.resolve("jobs"),
                Files.createDirectories(root.resolve("jobs")),
                "--yardmaster.security.issuers[0].issuer=https://yardmaster.example.com",
                "--yardmaster.security.issuers[0].audiences=yardmaster",
                "--yardmaster.security.issuers[0].jwks=" + root.resolve("keys/jwks.json"));
        started = System.nanoTime();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
        long seconds = Duration.ofNanos(System.nanoTime() - started).toSeconds();
        System.out.printf("%d blocks of the documentation were run in %d s.%n", ran.size(), seconds);
        notRun.forEach((why, blocks) -> System.out.printf("not run, %s: %s%n", why, blocks));
    }

    /** A page's jobs go with it: the next one begins with the examples, as a reader does. */
    @AfterEach
    void removeTheJobsOfThePage() throws IOException {
        try (Stream<Path> jobs = Files.list(root.resolve("examples/jobs"))) {
            for (Path job : jobs.toList()) {
                if (!Files.exists(Path.of("examples/jobs").resolve(job.getFileName()))) {
                    FileSystemUtils.deleteRecursively(job);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void every_command_of_a_page_does_what_the_page_says(Page page) throws Exception {
        Path folder = Files.createDirectories(root.resolve("pages").resolve(page.path()));
        for (String shared : List.of("examples", "keys")) {
            Files.createSymbolicLink(folder.resolve(shared), root.resolve(shared));
        }
        List<Block> blocks = new ArrayList<>();
        for (Block block : page.blocks()) {
            if (isProgram(block)) {
                reasonNotToRun(block)
                        .ifPresentOrElse(
                                why -> notRun.computeIfAbsent(why, w -> new ArrayList<>())
                                        .add(block),
                                () -> blocks.add(block));
            }
        }

        List<Typed> typed = blocks.isEmpty()
                ? List.of()
                : new Terminal(folder, root.resolve("scripts").resolve(page.path()), server.port()).type(blocks);

        for (Typed block : typed) {
            ran.add(block.block());
            check(block);
        }
        assertThat(typed).as("%s: blocks that ran", page).hasSameSizeAs(blocks);
        for (int i = 0; i < page.blocks().size(); i++) {
            if (page.blocks().get(i).mark("output").isPresent()) {
                checkShown(page.blocks(), i, typed);
            }
        }
    }

    @Test
    void every_mark_of_a_block_is_one_that_is_known() {
        List<Block> unknown = Page.all().stream()
                .flatMap(page -> page.blocks().stream())
                .filter(block -> !block.marks().stream()
                        .allMatch(mark -> MARK.matcher(mark).matches()))
                .toList();
        assertThat(unknown)
                .as("blocks with a comment before them that means nothing")
                .isEmpty();
    }

    /** Keys of an issuer, which a page replaces by its own; the server has to start with some. */
    private static void issueKeys() throws IOException {
        try {
            JWKSet keys =
                    new JWKSet(new ECKeyGenerator(Curve.P_256).keyID("replaced").generate());
            Files.writeString(Files.createDirectories(root.resolve("keys")).resolve("jwks.json"), keys.toString());
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    private static void check(Typed typed) {
        List<String> expected = typed.block().listed("answers");
        List<String> refused = typed.answers().stream()
                .filter(answer -> !answer.matches("[123][0-9]{2}"))
                .toList();
        if (typed.exit() != 0 || !(refused.equals(expected) || typed.answers().equals(expected))) {
            fail("""
                %s does not work: exit code %d, refused with %s instead of %s
                %s
                --- it printed:
                %s%s\
                """.formatted(
                            typed.block(),
                            typed.exit(),
                            refused,
                            expected,
                            typed.block().text(),
                            typed.output(),
                            typed.errors()));
        }
    }

    /** What is shown follows what prints it, with nothing but marks and sentences between. */
    private static void checkShown(List<Block> blocks, int shown, List<Typed> typed) {
        Block before = blocks.get(shown - 1);
        Optional<Typed> printed =
                typed.stream().filter(one -> one.block().equals(before)).findFirst();
        if (printed.isPresent()) {
            Shown.difference(blocks.get(shown), printed.get().output())
                    .ifPresent(how -> fail(blocks.get(shown) + " is not what " + before + " prints: " + how));
        } else if (reasonNotToRun(before).isEmpty()) {
            fail(blocks.get(shown) + " is marked as output but no command comes before it");
        }
    }

    private static Optional<String> reasonNotToRun(Block block) {
        return block.mark("not run")
                .or(() -> Stream.concat(block.listed("needs").stream(), block.listed("runs").stream())
                        .filter(program -> !PROGRAMS.containsKey(program))
                        .map(program -> "there is no " + program + " on this machine")
                        .findFirst());
    }

    static List<Page> pages() {
        return Page.all().stream()
                .filter(page -> page.blocks().stream().anyMatch(DocsCommandsTest::isProgram))
                .toList();
    }

    private static boolean isProgram(Block block) {
        return block.isShell() || block.mark("runs").isPresent();
    }
}
