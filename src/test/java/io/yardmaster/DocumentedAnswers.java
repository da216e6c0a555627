package io.yardmaster;

import static org.assertj.core.api.Assertions.assertThat;

import io.yardmaster.Call.Answer;
import io.yardmaster.contract.BundledContract;
import io.yardmaster.contract.BundledContract.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The answers that the contract documents for one operation, and which of them were seen. */
final class DocumentedAnswers {

    /** Frames about the stream itself: they are no items of it. */
    private static final Set<String> ABOUT_THE_STREAM = Set.of("stream.end", "server.draining");

    private final BundledContract contract;
    private final Operation operation;
    /** A page has a link where another one follows, a preference is applied where there was one, and so on. */
    private static final Set<String> AT_TIMES = Set.of("Link", "Preference-Applied", "Idempotency-Replayed");

    /** Where an answer has several forms, only the plain text can be had in parts. */
    private static final Set<String> OF_PLAIN_TEXT = Set.of("ETag", "Accept-Ranges");

    private final Set<String> seen = new TreeSet<>();

    DocumentedAnswers(BundledContract contract, Operation operation) {
        this.contract = contract;
        this.operation = operation;
    }

    boolean has(String status) {
        return operation.responses().containsKey(status);
    }

    /** Fails unless the answer is one of those documented: its status, its headers, its media type and its schema. */
    void check(Answer answer) {
        String status = Integer.toString(answer.status());
        assertThat(operation.responses().keySet())
                .as("documented statuses; %s", answer)
                .contains(status);
        JsonNode response = Objects.requireNonNull(operation.responses().get(status));
        List<String> faults = new ArrayList<>();
        if (answer.header("X-Request-Id").isEmpty()) {
            faults.add("has no X-Request-Id");
        }
        response.path("headers").propertyNames().forEach(name -> {
            boolean ofAnotherForm = OF_PLAIN_TEXT.contains(name)
                    && response.path("content").size() > 1
                    && !answer.header("Content-Type").startsWith("text/plain");
            // Of all that stands against a request, only what another one is doing passes by itself.
            boolean ofAnotherConflict = status.equals("409") && name.equals("Retry-After");
            if (!AT_TIMES.contains(name)
                    && !ofAnotherConflict
                    && !ofAnotherForm
                    && answer.headers().firstValue(name).isEmpty()) {
                faults.add("has no " + name);
            }
        });
        Map<String, JsonNode> content = BundledContract.entries(response.path("content"));
        if (content.isEmpty()) {
            assertThat(answer.bytes()).as("%s", answer).isEmpty();
            seen.add(status);
        } else {
            checkContent(answer, status, content, faults);
        }
        assertThat(faults).as("%s", answer).isEmpty();
    }

    /** What is documented and was not seen. */
    Set<String> unseen() {
        Set<String> unseen = new TreeSet<>();
        operation.responses().forEach((status, response) -> {
            JsonNode content = response.path("content");
            if (status.equals("default")) {
                return;
            }
            if (content.isEmpty()) {
                unseen.add(status);
            } else if (status.startsWith("2")) {
                content.propertyNames().forEach(type -> unseen.add(status + " " + type));
            } else {
                content.forEach(problem ->
                        problem.path("examples").propertyNames().forEach(slug -> unseen.add(status + " " + slug)));
            }
        });
        unseen.removeAll(seen);
        return unseen;
    }

    private void checkContent(Answer answer, String status, Map<String, JsonNode> content, List<String> faults) {
        MediaType type = MediaType.parseMediaType(answer.header("Content-Type"));
        String documented = content.keySet().stream()
                .filter(name -> MediaType.parseMediaType(name).includes(type))
                .findFirst()
                .orElse("");
        if (documented.isEmpty()) {
            faults.add("is " + type + " and not one of " + content.keySet());
            return;
        }
        JsonNode media = Objects.requireNonNull(content.get(documented));
        switch (documented) {
            case "application/json" -> validate(media.path("schema"), answer.text(), faults);
            case "application/problem+json" -> checkProblem(answer, media, faults);
            case "application/x-ndjson" ->
                answer.text().lines().forEach(line -> validate(media.path("x-item-schema"), line, faults));
            case "text/event-stream" -> checkFrames(answer.text(), media.path("x-item-schema"), faults);
            default -> {}
        }
        seen.add(status + " " + (answer.status() < 400 ? documented : answer.slug()));
    }

    private void checkProblem(Answer answer, JsonNode media, List<String> faults) {
        validate(media.path("schema"), answer.text(), faults);
        JsonNode problem = answer.json();
        JsonNode declared = contract.follow(media.path("schema")).path("properties");
        problem.propertyNames().stream()
                .filter(name -> !declared.has(name))
                .forEach(name -> faults.add("the problem's member " + name + " is not in Problem.yaml"));
        if (!media.path("examples").has(answer.slug())) {
            faults.add("the problem " + answer.slug() + " is not documented");
        }
        if (problem.path("status").asInt() != answer.status()) {
            faults.add("the problem has another status");
        }
        if (!problem.path("request_id").asString("").equals(answer.header("X-Request-Id"))) {
            faults.add("the problem has another request_id than the header");
        }
    }

    private void checkFrames(String stream, JsonNode itemSchema, List<String> faults) {
        if (!stream.startsWith("retry: 2000\n\n")) {
            faults.add("does not begin with retry");
        }
        for (String frame : stream.split("\n\n", -1)) {
            String name = field(frame, "event: ");
            String data = field(frame, "data: ");
            if (ABOUT_THE_STREAM.contains(name)) {
                if (!field(frame, "id: ").isEmpty()) {
                    faults.add(name + " has an id");
                }
            } else if (!data.isEmpty()) {
                validate(itemSchema, data, faults);
                if (field(frame, "id: ").isEmpty()) {
                    faults.add(name + " has no id");
                }
            }
        }
    }

    static String field(String frame, String name) {
        return frame.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()))
                .findFirst()
                .orElse("");
    }

    private void validate(JsonNode schema, String json, List<String> faults) {
        contract.faults(schema, JsonMapper.shared().readTree(json)).forEach(fault -> faults.add(fault + " in " + json));
    }
}
