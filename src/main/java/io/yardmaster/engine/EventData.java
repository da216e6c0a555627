package io.yardmaster.engine;

import io.yardmaster.artifacts.Artifact;
import io.yardmaster.jobs.StepDefinition;
import io.yardmaster.runs.Failure;
import io.yardmaster.runs.RunCommand;
import io.yardmaster.runs.RunState;
import io.yardmaster.runs.StepRecord;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The members that events have beside their type, time and step. */
final class EventData {

    private EventData() {}

    static ObjectNode none() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ObjectNode started(StepDefinition step, int attempt) {
        ObjectNode data = none().put("attempt", attempt).put("step_type", step.type());
        if (step instanceof StepDefinition.Run run) {
            data.put("executor", run.executor().label());
        }
        if (step instanceof StepDefinition.Repeated repeated) {
            data.put("instances", repeated.instances().size());
        }
        if (step.instance() != null) {
            data.set("matrix", step.instance().values());
        }
        return data;
    }

    static ObjectNode waiting(String reason, @Nullable Instant dueAt) {
        ObjectNode data = none().put("reason", reason);
        if (dueAt != null) {
            data.put("due_at", dueAt.toString());
        }
        return data;
    }

    static ObjectNode retrying(int attempt, Instant dueAt, Failure failure) {
        ObjectNode data = none().put("attempt", attempt).put("next_attempt", attempt + 1);
        data.put("due_at", dueAt.toString());
        data.set("failure", failure.json());
        return data;
    }

    static ObjectNode finished(StepRecord step, @Nullable Integer exitCode) {
        ObjectNode data = none().put("status", step.state().text()).put("attempt", step.attempt());
        if (exitCode != null) {
            data.put("exit_code", exitCode);
        }
        if (step.outputs() != null) {
            data.set("outputs", step.outputs());
        }
        if (step.failure() != null) {
            data.set("failure", step.failure().json());
        }
        return data;
    }

    static ObjectNode artifact(Artifact artifact) {
        return none().put("artifact_id", artifact.id().toString())
                .put("name", artifact.name())
                .put("media_type", artifact.mediaType())
                .put("size_bytes", artifact.sizeBytes())
                .put("sha256", artifact.sha256().hex());
    }

    static ObjectNode requested(String by, @Nullable String reason) {
        ObjectNode data = none().put("requested_by", by);
        if (reason != null) {
            data.put("reason", reason);
        }
        return data;
    }

    static ObjectNode labelled(RunCommand.Label command) {
        ObjectNode data = requested(command.actor(), null);
        data.setAll(command.patch());
        return data;
    }

    static ObjectNode labelled(ObjectNode attributes) {
        ObjectNode data = none();
        data.set("attributes", attributes);
        return data;
    }

    static ObjectNode runFinished(RunState state, @Nullable JsonNode result, @Nullable Failure failure) {
        ObjectNode data = none().put("status", state.text());
        if (result != null) {
            data.putObject("result").set("value", result);
        }
        if (failure != null) {
            data.set("failure", failure.json());
        }
        return data;
    }
}
