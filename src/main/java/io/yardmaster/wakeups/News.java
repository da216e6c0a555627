package io.yardmaster.wakeups;

import io.yardmaster.kernel.RunId;
import java.util.Set;

/**
 * What other servers have committed, told within this one: where to look, never what is there. News may be lost or come
 * twice; who follows them looks by itself now and then.
 *
 * @param grown runs whose logs have grown
 * @param ended those of them that have ended
 * @param commanded runs with new commands in their inboxes
 * @param queued whether runs wait in the queue that their server has no place for
 * @param unknown whether anything may have happened: everything is to be looked at
 */
public record News(Set<RunId> grown, Set<RunId> ended, Set<RunId> commanded, boolean queued, boolean unknown) {

    /** Whether there are none. */
    boolean isEmpty() {
        return grown.isEmpty() && commanded.isEmpty() && !queued && !unknown;
    }

    /** Anything may have happened. */
    static News ofAnything() {
        return new News(Set.of(), Set.of(), Set.of(), true, true);
    }
}
