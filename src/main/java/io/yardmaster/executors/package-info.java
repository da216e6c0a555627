/** Runs one attempt of one step somewhere, and tells how it ended. */
@ApplicationModule(allowedDependencies = {"kernel"})
@NullMarked
package io.yardmaster.executors;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
