package io.yardmaster.approvals;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What somebody wants to say at a gate.
 *
 * @param approves or else refuses
 * @param note for others to read; null: none
 * @param inputs the answers to the gate's form; null: none are given
 * @param planDigest what the voter has looked at; null: whatever it is
 */
public record Ballot(
        boolean approves,
        @Nullable String note,
        @Nullable ObjectNode inputs,
        @Nullable String planDigest) {

    String decision() {
        return approves ? "approve" : "deny";
    }
}
