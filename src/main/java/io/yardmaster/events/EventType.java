package io.yardmaster.events;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Everything that can stand in a run's log. */
public enum EventType {
    RUN_CREATED,
    RUN_STARTED,
    RUN_WAITING,
    RUN_RESUMED,
    RUN_PAUSED,
    RUN_CANCELLING,
    RUN_LABELLED,
    RUN_FINISHED,
    RUN_OUTPUT,
    STEP_STARTED,
    STEP_OUTPUT,
    STEP_WAITING,
    STEP_RETRYING,
    STEP_FINISHED,
    STEP_SKIPPED,
    APPROVAL_REQUESTED,
    APPROVAL_VOTED,
    APPROVAL_REMINDED,
    APPROVAL_DECIDED,
    APPROVAL_EXPIRED,
    SIGNAL_RECEIVED,
    UPDATE_RECEIVED,
    UPDATE_DELIVERED,
    UPDATE_ANSWERED,
    ARTIFACT_CREATED,
    POLICY_DECIDED;

    /** The lines that processes write. */
    static final Set<EventType> OUTPUT = Set.of(RUN_OUTPUT, STEP_OUTPUT);

    /** As it is written in the API: {@code step.finished}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '.');
    }

    /** Reads what {@link #text} wrote; empty for anything else. */
    public static Optional<EventType> of(String text) {
        return Arrays.stream(values()).filter(type -> type.text().equals(text)).findFirst();
    }
}
