import io.yardmaster.client.ApiClient;
import io.yardmaster.client.ApiException;
import io.yardmaster.client.JSON;
import io.yardmaster.client.api.RunsApi;
import io.yardmaster.client.api.RunsApi.APIGetRunEventsRequest;
import io.yardmaster.client.model.RunEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * The events of a run as they happen.
 *
 * <p>A generated method reads its answer to the end before it returns. The open answer is to be had in the client's
 * response interceptor, where {@code getRunEvents} passes by with everything that was generated for it: path,
 * parameters, token and problems.
 */
final class RunEvents {

    private static final long PAUSE_MILLIS = 2000;

    private final ApiClient client;
    private final Consumer<RunEvent> listener;
    private long lastSeq;
    private boolean ended;

    /** The client is this reader's own: an interceptor is one for all calls of a client. */
    RunEvents(ApiClient client, Consumer<RunEvent> listener) {
        this.client = client;
        this.listener = listener;
    }

    /** Returns when the run has ended. Where a server ends the stream early, goes on after the last event seen. */
    void follow(String runId) throws ApiException, InterruptedException {
        client.setRequestInterceptor(
                client.getRequestInterceptor().andThen(request -> request.setHeader("Accept", "text/event-stream")));
        client.setResponseInterceptor(this::readIfStream);
        RunsApi runs = new RunsApi(client);
        while (true) {
            runs.getRunEvents(APIGetRunEventsRequest.newBuilder()
                    .runId(runId)
                    .afterSeq(lastSeq)
                    .build());
            if (ended) {
                return;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private void readIfStream(HttpResponse<InputStream> response) {
        if (response.statusCode() == 204) {
            ended = true; // nothing comes after what has been seen
        } else if (response.statusCode() == 200) {
            try {
                read(new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void read(BufferedReader lines) throws IOException {
        String kind = "";
        StringBuilder data = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("event:")) {
                kind = line.substring("event:".length()).strip();
            } else if (line.startsWith("data:")) {
                data.append(line, "data:".length(), line.length()).append('\n');
            } else if (line.isEmpty() && !data.isEmpty()) {
                take(kind, data.toString());
                kind = "";
                data.setLength(0);
            }
        }
    }

    private void take(String kind, String data) {
        switch (kind) {
            case "stream.end" ->
                ended = JSON.getDefault()
                        .getMapper()
                        .readTree(data)
                        .path("reason")
                        .asString()
                        .equals("run_finished");
            case "server.draining" -> {}
            default -> {
                RunEvent event = JSON.getDefault().getMapper().readValue(data, RunEvent.class);
                lastSeq = event.getSeq();
                listener.accept(event);
            }
        }
    }
}
