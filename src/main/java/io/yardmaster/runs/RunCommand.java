package io.yardmaster.runs;

import io.yardmaster.kernel.RunId;
import io.yardmaster.kernel.UpdateId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a person or another system wants of a run, for its owner to act on. */
public sealed interface RunCommand {

    /** Its place in the run's inbox. */
    long inboxSeq();

    /** Who wants it. */
    String actor();

    /**
     * End the run.
     *
     * @param grace how long its processes may take to end by themselves; null: as long as the server is set to give
     */
    record Cancel(
            long inboxSeq,
            String actor,
            @Nullable String reason,
            @Nullable Duration grace) implements RunCommand {}

    /** Begin no further step; what runs goes on to its end. */
    record Pause(long inboxSeq, String actor, @Nullable String reason) implements RunCommand {}

    /**
     * Tell that the run's labels or attributes were changed; they have been.
     *
     * @param patch how, as a merge patch
     */
    record Label(long inboxSeq, String actor, ObjectNode patch) implements RunCommand {}

    /**
     * Somebody has voted at a gate.
     *
     * @param told what the run's log says of it
     * @param closes how the gate was closed by it; null: it is open still
     */
    record Vote(
            long inboxSeq,
            String actor,
            String stepId,
            ObjectNode told,
            @Nullable GateClosing closes) implements RunCommand {}

    /**
     * The time of a gate is over.
     *
     * @param told what the run's log says of it
     */
    record Expiry(long inboxSeq, String actor, String stepId, ObjectNode told, GateClosing closes)
            implements RunCommand {}

    /** A message for the step that waits for one of this name, or will. */
    record Signal(long inboxSeq, String actor, String name, ObjectNode payload) implements RunCommand {}

    /**
     * Something that a running step is asked for and answers.
     *
     * @param at when it was sent
     */
    record Update(long inboxSeq, String actor, Instant at, UpdateId id, String name, ObjectNode payload)
            implements RunCommand {}

    /**
     * A run has ended that a step of this one has started.
     *
     * @param result what it answers; null where it has none
     * @param failure why it did not succeed; null where it did
     */
    record ChildEnded(
            long inboxSeq,
            String actor,
            String stepId,
            RunId child,
            RunState state,
            @Nullable JsonNode result,
            @Nullable Failure failure)
            implements RunCommand {}

    /** Go on after a pause. */
    record Resume(long inboxSeq, String actor) implements RunCommand {}

    /**
     * Tell in the log of an artifact that was uploaded. It is kept already, and nothing is to be done.
     *
     * @param at when it was
     * @param artifact what the event says of it
     */
    record Artifact(long inboxSeq, String actor, Instant at, ObjectNode artifact) implements RunCommand {}
}
