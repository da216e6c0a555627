/** What the server says of itself and of its caller. */
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "problems",
            "database",
            "security",
            "jobs",
            "executors",
            "runs",
            "engine",
            "contract"
        })
@NullMarked
package io.yardmaster.system;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
