/** Drives runs: claims them, walks their steps, commits what happens. */
@ApplicationModule(
        allowedDependencies = {
            "problems",
            "kernel",
            "database",
            "wakeups",
            "blobs",
            "events",
            "executors",
            "executors :: process",
            "jobs",
            "runs",
            "secrets",
            "artifacts",
            "approvals",
            "tracing"
        })
@NullMarked
package io.yardmaster.engine;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
