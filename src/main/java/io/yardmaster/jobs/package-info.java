/** Jobs: where they come from, what they say, their immutable versions, and the plans made of them. */
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "problems",
            "database",
            "secrets",
            "security",
            "blobs",
            "idempotency",
            "contract"
        })
@NullMarked
package io.yardmaster.jobs;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
