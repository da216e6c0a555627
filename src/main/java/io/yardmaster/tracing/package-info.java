/** Traces: the context that a request, a run and its steps carry, and the export of what they took. */
@ApplicationModule(allowedDependencies = {})
@NullMarked
package io.yardmaster.tracing;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
