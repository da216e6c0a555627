package io.yardmaster.runs.web;

import io.yardmaster.contract.SignalReceiptDto;
import io.yardmaster.contract.SignalRequestDto;
import io.yardmaster.contract.SignalsApiDelegate;
import io.yardmaster.idempotency.Idempotency;
import io.yardmaster.kernel.RunId;
import io.yardmaster.runs.RunSignals;
import io.yardmaster.runs.Runs;
import io.yardmaster.security.CurrentActor;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Translates between the contract and {@link RunSignals}. */
@Component
class SignalsEndpoint implements SignalsApiDelegate {

    private final RunSignals signals;
    private final Idempotency idempotency;
    private final CurrentActor actor;

    SignalsEndpoint(RunSignals signals, Idempotency idempotency, CurrentActor actor) {
        this.signals = signals;
        this.idempotency = idempotency;
        this.actor = actor;
    }

    @Override
    public ResponseEntity<SignalReceiptDto> sendSignal(String runId, String name, @Nullable SignalRequestDto request) {
        ObjectNode payload = request == null || request.getPayload() == null
                ? JsonNodeFactory.instance.objectNode()
                : request.getPayload();
        return idempotency.answer(
                () -> signals.send(
                        RunId.parse(runId).orElseThrow(() -> Runs.notFound(runId)), name, payload, actor.get()),
                run -> ResponseEntity.accepted()
                        .location(URI.create("/api/v1/runs/" + run))
                        .body(new SignalReceiptDto().runId(run.toString()).name(name)));
    }
}
