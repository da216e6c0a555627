/** Runs: submission, state machine, queue, steps and the inbox. */
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "problems",
            "database",
            "blobs",
            "wakeups",
            "secrets",
            "security",
            "events",
            "jobs",
            "tracing",
            "idempotency",
            "contract"
        })
@NullMarked
package io.yardmaster.runs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
