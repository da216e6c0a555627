/** Everything that a tenant has, line by line, for programs that keep it elsewhere. */
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "problems",
            "database",
            "security",
            "events",
            "jobs",
            "jobs :: web",
            "runs",
            "contract"
        })
@NullMarked
package io.yardmaster.exports;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
