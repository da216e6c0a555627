/** Files that runs leave behind. */
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "problems",
            "database",
            "blobs",
            "security",
            "http",
            "idempotency",
            "runs",
            "contract"
        })
@NullMarked
package io.yardmaster.artifacts;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
