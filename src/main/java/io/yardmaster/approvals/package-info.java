/** Approvals: people who decide whether a run goes on. */
@ApplicationModule(
        allowedDependencies = {"kernel", "problems", "database", "security", "jobs", "runs", "idempotency", "contract"})
@NullMarked
package io.yardmaster.approvals;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
