/** Requests that are sent again under one key: what they ask for is done once, and the first answer is given again. */
@ApplicationModule(allowedDependencies = {"kernel", "problems", "database", "secrets", "security", "http"})
@NullMarked
package io.yardmaster.idempotency;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
