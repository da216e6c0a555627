package io.yardmaster.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.problems.ProblemType;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;

@HttpServerTest
@TestPropertySource(
        properties = {
            "yardmaster.http.header-timeout=1s",
            "yardmaster.http.body-timeout=1s",
            "yardmaster.http.idle-timeout=1500ms"
        })
@Timeout(60)
class SlowClientTest {

    private static final String SUBMISSION = Caller.request(
            "POST /api/v1/runs HTTP/1.1",
            "Host: a",
            "Authorization: Bearer runs:write",
            "Content-Type: application/json",
            "Content-Length: 9999");

    @LocalServerPort
    int port;

    @Test
    void a_header_that_drips_is_cut_off() throws Exception {
        assertThat(drip("GET /api/v1/health HTTP/1.1\r\nHost: a\r\nX-Drip: ")).isEmpty();
    }

    @Test
    void a_body_that_drips_is_answered_with_408() throws Exception {
        Caller.Answer.parse(drip(SUBMISSION)).isProblem(ProblemType.REQUEST_TIMEOUT);
    }

    @Test
    void a_body_that_stops_is_answered_with_408() throws Exception {
        try (Socket socket = connect()) {
            write(socket, SUBMISSION + "{");
            Caller.Answer.parse(Caller.readAll(socket)).isProblem(ProblemType.REQUEST_TIMEOUT);
        }
    }

    @Test
    void a_connection_on_which_nothing_happens_is_closed() throws Exception {
        try (Socket socket = connect()) {
            assertThat(Caller.readAll(socket)).isEmpty();
        }
    }

    @Test
    void a_caller_who_waits_for_an_answer_is_not_idle() throws Exception {
        assertThat(new Caller(port).get("/api/v1/waits").body()).contains("done");
    }

    /** Sends the beginning, then a byte every 100 ms until the server has had enough; what it said. */
    private byte[] drip(String beginning) throws Exception {
        try (Socket socket = connect();
                ScheduledExecutorService tap = Executors.newSingleThreadScheduledExecutor()) {
            write(socket, beginning);
            OutputStream out = socket.getOutputStream();
            var dripping = tap.scheduleAtFixedRate(
                    () -> {
                        try {
                            out.write('x');
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    0,
                    100,
                    TimeUnit.MILLISECONDS);
            byte[] answer = Caller.readAll(socket);
            dripping.cancel(true);
            return answer;
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
