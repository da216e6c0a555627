package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.Tenant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The door for those who decide about runs: what a decision is about, and what was decided put into the run's inbox. All
 * in the transaction of the caller.
 */
@Component
public class RunGates {

    private final Inbox inbox;
    private final Initiators initiators;
    private final RunReader reader;
    private final RunSecrets secrets;

    RunGates(Inbox inbox, Initiators initiators, RunReader reader, RunSecrets secrets) {
        this.inbox = inbox;
        this.initiators = initiators;
        this.reader = reader;
        this.secrets = secrets;
    }

    /**
     * Whether decisions still matter to a run. Nothing is asked of it, and its owner commits nothing, before the
     * transaction ends: whoever decides holds the run first.
     */
    public Holding hold(RunId runId) {
        Optional<Inbox.Asked> asked = inbox.asked(runId);
        if (asked.isEmpty()) {
            return Holding.ENDED;
        }
        return asked.get() == Inbox.Asked.TO_END ? Holding.ENDING : Holding.GOES_ON;
    }

    /** How it stands with a run that was held. */
    public enum Holding {
        GOES_ON,
        ENDING,
        ENDED
    }

    /** What a decision about a run is about; empty where there is no such run. */
    public Optional<RunView> subject(RunId runId) {
        return reader.run(runId);
    }

    /** Who brought a run about, itself or one that it repeats. */
    public Set<String> initiators(RunId runId) {
        return initiators.of(runId);
    }

    /** A text of a caller without the run's secrets. */
    public String masked(RunId runId, String text) {
        return secrets.masked(runId, text);
    }

    /** What a caller sent, without the run's secrets. */
    public JsonNode masked(RunId runId, JsonNode json) {
        return secrets.masked(runId, json);
    }

    /**
     * Tells a run of a vote.
     *
     * @param told what its log says of it
     * @param closes how the gate is closed by it; null: it stays open
     */
    public void voted(
            RunId runId, Tenant tenant, String voter, String stepId, ObjectNode told, @Nullable GateClosing closes) {
        inbox.vote(runId, tenant, voter, stepId, told, closes);
    }

    /** Tells a run that the time of a gate is over, and what that means. */
    public void expired(RunId runId, Tenant tenant, String stepId, ObjectNode told, GateClosing closes) {
        inbox.expiry(runId, tenant, stepId, told, closes);
    }
}
