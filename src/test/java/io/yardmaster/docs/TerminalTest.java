package io.yardmaster.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.yardmaster.docs.Terminal.Typed;
import io.yardmaster.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Faults of a page's commands do not stay hidden. */
class TerminalTest {

    @TempDir
    Path folder;

    @Test
    void a_refused_request_is_noted_though_curl_is_content() throws Exception {
        assertThat(type("curl -s http://127.0.0.1:8080/api/v1/nothing | head -c 1"))
                .extracting(Typed::exit, Typed::answers)
                .containsExactly(tuple(0, List.of("401")));
    }

    @Test
    void every_request_of_a_block_is_noted() throws Exception {
        assertThat(type("""
            curl -s http://localhost:8080/api/v1/health
            curl -s -H "Authorization: Bearer $TOKEN" 'http://127.0.0.1:8080/api/v1/jobs/no/such'
            """)).extracting(Typed::answers).containsExactly(List.of("200", "404"));
    }

    @Test
    void a_server_that_is_not_there_is_noted_also_in_a_pipe() throws Exception {
        assertThat(type("curl -s http://127.0.0.1:1/ | cat"))
                .extracting(Typed::answers)
                .containsExactly(List.of("curl ended with 7"));
    }

    @Test
    void blocks_share_a_shell_and_the_first_that_fails_ends_it() throws Exception {
        assertThat(type("word=there; mkdir folder; cd folder", "echo $word ${PWD##*/}", "false\necho on", "echo never"))
                .extracting(Typed::exit, Typed::output)
                .containsExactly(tuple(0, ""), tuple(0, "there folder\n"), tuple(1, ""));
    }

    @Test
    void a_name_that_nobody_set_is_a_fault() throws Exception {
        assertThat(type("echo $nobody")).extracting(Typed::exit).containsExactly(1);
    }

    private List<Typed> type(String... commands) throws Exception {
        assumeTrue(Terminal.programs().containsKey("curl"), "not run: there is no curl on this machine");
        List<Block> blocks = Stream.of(commands)
                .map(text -> new Block("page.md", 1, 0, "bash", List.of(), text + "\n"))
                .toList();
        return new Terminal(folder, folder.resolve("work"), TestServer.shared().port()).type(blocks);
    }
}
