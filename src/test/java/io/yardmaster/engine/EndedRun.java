package io.yardmaster.engine;

import io.yardmaster.testkit.ApiClient;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A run that is over, as anybody sees it over HTTP, with its events. */
record EndedRun(JsonNode run, List<JsonNode> events) {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    /** Waits for the end. */
    static EndedRun of(ApiClient api, String runId) {
        JsonNode run = api.awaitEnd(runId);
        return new EndedRun(run, api.events(runId));
    }

    /** Runs a job to its end. */
    static EndedRun of(ApiClient api, String jobId, String args) {
        return of(api, api.run(jobId, args));
    }

    static JsonNode json(String text) {
        return MAPPER.readTree(text);
    }

    String id() {
        return run.path("run_id").asString();
    }

    String status() {
        return run.path("status").asString();
    }

    JsonNode result() {
        return run.path("result").path("value");
    }

    String failure(String member) {
        return run.path("failure").path(member).asString("");
    }

    /** The steps and how they ended, in the job's order. */
    Map<String, String> steps() {
        Map<String, String> steps = new LinkedHashMap<>();
        run.path("steps")
                .forEach(step -> steps.put(
                        step.path("step_id").asString(), step.path("status").asString()));
        return steps;
    }

    JsonNode step(String id) {
        return run.path("steps")
                .valueStream()
                .filter(step -> step.path("step_id").asString().equals(id))
                .findFirst()
                .orElseThrow();
    }

    JsonNode outputs(String step) {
        return step(step).path("outputs");
    }

    List<String> types() {
        return events.stream().map(event -> event.path("type").asString()).toList();
    }

    List<JsonNode> events(String type, String step) {
        return events.stream()
                .filter(event -> event.path("type").asString().equals(type))
                .filter(event -> event.path("step_id").asString("").equals(step))
                .toList();
    }

    /** What a step wrote, standard error too. */
    List<String> output(String step) {
        return events("step.output", step).stream()
                .map(event -> event.path("message").asString())
                .toList();
    }

    Instant startedAt(String step) {
        return instant(step(step), "started_at");
    }

    Instant finishedAt(String step) {
        return instant(step(step), "finished_at");
    }

    Duration took() {
        return Duration.between(instant(run, "started_at"), instant(run, "finished_at"));
    }

    Duration took(String step) {
        return Duration.between(startedAt(step), finishedAt(step));
    }

    static Instant instant(JsonNode json, String member) {
        return Instant.parse(json.path(member).asString());
    }
}
